//! Pictures made from a picture.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::pictures::{DRAW, Form, PAINTERS, bytes_of, png};

/// Which route of the provider was asked last.
fn route(app: &TestApp) -> String {
    let path = app.asked_last().path;
    path.rsplit('/').next().unwrap().to_owned()
}

fn edits(name: &str) -> &'static str {
    match name {
        "openai" => "edits",
        "stability" => "image-to-image",
        _ => "img2img",
    }
}

#[tokio::test]
async fn each_provider_starts_from_a_file() {
    for (name, kind, model) in PAINTERS {
        for field in ["image", "file"] {
            TestApp::run(async |app| {
                let ada = app.log_in("ada@example.com").await;
                app.adds_painter(kind, "sk-0123456789abcdef").await;
                let form = Form::default().text("prompt", "with a hat").text("draw_type", name).text("model", model);
                let form = form.text("size", "256x256").file(field, "../a.html", "text/html", &png());
                let rows = form.post(app, DRAW, &ada.token).await.data();
                assert_eq!(route(app), edits(name), "{name}");
                assert_eq!((rows.as_array().unwrap().len(), &rows[0]["inset_image_url"]), (1, &Value::Null));
                assert_eq!(app.fetch(&rows[0]["url"]).await.status, 200);
                assert_eq!(ada.credits().await, 0, "{name}");
                assert_eq!(app.stack.objects.list().len(), 1, "{name}: what was lent to the provider is gone");
                if name == "stablediffusion" {
                    let lent = app.asked_last().body["init_image"].clone();
                    assert_eq!(app.fetch(&lent).await.status, 403);
                }
            })
            .await;
        }
    }
}

#[tokio::test]
async fn each_provider_starts_from_an_address() {
    for (name, kind, model) in PAINTERS {
        TestApp::run(async |app| {
            let ada = app.log_in("ada@example.com").await;
            ada.is_given(20);
            app.adds_painter(kind, "sk-0123456789abcdef").await;
            let first = ada.draws(app, "a cat", 1).await[0]["url"].clone();
            let wish =
                json!({"prompt": "with a hat", "draw_type": name, "model": model, "size": "256x256", "image": first});
            let rows = app.post(DRAW, &ada.token, &wish).await.data();
            assert_eq!(route(app), edits(name), "{name}");
            assert_eq!(rows[0]["inset_image_url"], first, "{name}");
            assert_ne!(bytes_of(&app.fetch(&rows[0]["url"]).await), bytes_of(&app.fetch(&first).await));
            assert_eq!((ada.credits().await, app.stack.objects.list().len()), (10, 2), "{name}");
        })
        .await;
    }
}

/// What is no picture that everybody may have is not fetched, not sent on and not paid for.
#[tokio::test]
async fn what_is_no_picture_is_no_start() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        for (_, kind, _) in PAINTERS {
            app.adds_painter(kind, "sk-0123456789abcdef").await;
        }
        let before = app.stack.upstream.count();
        for (name, ..) in PAINTERS {
            for address in [
                "http://10.0.0.1/a.png",
                "http://169.254.169.254/latest/meta-data/",
                "https://[::ffff:192.168.0.1]/a.png",
                "https://user:secret@example.com/a.png",
                "file:///etc/passwd",
                "a.png",
            ] {
                let wish = json!({"prompt": "with a hat", "draw_type": name, "image": address});
                let answer = app.post(DRAW, &ada.token, &wish).await;
                assert_eq!(answer.refusal(400), "无法读取原图，请重新上传后再试。", "{name} {address}");
                app.check_nothing_held();
            }
            for file in [&b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..], b"\x89PNG\r\n\x1a\n", b"%PDF-1.7"] {
                let form = Form::of_file(file).text("prompt", "with a hat").text("draw_type", name);
                form.post(app, DRAW, &ada.token).await.refusal(400);
            }
        }
        // A page at an address that may be called is no picture either.
        let page = format!("{}/_local/mailbox", app.stack.url());
        let wish = json!({"prompt": "with a hat", "draw_type": "openai", "image": page});
        assert_eq!(app.post(DRAW, &ada.token, &wish).await.refusal(400), "无法读取原图，请重新上传后再试。");
        assert_eq!((app.stack.upstream.count(), app.stack.objects.list().len()), (before, 0));
        assert_eq!((ada.credits().await, ada.statement().await.0), (10, 1));
    })
    .await;
}

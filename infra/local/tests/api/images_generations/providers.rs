//! Each provider's pictures, as people and everybody else get them.

use std::collections::BTreeSet;

use hyper::Method;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::pictures::{DRAW, Form, PAINTERS, PLANT, bytes_of, holds, wish};

/// Width and height that a PNG says it has.
fn sides(png: &[u8]) -> [u32; 2] {
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
    [16, 20].map(|at| u32::from_be_bytes(png[at..at + 4].try_into().unwrap()))
}

/// What the provider was asked last.
fn asked(app: &TestApp) -> (String, Value) {
    let seen = app.asked_last();
    (seen.path, seen.body)
}

#[tokio::test]
async fn a_person_gets_rows_of_pictures_that_stay() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        ada.is_given(20);
        let rows = ada.draws(app, "一只猫 [[unknown]]", 2).await;
        for row in &rows {
            let expected = json!({
                "id": row["id"], "user_id": ada.id, "url": row["url"], "images": [row["url"]], "status": 4,
                "prompt": "一只猫 [[unknown]]", "model": "dall-e-2", "draw_type": "openai", "size": "256x256",
                "inset_image_url": null, "take_time": 0,
                "create_time": "2026-01-01 08:00:00", "update_time": "2026-01-01 08:00:00",
            });
            assert_eq!(*row, expected);
            let shown = app.fetch(&row["url"]).await;
            assert_eq!((shown.status.as_u16(), &shown.headers["content-type"]), (200, &"image/png".parse().unwrap()));
            assert_eq!(shown.headers["cache-control"], "public, max-age=31536000, immutable");
            assert_eq!(bytes_of(&shown), app.object(&row["url"]).bytes);
            assert_eq!(sides(&bytes_of(&shown)), [256, 256]);
        }
        let urls: BTreeSet<&str> = rows.iter().map(|row| row["url"].as_str().unwrap()).collect();
        assert_eq!(urls.len(), 2, "each has its own address");
        let files: BTreeSet<_> = rows.iter().map(|row| app.object(&row["url"]).bytes).collect();
        assert_eq!(files.len(), 2, "which shows its own picture");
        // The newest comes first on lists, and the draw's order is theirs.
        assert_eq!(ada.pictures(app, "").await, (2, rows.into_iter().rev().collect()));
        assert_eq!(app.stack.objects.list().len(), 2);
        let statement = [("-20积分", "绘画"), ("20积分", "测试"), ("10积分", "注册奖励")];
        let statement = statement.map(|(value, describe)| (value.to_owned(), describe.to_owned()));
        assert_eq!(ada.statement().await, (3, statement.to_vec()));
        assert_eq!(ada.credits().await, 10);
        app.check_nothing_held();
    })
    .await;
}

/// Providers write prompts into their files.
#[tokio::test]
async fn what_is_kept_holds_the_image_alone() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let file = app.http.send(Method::GET, "/_local/upstream/files/png/000000/8x8/0.png", &[], "").await;
        assert!(holds(&bytes_of(&file), b"tEXt"), "the provider's own file tells more");
        for (prompt, count) in [("a cat", 1), ("a cat [[url]]", 1)] {
            ada.is_given(10);
            for row in ada.draws(app, prompt, count).await {
                let kept = app.object(&row["url"]);
                assert!(!holds(&kept.bytes, b"tEXt") && !holds(&kept.bytes, b"parameters"), "{prompt}");
                assert_eq!(kept.content_type, "image/png");
                assert_eq!(kept.content_disposition.as_deref(), Some("inline"));
            }
        }
    })
    .await;
}

#[tokio::test]
async fn each_provider_draws_for_forms_and_for_json() {
    for (name, kind, model) in PAINTERS {
        TestApp::run(async |app| {
            let ada = app.log_in("ada@example.com").await;
            ada.is_given(50);
            app.adds_painter(kind, "sk-0123456789abcdef").await;
            let mut wish = wish("a red house", 2);
            (wish["draw_type"], wish["model"]) = (json!(name), json!(model));
            let by_json = app.post(DRAW, &ada.token, &wish).await.data();
            let (path, body) = asked(app);
            let texts = [("prompt", "a red house"), ("quantity", "2"), ("width", "256"), ("height", "256")];
            let form = texts.into_iter().fold(Form::default(), |form, (name, text)| form.text(name, text));
            let form = form.text("draw_type", name).text("model", model).text("image", "undefined");
            let by_form = form.post(app, DRAW, &ada.token).await.data();
            assert_eq!(asked(app), (path, body), "{name}: the same wish");
            for rows in [&by_json, &by_form] {
                let rows = rows.as_array().unwrap();
                assert_eq!(rows.len(), 2, "{name}");
                for row in rows {
                    assert_eq!(
                        (&row["draw_type"], &row["model"], &row["size"]),
                        (&wish["draw_type"], &wish["model"], &json!("256x256"))
                    );
                    let shown = app.fetch(&row["url"]).await;
                    let expected = if name == "stability" { 320 } else { 256 };
                    assert_eq!(sides(&bytes_of(&shown)), [expected; 2], "{name}: the nearest that it draws");
                }
            }
            assert_eq!((ada.credits().await, ada.statement().await.0), (20, 4), "{name}");
            assert_eq!(app.stack.objects.list().len(), 4, "{name}");
        })
        .await;
    }
}

#[tokio::test]
async fn what_a_form_says_reaches_the_provider() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        app.adds_painter("stability-draw", "sk-0123456789abcdef").await;
        let texts = [
            ("prompt", "a red house"),
            ("negative_prompt", "people"),
            ("draw_type", "stability"),
            ("model", "stable-diffusion-v1-6"),
            ("size", "320x640"),
            ("quality", "12"),
            ("steps", "500"),
            ("style", "anime"),
        ];
        let form = texts.into_iter().fold(Form::default(), |form, (name, text)| form.text(name, text));
        form.post(app, DRAW, &ada.token).await.data();
        let (path, body) = asked(app);
        assert!(path.ends_with("/v1/generation/stable-diffusion-v1-6/text-to-image"), "{path}");
        assert_eq!(
            body,
            json!({
                "text_prompts": [{"text": "a red house", "weight": 1}, {"text": "people", "weight": -1}],
                "cfg_scale": 12, "width": 320, "height": 640, "samples": 1, "steps": 50, "style_preset": "anime",
            })
        );
    })
    .await;
}

/// A provider that puts draws into a queue is asked until they are done.
#[tokio::test]
async fn a_queued_draw_is_waited_for() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        app.adds_painter("stablediffusion-draw", "sk-0123456789abcdef").await;
        let wish = json!({"prompt": "a cat [[processing=2]]", "draw_type": "stablediffusion", "size": "256x256"});
        let rows = app.post(DRAW, &ada.token, &wish).await.data();
        assert_eq!(rows.as_array().unwrap().len(), 1);
        let polls = app.stack.upstream.requests().into_iter().filter(|seen| seen.path.contains("/api/v3/fetch/"));
        assert_eq!(polls.count(), 2);
        assert_eq!(ada.credits().await, 0);
    })
    .await;
}

/// Whoever there is a key for draws, when nobody is named.
#[tokio::test]
async fn without_a_name_whoever_has_a_key_draws() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        ada.is_given(10);
        let admin = app.log_in(crate::app::ADMIN).await;
        let rows = app.post(DRAW, &ada.token, &json!({"prompt": "a cat"})).await.data();
        assert_eq!((&rows[0]["draw_type"], &rows[0]["model"]), (&json!("openai"), &json!("dall-e-3")));
        app.put("/api/admin/token", &admin.token, &json!({"id": "1", "models": "gpt-3.5-turbo"})).await.data();
        app.adds_painter("stablediffusion-draw", "sk-0123456789abcdef").await;
        let wish = json!({"prompt": "a cat", "width": 256});
        let rows = app.post(DRAW, &ada.token, &wish).await.data();
        assert_eq!((&rows[0]["draw_type"], &rows[0]["size"]), (&json!("stablediffusion"), &json!("256x256")));
        assert!(!holds(&app.object(&rows[0]["url"]).bytes, PLANT));
    })
    .await;
}

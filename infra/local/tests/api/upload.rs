//! `POST /api/upload`, `GET /api/upload` and `DELETE /api/upload/{id}`

mod kills;
mod lists;

use hyper::Method;
use serde_json::json;
use testkit::{Fault, FaultKind};

use crate::app::TestApp;
use crate::pictures::{Form, PLANT, bytes_of, gif, holds, jpeg, png, post_as_form, webp};

const PATH: &str = "/api/upload";
const UNSUPPORTED: &str = "仅支持PNG、JPEG、WebP、GIF格式的图片";
const MEGABYTE: usize = 1024 * 1024;

/// A JPEG of this many bytes: what is long about it is image.
fn jpeg_of(length: usize) -> Vec<u8> {
    let mut file = jpeg();
    let end = file.split_off(file.len() - 2);
    file.resize(length - end.len(), 0x3f);
    [file, end].concat()
}

#[tokio::test]
async fn each_kind_is_kept_clean_under_an_address_for_everybody() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let mut names = std::collections::BTreeSet::new();
        for (file, media_type, ending, sides) in [
            (png(), "image/png", "png", [2, 1]),
            (jpeg(), "image/jpeg", "jpg", [8, 8]),
            (gif(), "image/gif", "gif", [2, 2]),
            (webp(), "image/webp", "webp", [4, 2]),
        ] {
            assert!(holds(&file, PLANT));
            // What the form says about the file counts for nothing.
            let form = Form::default().text("prompt", "x").file("file", "a.html", "text/html", &file);
            let answer = form.post(app, PATH, &ada.token).await;
            assert_eq!(answer.envelope()["message"], "上传成功");
            let data = answer.data();
            let kept = app.object(&data["url"]);
            let expected = json!({"id": data["id"], "url": data["url"], "type": media_type, "size": kept.bytes.len(),
                "width": sides[0], "height": sides[1]});
            assert_eq!(data, expected);
            assert!(!holds(&kept.bytes, PLANT) && kept.bytes.len() < file.len(), "{media_type}");
            assert_eq!((kept.content_type.as_str(), kept.content_disposition.as_deref()), (media_type, Some("inline")));
            let name = kept.key.strip_prefix("public/").and_then(|name| name.strip_suffix(&format!(".{ending}")));
            assert_eq!(name.expect("a folder that everybody reads").len(), 22, "128 random bits: {}", kept.key);
            let shown = app.fetch(&data["url"]).await;
            assert_eq!((shown.status.as_u16(), bytes_of(&shown)), (200, kept.bytes.to_vec()));
            assert_eq!(shown.headers["content-type"], media_type);
            names.insert(kept.key);
            // The same file again is another object: nobody learns what others have.
            let again = Form::of_file(&file).post(app, PATH, &ada.token).await.data();
            assert_ne!(again["url"], data["url"]);
            assert_eq!(app.object(&again["url"]).bytes, kept.bytes);
        }
        assert_eq!(names.len(), 4);
        assert_eq!((ada.credits().await, ada.pictures(app, "").await.0), (10, 0));
    })
    .await;
}

#[tokio::test]
async fn the_answer_is_nothing_but_json() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let answers =
            [Form::of_file(&png()).post(app, PATH, &ada.token).await, Form::default().post(app, PATH, "").await];
        for answer in answers {
            assert_eq!(answer.headers["x-content-type-options"], "nosniff");
            assert_eq!(answer.headers["content-type"], "application/json");
        }
    })
    .await;
}

#[tokio::test]
async fn four_megabytes_and_no_more() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let largest = Form::of_file(&jpeg_of(4 * MEGABYTE)).post(app, PATH, &ada.token).await.data();
        assert!(app.object(&largest["url"]).bytes.len() > 4 * MEGABYTE - 200);
        let answer = Form::of_file(&jpeg_of(4 * MEGABYTE + 1)).post(app, PATH, &ada.token).await;
        assert_eq!(answer.refusal(413), "内容过长，请缩短后重新尝试。");
        // Many small parts are refused as well.
        let parts = (0..100).fold(Form::default(), |form, place| form.text(&format!("t{place}"), "x"));
        parts.file("file", "a.png", "image/png", &png()).post(app, PATH, &ada.token).await.refusal(413);
        let long = Form::of_file(&png()).text("prompt", &"x".repeat(100_000));
        long.post(app, PATH, &ada.token).await.refusal(413);
        assert_eq!(app.stack.objects.list().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_picture_is_refused() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        for file in [
            &b"<!DOCTYPE html><script>alert(1)</script>"[..],
            b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>",
            b"<?xml version=\"1.0\"?><svg/>",
            b"\xef\xbb\xbf<html>",
            b"alert(document.cookie)",
            b"PK\x03\x04\x14\0\0\0\x08\0",
            b"%PDF-1.7",
            b"BM\x3a\0\0\0",
            b"\0\0\x01\0\x01\0",
            b"II*\0",
            b"\0\0\0\x20ftypavif",
            b"\0",
        ] {
            let sentence = Form::of_file(file).post(app, PATH, &ada.token).await.refusal(400);
            assert_eq!(sentence, UNSUPPORTED, "{}", String::from_utf8_lossy(file));
        }
        // They begin as pictures and are none.
        let page = [&b"GIF89a/*"[..], b"*/=1;alert(1)//<script>"].concat();
        for file in
            [page, png()[..40].to_vec(), jpeg()[..30].to_vec(), webp()[..20].to_vec(), b"\x89PNG\r\n\x1a\n".to_vec()]
        {
            Form::of_file(&file).post(app, PATH, &ada.token).await.refusal(400);
        }
        assert!(app.stack.objects.list().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_form_without_a_picture_is_refused() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let broken = "表单内容不完整或格式不正确";
        let missing = "缺少必要参数";
        let file = |name| Form::default().file(name, "a.png", "image/png", &png()).bytes();
        let whole = file("file");
        for (body, sentence) in [
            (Form::default().bytes(), missing),
            (Form::default().text("file", "https://example.com/a.png").bytes(), missing),
            (Form::of_file(b"").bytes(), missing),
            (file("picture"), missing),
            (file(""), missing),
            (Vec::new(), broken),
            (b"no form".to_vec(), broken),
            (whole[..whole.len() / 2].to_vec(), broken),
            (whole[..whole.len() - 6].to_vec(), broken),
        ] {
            let answer = post_as_form(app, PATH, &ada.token, body.clone()).await;
            assert_eq!(answer.refusal(400), sentence, "{}", String::from_utf8_lossy(&body));
        }
        for content_type in ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=x"]
        {
            let headers = [("token", ada.token.as_str()), ("content-type", content_type)];
            app.http.send(Method::POST, PATH, &headers, whole.clone()).await.refusal(400);
        }
        assert_eq!(app.post(PATH, &ada.token, &json!({"file": "x"})).await.refusal(400), missing);
        assert!(app.stack.objects.list().is_empty());
        // The field has another name in some front ends.
        post_as_form(app, PATH, &ada.token, file("image")).await.data();
    })
    .await;
}

#[tokio::test]
async fn nobody_puts_anything_up() {
    TestApp::run(async |app| {
        let carol = app.log_in("carol@example.com").await;
        app.ban(&carol);
        for token in ["", "x", &carol.token] {
            assert_eq!(Form::of_file(&png()).post(app, PATH, token).await.refusal(401), "请登陆");
            assert_eq!(post_as_form(app, PATH, token, "no form").await.refusal(401), "请登陆");
        }
        assert!(app.stack.objects.list().is_empty());
    })
    .await;
}

#[tokio::test]
async fn fifty_a_day_and_no_more() {
    TestApp::run(async |app| {
        let (ada, bob) = (app.log_in("ada@example.com").await, app.log_in("bob@example.com").await);
        for _ in 0..50 {
            // What is refused does not count.
            Form::of_file(b"<html>").post(app, PATH, &ada.token).await.refusal(400);
            Form::of_file(&png()).post(app, PATH, &ada.token).await.data();
        }
        let answer = Form::of_file(&png()).post(app, PATH, &ada.token).await;
        assert_eq!(answer.refusal(429), "请求次数过多，请稍后再试！");
        let wait: u64 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=24 * 3600).contains(&wait), "{wait}");
        assert_eq!(app.stack.objects.list().len(), 50);
        Form::of_file(&png()).post(app, PATH, &bob.token).await.data();
        app.clock.advance(std::time::Duration::from_secs(wait));
        Form::of_file(&png()).post(app, PATH, &ada.token).await.data();
    })
    .await;
}

#[tokio::test]
async fn every_call_may_fail() {
    let kinds =
        [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle, FaultKind::Http500, FaultKind::Conflict];
    // The session, the day's count, what is known of the file, the bucket.
    for (kind, nth) in kinds.into_iter().flat_map(|kind| (1..=4).map(move |nth| (kind, nth))) {
        TestApp::run(async |app| {
            let ada = app.log_in("ada@example.com").await;
            app.stack.wire.plan(Fault::new(kind).nth(nth));
            let data = Form::of_file(&png()).post(app, PATH, &ada.token).await.data();
            assert_eq!(app.fetch(&data["url"]).await.status, 200, "{kind:?} at call {nth}");
            assert_eq!((app.stack.objects.list().len(), app.upload_rows().len()), (1, 1), "{kind:?} at call {nth}");
            if kind == FaultKind::FailBefore {
                app.stack.wire.plan(Fault::new(kind).nth(nth).lasting());
                let answer = Form::of_file(&png()).post(app, PATH, &ada.token).await;
                assert_eq!(answer.refusal(503), "服务繁忙，请稍后再试！", "call {nth}");
                app.stack.wire.heal();
                assert_eq!(app.stack.objects.list().len(), 1, "call {nth}");
                // What may have been stored, its person knows of and can delete.
                assert_eq!(ada.uploads(app, "").await.0, if nth == 4 { 2 } else { 1 }, "call {nth}");
            }
        })
        .await;
    }
}

/// The answer of each write to the bucket is lost: what may have been stored is taken away again.
#[tokio::test]
async fn what_may_have_been_stored_is_taken_away() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let fault = app.stack.wire.plan(Fault::new(FaultKind::FailAfter).on("PutObject").lasting());
        let answer = Form::of_file(&png()).post(app, PATH, &ada.token).await;
        assert_eq!(answer.refusal(503), "服务繁忙，请稍后再试！");
        assert!(fault.hits() > 0 && app.stack.objects.list().is_empty() && app.upload_rows().is_empty());
    })
    .await;
}

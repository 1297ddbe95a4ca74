//! What is refused before anybody is asked to draw.

use serde_json::json;

use crate::admin_token::draft;
use crate::app::{ADMIN, TestApp};
use crate::pictures::{DRAW, Form, post_as_form, wish};

#[tokio::test]
async fn nobody_draws_without_a_session_whatever_they_send() {
    TestApp::run(async |app| {
        let carol = app.log_in("carol@example.com").await;
        app.ban(&carol);
        let ended = app.log_in("dora@example.com").await;
        app.post("/api/logout", &ended.token, &json!({})).await.data();
        for token in ["", "undefined", "x", &"x".repeat(54), &carol.token, &ended.token] {
            for body in [wish("a cat", 1), json!({}), json!({"prompt": "a cat", "draw_type": "nobody"}), json!([])] {
                assert_eq!(app.post(DRAW, token, &body).await.refusal(401), "请登陆", "{body}");
            }
            assert_eq!(post_as_form(app, DRAW, token, "no form").await.refusal(401), "请登陆");
            let answer = Form::default().text("prompt", "a cat").post(app, DRAW, token).await;
            assert_eq!(answer.refusal(401), "请登陆");
        }
        assert_eq!(app.stack.upstream.count(), 0);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_with_a_wish_is_said() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        for (body, status, sentence) in [
            (json!({}), 400, "缺少必要参数"),
            (json!({"prompt": "  "}), 400, "缺少必要参数"),
            (json!({"prompt": "猫".repeat(6000)}), 413, "内容过长，请缩短后重新尝试。"),
            (json!({"prompt": "a cat", "draw_type": "midjourney"}), 400, "绘画类型不正确"),
            (json!({"prompt": "a cat", "draw_type": "stability"}), 400, "管理员未配置对应AI模型"),
            (json!({"prompt": "a cat", "draw_type": "stablediffusion"}), 400, "管理员未配置对应AI模型"),
            (json!({"prompt": "a cat", "model": "dall-e-9"}), 400, "管理员未配置对应AI模型"),
            (json!({"prompt": "a cat", "model": "dall-e\n3"}), 400, "管理员未配置对应AI模型"),
            (json!({"prompt": "a cat", "model": "m".repeat(101)}), 400, "管理员未配置对应AI模型"),
        ] {
            assert_eq!(app.post(DRAW, &ada.token, &body).await.refusal(status), sentence, "{body}");
        }
        for form in [&b"no form"[..], b"", b"------WebKitFormBoundary7MA4YWxkTrZu0gW\r\nContent-Disposition: form-data"]
        {
            let sentence = post_as_form(app, DRAW, &ada.token, form).await.refusal(400);
            assert_eq!(sentence, "表单内容不完整或格式不正确", "{form:?}");
        }
        assert_eq!((app.stack.upstream.count(), ada.credits().await), (0, 10));
        app.check_nothing_held();
    })
    .await;
}

/// A key that is off, or was stopped, is no key.
#[tokio::test]
async fn a_key_that_is_off_does_not_draw() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        app.put("/api/admin/token", &admin.token, &json!({"id": "1", "status": 0})).await.data();
        app.clock.advance(std::time::Duration::from_secs(6));
        assert_eq!(ada.asks_to_draw(app, "a cat", 1).await.refusal(400), "管理员未配置对应AI模型");
        assert_eq!((app.stack.upstream.count(), ada.credits().await), (0, 10));
    })
    .await;
}

#[tokio::test]
async fn prohibited_words_are_named() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        app.set("prohibited_words", "foo,坏词");
        assert_eq!(
            ada.asks_to_draw(app, "a Foo and 坏词", 1).await.refusal(400),
            "很抱歉，您发送的内容违反了我们的规定，请修改后重新尝试。涉及敏感词：foo、坏词"
        );
        assert_eq!((app.stack.upstream.count(), ada.credits().await), (0, 10));
        assert_eq!(ada.draws(app, "all good", 1).await.len(), 1);
    })
    .await;
}

/// What a moderation model flags is not drawn, and its credits are back at once.
#[tokio::test]
async fn what_is_flagged_is_not_drawn() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        let mut key = draft(app, "sk-0123456789abcdef");
        key["models"] = json!("omni-moderation-latest");
        app.post("/api/admin/token", &admin.token, &key).await.data();
        app.set("moderation_model", "omni-moderation-latest");
        assert_eq!(
            ada.asks_to_draw(app, "a cat [[flag=sexual,violence]]", 1).await.refusal(400),
            "很抱歉，您发送的内容违反了我们的规定，请修改后重新尝试。涉及敏感词：色情、暴力"
        );
        app.check_nothing_held();
        let asked: Vec<String> = app.stack.upstream.requests().into_iter().map(|seen| seen.path).collect();
        assert!(asked.iter().all(|path| path.ends_with("/v1/moderations")), "{asked:?}");
        assert_eq!((ada.credits().await, ada.statement().await.0, app.stack.objects.list().len()), (10, 1, 0));
        // Who cannot pay is told that, flagged or not.
        ada.is_given(-5);
        let sentence = ada.asks_to_draw(app, "a cat [[flag=sexual]]", 1).await.refusal(400);
        assert_eq!(sentence, "账户积分余额不足, 请充值后在使用。");
        ada.is_given(5);
        assert_eq!(ada.draws(app, "a cat", 1).await.len(), 1);
    })
    .await;
}

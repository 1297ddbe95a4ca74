//! `POST /api/chat/completion`

use hyper::Method;
use serde_json::{Value, json};

use crate::app::{ADMIN, Person, TestApp};

const PATH: &str = "/api/chat/completion";

/// Asks as the pages do, and reads the frames as they do; the text of all.
async fn asks(app: &TestApp, person: &Person<'_>, body: &Value) -> String {
    let answer = app.post(PATH, &person.token, body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.headers["content-type"], "text/event-stream; charset=utf-8");
    let text = answer.text();
    let frames = text.split("\n\n").filter(|part| !part.is_empty());
    let frames: Vec<Value> = frames.map(|part| serde_json::from_str(part).expect("a whole frame")).collect();
    let segments: Vec<&str> = frames.iter().map(|frame| frame["segment"].as_str().unwrap()).collect();
    assert_eq!((segments[0], segments[segments.len() - 1]), ("start", "stop"), "{segments:?}");
    frames.iter().map(|frame| frame["content"].as_str().unwrap()).collect()
}

/// The conversations of a person.
async fn kept(app: &TestApp, person: &Person<'_>) -> usize {
    app.get("/api/user/messages", &person.token).await.data().as_array().unwrap().len()
}

/// What the upstream was asked last: the model, and each message as role and content.
fn asked(app: &TestApp) -> (String, Vec<(String, String)>) {
    let body = app.asked_last().body;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let messages = body["messages"].as_array().unwrap().iter();
    (text(&body["model"]), messages.map(|message| (text(&message["role"]), text(&message["content"]))).collect())
}

#[tokio::test]
async fn a_mind_map_and_a_prompt_are_made_without_a_conversation() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        ada.is_given(100);
        ada.chat("先前的话").await;
        assert_eq!(kept(app, &ada).await, 1);
        for (kind, describe, hint) in [("mapping", "生成思维导图", "Markdown"), ("draw", "绘画文案优化", "英文")]
        {
            let before = ada.credits().await;
            assert!(!asks(app, &ada, &json!({"prompt": "太阳系", "type": kind})).await.is_empty());
            let (model, messages) = asked(app);
            assert_eq!(model, "gpt-3.5-turbo", "the first that the key lists");
            let [(system, instruction), (user, prompt)] = messages.as_slice() else { panic!("{messages:?}") };
            assert_eq!((system.as_str(), user.as_str(), prompt.as_str()), ("system", "user", "太阳系"));
            assert!(instruction.contains(hint), "{instruction}");
            let cost = before - ada.credits().await;
            let (value, text) = ada.statement().await.1.remove(0);
            assert_eq!((value, text.as_str()), (format!("-{cost}积分"), describe));
            assert!(cost > 0);
        }
        // No list has anything of it.
        assert_eq!(kept(app, &ada).await, 1);
        let admin = app.log_in(ADMIN).await;
        assert_eq!(app.get("/api/admin/messages", &admin.token).await.data()["count"], 2);
        let held = json!(app.table()).to_string();
        assert!(!held.contains("太阳系") && held.contains("先前的话"));
    })
    .await;
}

#[tokio::test]
async fn settings_name_the_model_and_what_it_is_told() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        ada.is_given(1000);
        let set = json!({"completion_model": "gpt-4o-mini", "mapping_prompt": "第一行\n第二行", "draw_prompt": ""});
        app.put("/api/admin/config", &admin.token, &set).await.data();
        app.clock.advance(std::time::Duration::from_secs(6));
        asks(app, &ada, &json!({"prompt": "太阳系", "type": "mapping"})).await;
        let user = ("user".to_owned(), "太阳系".to_owned());
        let system = ("system".to_owned(), "第一行\n第二行".to_owned());
        assert_eq!(asked(app), ("gpt-4o-mini".to_owned(), vec![system, user.clone()]));
        // Without a type it is what the page of pictures means.
        asks(app, &ada, &json!({"prompt": "太阳系"})).await;
        assert_eq!(asked(app), ("gpt-4o-mini".to_owned(), vec![user]));
        assert_eq!(ada.statement().await.1[0].1, "绘画文案优化");
        app.put("/api/admin/config", &admin.token, &json!({"completion_model": "nobodys-model"})).await.data();
        app.clock.advance(std::time::Duration::from_secs(6));
        let body = json!({"prompt": "太阳系", "type": "draw"});
        assert_eq!(app.post(PATH, &ada.token, &body).await.refusal(400), "管理员未配置对应AI模型");
    })
    .await;
}

#[tokio::test]
async fn what_is_refused_costs_nothing() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        app.put("/api/admin/config", &admin.token, &json!({"prohibited_words": "坏词"})).await.data();
        app.clock.advance(std::time::Duration::from_secs(6));
        for (body, status, sentence) in [
            (json!({}), 400, "缺少必要参数"),
            (json!({"prompt": " ", "type": "mapping"}), 400, "缺少必要参数"),
            (json!({"prompt": "太阳系", "type": "poem"}), 400, "参数不正确"),
            (json!({"prompt": "x".repeat(70_000)}), 413, "内容过长，请缩短后重新尝试。"),
            (
                json!({"prompt": "一个坏词", "type": "mapping"}),
                400,
                "很抱歉，您发送的内容违反了我们的规定，请修改后重新尝试。涉及敏感词：坏词",
            ),
        ] {
            assert_eq!(app.post(PATH, &ada.token, &body).await.refusal(status), sentence, "{body}");
            assert_eq!(app.post(PATH, "", &body).await.status, 401);
        }
        // Nothing is said, nothing is charged; the stream ends as all do.
        let text = asks(app, &ada, &json!({"prompt": "太阳系 [[status=500]]", "type": "mapping"})).await;
        assert!(text.contains("暂时不可用"), "{text}");
        ada.is_given(-ada.credits().await);
        let body = json!({"prompt": "太阳系", "type": "draw"});
        assert_eq!(app.post(PATH, &ada.token, &body).await.refusal(400), "账户积分余额不足, 请充值后在使用。");
        assert_eq!(app.send(Method::GET, PATH, &ada.token, "").await.refusal(404), "接口不存在");
        app.check_nothing_held();
    })
    .await;
}

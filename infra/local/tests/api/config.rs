//! `GET /api/config`

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::{Fault, FaultKind, Service};

use crate::app::{ADMIN, Person, TestApp};

async fn shown(app: &TestApp) -> Value {
    app.get("/api/config", "").await.data()
}

async fn set(app: &TestApp, admin: &Person<'_>, values: &Value) {
    app.put("/api/admin/config", &admin.token, values).await.data();
}

#[tokio::test]
async fn everybody_is_shown_these_keys_and_no_other() {
    TestApp::run(async |app| {
        let fresh = json!({
            "shop_introduce": "", "user_introduce": "", "website_title": "AI 聊天", "website_description": "",
            "website_keywords": "", "website_logo": "", "website_footer": "", "notifications": [],
            "invite_introduce": "", "random_personas": [],
        });
        assert_eq!(shown(app).await, fresh);

        let admin = app.log_in(ADMIN).await;
        let texts = json!({
            "shop_introduce": "<p>买</p>", "user_introduce": "<b>好</b>", "website_title": "我的 <网站>",
            "website_description": "聊天与绘画", "website_keywords": "AI,聊天", "website_logo": "https://a.b/logo.png",
            "website_footer": "<a href=\"https://a.b\">a.b</a>", "invite_introduce": "<p>邀</p>",
        });
        set(app, &admin, &texts).await;
        let notice = json!({"title": "维护", "content": "<p>今晚</p>", "sort": 2});
        let notice = app.post("/api/admin/notification", &admin.token, &notice).await.data();
        let mut expected = texts;
        expected["website_footer"] = json!("<a href=\"https://a.b\" rel=\"noopener noreferrer nofollow\">a.b</a>");
        expected["random_personas"] = json!([]);
        expected["notifications"] = json!([{
            "id": notice["id"], "title": "维护", "content": "<p>今晚</p>", "sort": 2, "status": 1,
            "create_time": "2026-01-01 08:00:00", "update_time": "2026-01-01 08:00:00",
        }]);
        // At once where the change was made, and for any token.
        assert_eq!(shown(app).await, expected);
        assert_eq!(app.get("/api/config", "garbage").await.data(), expected);
    })
    .await;
}

#[tokio::test]
async fn notices_that_are_on_come_by_their_place_and_then_newest_first() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        for (title, sort, status) in [("b", 1, 1), ("off", 0, 0), ("c", 2, 1), ("a", -3, 1), ("b, newer", 1, 1)] {
            app.clock.advance(Duration::from_millis(1));
            let notice = json!({"title": title, "content": "x", "sort": sort, "status": status});
            app.post("/api/admin/notification", &admin.token, &notice).await.data();
        }
        let data = shown(app).await;
        let rows = data["notifications"].as_array().unwrap();
        let titles: Vec<&str> = rows.iter().map(|notice| notice["title"].as_str().unwrap()).collect();
        assert_eq!(titles, ["a", "b, newer", "b", "c"]);
    })
    .await;
}

#[tokio::test]
async fn a_flood_of_strangers_costs_one_reading_in_five_seconds_and_no_write() {
    TestApp::run(async |app| {
        let calls = async |times: usize| {
            app.stack.wire.take_log();
            join_all((0..times).map(|_| shown(app))).await;
            let log = app.stack.wire.take_log();
            let calls: Vec<String> =
                log.into_iter().filter(|call| call.service == Service::DynamoDb).map(|call| call.operation).collect();
            calls
        };
        // The start has read it.
        assert_eq!(calls(50).await, [] as [&str; 0]);
        app.clock.advance(Duration::from_millis(4_999));
        assert_eq!(calls(50).await, [] as [&str; 0]);
        app.clock.advance(Duration::from_millis(1));
        assert_eq!(calls(1).await, ["Query", "Query"]);
        assert_eq!(calls(50).await, [] as [&str; 0]);
    })
    .await;
}

/// In every function: here the one that is not told of the change.
#[tokio::test]
async fn settings_take_effect_everywhere_within_ten_seconds() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        set(app, &admin, &json!({"signin_reward": 40, "register_reward": 70, "prohibited_words": "ＦＯＯ|坏词"})).await;
        app.clock.advance(Duration::from_secs(10));
        let signed = app.post("/api/signin", &ada.token, &Value::Null).await;
        assert_eq!(signed.envelope()["message"], "签到成功 +40积分");
        assert_eq!(app.log_in("bob@example.com").await.credits().await, 70);
        assert_eq!(
            ada.ask("a foo and 坏词", json!({})).await.refusal(400),
            "很抱歉，您发送的内容违反了我们的规定，请修改后重新尝试。涉及敏感词：ＦＯＯ、坏词"
        );
    })
    .await;
}

#[tokio::test]
async fn a_table_that_is_away_is_told_and_mended_by_the_next_request() {
    TestApp::run(async |app| {
        app.clock.advance(Duration::from_secs(6));
        app.stack.wire.plan(Fault::new(FaultKind::FailBefore).lasting());
        assert_eq!(app.get("/api/config", "").await.refusal(503), "服务繁忙，请稍后再试！");
        app.stack.wire.heal();
        assert_eq!(shown(app).await["notifications"], json!([]));
    })
    .await;
}

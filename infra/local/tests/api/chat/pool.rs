//! Which keys are asked, what is remembered of those that fail, and who is told.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Call, Fault, FaultKind, Service, round_trips};

use crate::admin_token::{add, row};
use crate::app::{ADMIN, CONVERSATION, TestApp};
use crate::sandbox::Sandbox;

/// How often the key with this secret was asked to chat.
fn asked(app: &TestApp, secret: &str) -> usize {
    let of_key = |seen: &&testkit::upstream::Seen| {
        seen.bearer.as_deref() == Some(secret) && seen.path.ends_with("/chat/completions")
    };
    app.stack.upstream.requests().iter().filter(of_key).count()
}

/// What is stored of the keys' health.
fn health(app: &TestApp) -> Vec<serde_json::Map<String, Value>> {
    let items = app.table().into_iter();
    items.filter(|item| item["sk"].as_str().is_some_and(|sk| sk.starts_with("health#"))).collect()
}

/// The newest answer as administrators see it.
async fn newest_route(app: &TestApp, token: &str) -> Value {
    let data = app.get("/api/admin/messages?page_size=2", token).await.data();
    let rows = data["rows"].as_array().unwrap();
    rows.iter().find(|row| row["role"] == "assistant").expect("an answer")["route"].clone()
}

#[tokio::test]
async fn two_hundred_chats_succeed_beside_a_dead_key_and_a_limited_one() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        ada.is_given(10_000);
        let (dead, limited) = ("sk-status-401-dead", "sk-status-429-600-limited");
        let dead_row = add(app, &admin, dead).await;
        let limited_row = add(app, &admin, limited).await;
        app.clock.advance(Duration::from_secs(6));
        for _ in 0..200 {
            let turn = ada.chat("hi [[text=fine]] [[usage=3,3]]").await;
            assert_eq!((turn.text().as_str(), turn.cost()), ("fine", 1));
            app.clock.advance(Duration::from_secs(1));
        }
        // The log keeps the newest 256 requests: 200 answers, and what little was asked of the others.
        assert_eq!(app.stack.upstream.count(), 202);
        assert_eq!((asked(app, dead), asked(app, limited), asked(app, "sk-local")), (1, 1, 200));
        let dead_row = row(app, &admin, &dead_row["id"]).await;
        assert_eq!((&dead_row["status"], &dead_row["reason"]), (&json!(0), &json!("密钥无效 (401)")));
        let limited_row = row(app, &admin, &limited_row["id"]).await;
        assert_eq!((&limited_row["status"], &limited_row["reason"]), (&json!(1), &json!("请求过于频繁 (429)")));
        assert!(limited_row["waiting_until"].as_str().unwrap() > "2026-01-01 08:10:00");
    })
    .await;
}

/// The keys that were tried, and why they failed, stay with the answer, for administrators alone.
#[tokio::test]
async fn the_route_is_kept_with_the_answer() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        ada.is_given(10_000);
        ada.chat("hi").await;
        let route = newest_route(app, &admin.token).await;
        assert_eq!((&route[0]["id"], &route[0]["result"], &route[1]), (&json!("1"), &json!("ok"), &Value::Null));
        assert!(route[0]["millis"].is_u64());

        app.put("/api/admin/token", &admin.token, &json!({"id": "1", "weight": 1})).await.data();
        let dead = add(app, &admin, "sk-status-402-dead").await;
        let mut routes = Vec::new();
        for _ in 0..20 {
            app.clock.advance(Duration::from_secs(6));
            app.put("/api/admin/token", &admin.token, &json!({"id": dead["id"], "status": 1, "weight": 100})).await;
            app.clock.advance(Duration::from_secs(6));
            ada.chat("hi").await;
            routes.push(newest_route(app, &admin.token).await);
        }
        let failed_over = routes.iter().find(|route| route[1]["result"] == "ok").expect("the dead key came first");
        assert_eq!((&failed_over[0]["id"], &failed_over[0]["result"]), (&dead["id"], &json!("余额不足 (402)")));
        assert_eq!(failed_over[1]["id"], "1");
        let own = app.get("/api/user/messages", &ada.token).await.text();
        assert!(!own.contains("route") && !own.contains("余额不足"));
    })
    .await;
}

/// A limited key is asked again after what `Retry-After` says, and not before.
#[tokio::test]
async fn a_limited_key_waits_as_long_as_it_says() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        ada.is_given(10_000);
        let limited = "sk-status-429-120-limited";
        let id = add(app, &admin, limited).await["id"].clone();
        app.put("/api/admin/token", &admin.token, &json!({"id": id, "weight": 100})).await.data();
        app.clock.advance(Duration::from_secs(6));
        let mut first = 0;
        while asked(app, limited) == 0 {
            first += 1;
            assert!(first < 100, "a weight of a hundred to one");
            ada.chat("hi").await;
        }
        for _ in 0..6 {
            app.clock.advance(Duration::from_secs(19));
            ada.chat("hi").await;
        }
        assert_eq!(asked(app, limited), 1);
        app.clock.advance(Duration::from_secs(7));
        for _ in 0..9 {
            ada.chat("hi").await;
        }
        assert_eq!(asked(app, limited), 2);
    })
    .await;
}

/// A failing key waits, is tried once when the wait is over, and is as good as new when it answers.
#[tokio::test]
async fn a_key_recovers_after_its_wait() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        ada.is_given(10_000);
        for _ in 0..3 {
            let turn = ada.chat("hi [[status=503]]").await;
            assert_eq!(turn.text(), "模型服务暂时不可用，请稍后再试。");
            assert_eq!(turn.cost(), 0);
        }
        let waiting = row(app, &admin, &json!("1")).await;
        assert_eq!((&waiting["status"], &waiting["reason"]), (&json!(1), &json!("服务异常 (503)")));
        assert_eq!(waiting["waiting_until"], "2026-01-01 08:00:30");
        // With nothing better left it is asked all the same; that it answers ends no wait.
        assert_eq!(ada.chat("hi [[text=fine]]").await.text(), "fine");
        assert_eq!(health(app).len(), 1);
        app.clock.advance(Duration::from_secs(31));
        assert_eq!(ada.chat("hi [[text=fine]]").await.text(), "fine");
        assert_eq!(health(app), [], "it is as good as new");
        let row = row(app, &admin, &json!("1")).await;
        assert_eq!((&row["reason"], &row["waiting_until"]), (&json!(""), &Value::Null));
    })
    .await;
}

/// An answer may take long after a trial; what it shows is stored all the same.
#[tokio::test]
async fn a_long_answer_ends_a_trial_too() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        for _ in 0..3 {
            ada.chat("hi [[status=503]]").await;
        }
        app.clock.advance(Duration::from_secs(31));
        let before = app.stack.upstream.count();
        let aged = async {
            app.stack.upstream.reached(before + 1).await;
            app.clock.advance(Duration::from_secs(20));
            app.stack.upstream.open_gate();
        };
        let (turn, ()) = tokio::join!(ada.chat("hi [[text=abcd]] [[chunks=4]] [[gate]]"), aged);
        assert_eq!(turn.text(), "abcd");
        assert_eq!(health(app), []);
    })
    .await;
}

/// What one function instance learns, another one knows as soon as it reads the site again.
#[tokio::test]
async fn functions_share_what_they_learn() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        ada.is_given(10_000);
        let (dead, limited) = ("sk-status-401-dead", "sk-status-429-600-limited");
        add(app, &admin, dead).await;
        add(app, &admin, limited).await;
        app.clock.advance(Duration::from_secs(6));
        for _ in 0..30 {
            ada.chat("hi").await;
        }
        assert_eq!((asked(app, dead), asked(app, limited)), (1, 1));
        for _ in 0..10 {
            let sandbox = Sandbox::of(app, "chat");
            let body = json!({"prompt": "hi", "parentMessageId": CONVERSATION});
            (sandbox.chat().await)(&ada.token, &body).await.unwrap();
        }
        assert_eq!((asked(app, dead), asked(app, limited)), (1, 1));
    })
    .await;
}

/// A key that an administrator changed while a chat asked it is not stopped by what the chat learned of the old one.
#[tokio::test]
async fn what_was_learned_of_an_old_secret_does_not_stop_the_new_one() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        ada.is_given(10_000);
        ada.chat("hi").await;
        // The chat function still knows the row of a moment ago.
        let changed = json!({"id": "1", "key": "sk-status-401-0123456789"});
        app.put("/api/admin/token", &admin.token, &changed).await.data();
        let again = json!({"id": "1", "key": "sk-good-0123456789"});
        app.clock.advance(Duration::from_secs(6));
        ada.chat("hi [[first_ms=1]]").await;
        assert_eq!(row(app, &admin, &json!("1")).await["status"], 0);
        app.put("/api/admin/token", &admin.token, &again).await.data();
        assert_eq!(row(app, &admin, &json!("1")).await["status"], 1);
        // Out of its cache, the function asks with the old secret once more.
        let answer = ada.ask("hi", json!({})).await;
        assert_eq!(answer.status, 200);
        assert_eq!(row(app, &admin, &json!("1")).await["status"], 1, "the new secret is not to blame");
    })
    .await;
}

/// The chat of a turn with failing keys costs what any other does, whichever call fails once on the way.
#[tokio::test]
async fn sharing_may_fail_anywhere() {
    for kind in
        [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle, FaultKind::Http500, FaultKind::Conflict]
    {
        for nth in 1..=8 {
            TestApp::run(async |app| {
                let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
                ada.is_given(10_000);
                add(app, &admin, "sk-status-401-dead").await;
                add(app, &admin, "sk-status-429-60-limited").await;
                app.clock.advance(Duration::from_secs(6));
                app.stack.wire.plan(Fault::new(kind).nth(nth));
                for balance in [10_008, 10_006] {
                    let turn = ada.chat("hi [[usage=100,50]]").await;
                    assert_eq!((turn.cost(), turn.balance()), (2, balance), "{kind:?} at call {nth}");
                }
            })
            .await;
        }
    }
}

/// Knowing keys costs a turn nothing: while none fails, no call is added.
#[tokio::test]
async fn healthy_keys_add_no_call() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        ada.is_given(10_000);
        for _ in 0..3 {
            add(app, &admin, "sk-0123456789abcdef").await;
        }
        ada.chat("hi").await;
        let calls = || -> Vec<Call> {
            let calls = app.stack.wire.take_log().into_iter();
            calls.filter(|call| call.service == Service::DynamoDb).collect()
        };
        calls();
        ada.chat("hi").await;
        let turn = calls();
        let operations: Vec<&str> = turn.iter().map(|call| call.operation.as_str()).collect();
        assert_eq!(turn.len(), 3, "{operations:?}");
        assert_eq!(round_trips(&turn), 2, "{operations:?}");
    })
    .await;
}

//! `GET /api/admin/messages`, `PUT /api/admin/messages` and `DELETE /api/admin/messages/{id}`

use std::time::Duration;

use futures_util::future::join_all;
use hyper::Method;
use serde_json::{Value, json};
use testkit::{Fault, FaultKind};

use crate::app::{ADMIN, CONVERSATION, Person, TestApp};
use crate::http::Answer;

async fn page(app: &TestApp, admin: &Person<'_>, query: &str) -> (u64, Vec<Value>) {
    let data = app.get(&format!("/api/admin/messages{query}"), &admin.token).await.data();
    (data["count"].as_u64().unwrap(), data["rows"].as_array().unwrap().clone())
}

async fn put(app: &TestApp, admin: &Person<'_>, body: &Value) -> Answer {
    app.put("/api/admin/messages", &admin.token, body).await
}

async fn delete(app: &TestApp, admin: &Person<'_>, id: &str) -> Answer {
    app.send(Method::DELETE, &format!("/api/admin/messages/{id}"), &admin.token, "").await
}

fn id(row: &Value) -> String {
    row["id"].as_str().unwrap().to_owned()
}

fn ids(rows: &[Value]) -> Vec<String> {
    rows.iter().map(id).collect()
}

/// Turns of a millisecond each, so that their order is known.
async fn chat(app: &TestApp, person: &Person<'_>, turns: usize) {
    for number in 1..=turns {
        app.clock.advance(Duration::from_millis(1));
        person.chat(&format!("question {number} [[text=x]]")).await;
    }
}

#[tokio::test]
async fn rows_say_all_of_a_message() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        assert_eq!(page(app, &admin, "").await, (0, vec![]));
        let options = json!({"model": "gpt-3.5-turbo", "temperature": 0.7, "presence_penalty": -2,
            "frequency_penalty": 1e-300, "max_tokens": 9000});
        ada.chat_with("你好 [[text=eins]]", &options).await;
        let (count, rows) = page(app, &admin, "").await;
        let row = |at: usize, role: &str, content: &str| {
            json!({"id": rows[at]["id"], "content": content, "user_id": ada.id, "role": role, "frequency_penalty": 0,
                "max_tokens": 4096, "model": "gpt-3.5-turbo", "presence_penalty": -2, "temperature": 0.7,
                "parent_message_id": CONVERSATION, "status": 1, "route": rows[at]["route"],
                "create_time": "2026-01-01 08:00:00", "update_time": "2026-01-01 08:00:00", "user": {"id": ada.id, "account": "ada@example.com",
                    "nickname": "Chat用户", "avatar": app.default_avatar()}})
        };
        let expected = [row(0, "assistant", "eins"), row(1, "user", "你好 [[text=eins]]")];
        assert_eq!((count, rows.as_slice()), (2, expected.as_slice()));
        let (asked, route) = (&rows[0]["route"][0], &rows[1]["route"]);
        assert_eq!((&asked["id"], &asked["result"], route), (&json!("1"), &json!("ok"), &json!([])));
        assert_eq!(id(&rows[0]).parse::<i64>().unwrap(), id(&rows[1]).parse::<i64>().unwrap() + 1);
    })
    .await;
}

#[tokio::test]
async fn a_hidden_message_is_out_of_its_persons_sight_and_history() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        ada.chat("secret [[text=eins]]").await;
        app.clock.advance(Duration::from_secs(1));
        let (_, rows) = page(app, &admin, "").await;
        let question = id(&rows[1]);
        let changed = put(app, &admin, &json!({"id": question, "status": 0})).await.data();
        let mut row = rows[1].clone();
        (row["status"], row["update_time"]) = (json!(0), json!("2026-01-01 08:00:01"));
        assert_eq!(changed, json!([row, false]));
        assert_eq!(page(app, &admin, "").await, (2, vec![rows[0].clone(), row]), "administrators see it still");

        let shown = app.get("/api/user/messages", &ada.token).await.data();
        assert_eq!(shown[0]["data"].as_array().unwrap().len(), 1);
        assert!(!shown.to_string().contains("secret"), "{shown}");
        ada.chat("next [[text=zwei]]").await;
        let sent = || app.stack.upstream.requests().last().unwrap().body["messages"].to_string();
        assert!(!sent().contains("secret") && sent().contains("eins"), "{}", sent());

        let shown = put(app, &admin, &json!({"id": question, "status": "1", "content": "x"})).await.data();
        assert_eq!((&shown[0]["status"], &shown[0]["content"]), (&json!(1), &json!("secret [[text=eins]]")));
        ada.chat("last").await;
        assert!(sent().contains("secret"), "{}", sent());
    })
    .await;
}

#[tokio::test]
async fn wrong_changes_are_refused() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        ada.chat("hi").await;
        let message = id(&page(app, &admin, "").await.1[0]);
        for (body, status, sentence) in [
            (json!({}), 400, "缺少必要参数"),
            (json!({"id": message}), 400, "缺少必要参数"),
            (json!({"status": 0}), 400, "缺少必要参数"),
            (json!({"id": message, "status": 2}), 400, "参数不正确"),
            (json!({"id": message, "status": "off"}), 400, "参数不正确"),
            (json!({"id": "x", "status": 0}), 400, "参数不正确"),
            (json!({"id": "50743051148070912", "status": 0}), 404, "数据不存在"),
        ] {
            assert_eq!(put(app, &admin, &body).await.refusal(status), sentence, "{body}");
        }
        assert_eq!(delete(app, &admin, "x").await.refusal(404), "数据不存在");
        assert_eq!(delete(app, &admin, "50743051148070912").await.data(), 0);
        let unreadable = app.get("/api/admin/messages?user_id=x", &admin.token).await;
        assert_eq!(unreadable.refusal(400), "参数不正确");
        let not_told = app.get("/api/admin/messages?user_id=x", &ada.token).await;
        assert_eq!(not_told.refusal(403), "拒绝访问");
        assert_eq!(page(app, &admin, "").await.1[0]["status"], 1);
    })
    .await;
}

#[tokio::test]
async fn pages_of_one_person_are_exact() {
    TestApp::run(async |app| {
        app.set("ai3_ratio", "0");
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        let bob = app.log_in("bob@example.com").await;
        chat(app, &ada, 12).await;
        chat(app, &bob, 2).await;
        let of_ada = format!("?user_id={}", ada.id);
        let (_, all) = page(app, &admin, &format!("{of_ada}&page_size=100")).await;
        let mut expected = ids(&all);
        assert_eq!(expected.len(), 24);
        assert!(expected.is_sorted_by(|newer, older| newer.len() == older.len() && newer > older));
        for gone in [0, 7, 20] {
            assert_eq!(delete(app, &admin, &expected.remove(gone)).await.data(), 1);
        }
        for size in [1, 4, 7, 21, 100] {
            let mut found = Vec::new();
            for number in 1..=(21_usize.div_ceil(size) + 1) {
                let (count, rows) = page(app, &admin, &format!("{of_ada}&page={number}&page_size={size}")).await;
                assert_eq!(count, 21);
                assert!(rows.iter().all(|row| row["user"]["account"] == "ada@example.com"));
                found.extend(ids(&rows));
            }
            assert_eq!(found, expected, "pages of {size}");
        }
        let (count, rows) = page(app, &admin, &format!("{of_ada}&page=18446744073709551615")).await;
        assert_eq!((count, rows.len()), (21, 0));
        assert_eq!(page(app, &admin, "?user_id=7").await, (0, vec![]));
        assert_eq!(page(app, &admin, "").await.0, 25);

        // What somebody said stays listed when they are deleted, and can be deleted then.
        app.send(Method::DELETE, &format!("/api/admin/user/{}", ada.id), &admin.token, "").await.data();
        let (count, rows) = page(app, &admin, &format!("{of_ada}&page_size=100")).await;
        assert_eq!((count, ids(&rows)), (21, expected.clone()));
        assert!(rows.iter().all(|row| row["user"].is_null() && row["user_id"] == ada.id.as_str()));
        assert_eq!(delete(app, &admin, &expected[0]).await.data(), 1);
        assert_eq!(page(app, &admin, &of_ada).await.0, 20);
    })
    .await;
}

#[tokio::test]
async fn a_page_of_long_texts_stays_within_what_lambda_sends() {
    TestApp::run(async |app| {
        app.set("ai3_ratio", "0");
        app.set("history_message_count", "0");
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        // Quotes and line breaks take four and three bytes each in what Lambda sends.
        let long = "\"\n".repeat(15_000);
        for _ in 0..50 {
            app.clock.advance(Duration::from_millis(1));
            ada.chat(&format!("{long}[[bytes=40000]]")).await;
        }
        for query in ["?page_size=100".to_owned(), format!("?page_size=100&user_id={}", ada.id)] {
            let answer = app.get(&format!("/api/admin/messages{query}"), &admin.token).await;
            let text = answer.text();
            let sent = serde_json::to_string(&text).unwrap().len();
            assert!((3_400_000..4_000_000).contains(&sent), "{sent}");
            let rows = answer.data()["rows"].as_array().unwrap().clone();
            assert_eq!(rows.len(), 100);
            let contents: Vec<&str> = rows.iter().map(|row| row["content"].as_str().unwrap()).collect();
            assert!(contents[0].len() == 40_000 && contents[1].starts_with(&long));
            assert!(
                contents[99].ends_with('…') && (200..1_000).contains(&contents[99].len()),
                "{}",
                contents[99].len()
            );
        }
    })
    .await;
}

/// The n-th call fails so that the tries of the SDK or our own mend it: the answer is as if nothing had happened.
#[tokio::test]
async fn a_passing_failure_of_any_call_is_not_noticed() {
    let kinds =
        [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle, FaultKind::Http500, FaultKind::Conflict];
    for kind in kinds {
        TestApp::run(async |app| {
            let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
            for nth in 1..=4 {
                app.clock.advance(Duration::from_millis(1));
                ada.chat("hi [[usage=10,10]]").await;
                let message = id(&page(app, &admin, "").await.1[0]);
                app.stack.wire.plan(Fault::new(kind).nth(nth));
                let hidden = put(app, &admin, &json!({"id": message, "status": 0})).await;
                app.stack.wire.heal();
                assert_eq!(hidden.data()[0]["status"], 0, "{kind:?} at call {nth}");
                app.stack.wire.plan(Fault::new(kind).nth(nth));
                let deleted = delete(app, &admin, &message).await;
                app.stack.wire.heal();
                assert_eq!(deleted.data(), 1, "{kind:?} at call {nth}");
                assert_eq!(page(app, &admin, "").await.0, u64::try_from(nth).unwrap());
            }
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_many_deletions_deletes() {
    TestApp::run(async |app| {
        // The person's are deletions too.
        app.set("content_log_days", "0");
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        ada.chat("hi").await;
        let message = id(&page(app, &admin, "").await.1[0]);
        // The person deletes all at the same time.
        let by_ada = app.send(Method::DELETE, "/api/user/messages", &ada.token, "");
        let (answers, by_ada) = tokio::join!(join_all((0..20).map(|_| delete(app, &admin, &message))), by_ada);
        let deleted: u64 = answers.iter().map(|answer| answer.data().as_u64().unwrap()).sum();
        assert_eq!(deleted + by_ada.data().as_u64().unwrap(), 2);
        assert_eq!(page(app, &admin, "").await, (0, vec![]));
    })
    .await;
}

/// The n-th call and all after it fail: the administrator is told, the books agree, and the next request finishes it.
#[tokio::test]
async fn a_lasting_failure_of_a_deletion_leaves_the_counts_right() {
    let kinds = [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle];
    let cases = kinds.into_iter().flat_map(|kind| (1..=3).map(move |nth| (kind, nth)));
    // Side by side, because most of it is waiting between tries.
    join_all(cases.map(async |(kind, nth)| {
        TestApp::run(async |app| {
            let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
            ada.chat("hi").await;
            let message = id(&page(app, &admin, "").await.1[0]);
            let fault = app.stack.wire.plan(Fault::new(kind).nth(nth).lasting());
            let answer = delete(app, &admin, &message).await;
            assert!(fault.hits() > 0, "{kind:?} from call {nth}");
            app.stack.wire.heal();
            assert_eq!(answer.refusal(503), "服务繁忙，请稍后再试！", "{kind:?} from call {nth}");
            let gone = (kind, nth) == (FaultKind::FailAfter, 3);
            assert_eq!(page(app, &admin, "").await.0, if gone { 1 } else { 2 }, "{kind:?} from call {nth}");
            assert_eq!(delete(app, &admin, &message).await.data(), i32::from(!gone));
        })
        .await;
    }))
    .await;
}

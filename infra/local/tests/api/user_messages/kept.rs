//! What a person has deleted, administrators see for some days; what programs say, if a setting says so.

use std::collections::BTreeSet;
use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};
use testkit::{Fault, FaultKind};

use super::{OTHER, chat_in, conversations, delete, kept, stored};
use crate::app::{ADMIN, CONVERSATION, Person, TestApp};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// All that administrators see of messages, or of one person's: the count, and the rows.
async fn administered(app: &TestApp, admin: &Person<'_>, query: &str) -> (u64, Vec<Value>) {
    let data = app.get(&format!("/api/admin/messages?page_size=100{query}"), &admin.token).await.data();
    (data["count"].as_u64().unwrap(), data["rows"].as_array().unwrap().clone())
}

/// Turns of a millisecond each, so that their order is known.
async fn turns(app: &TestApp, person: &Person<'_>, conversation: &str, number: usize) {
    for turn in 1..=number {
        app.clock.advance(Duration::from_millis(1));
        let prompt = format!("question {turn} [[text=x]]");
        chat_in(app, person, conversation, &prompt, &json!({"model": "gpt-3.5-turbo"})).await;
    }
}

async fn janitor(app: &TestApp) -> Value {
    let report = app.stack.run_janitor().await;
    assert!(report.get("error").is_none(), "{report}");
    report["messages"]["forgotten"].clone()
}

#[tokio::test]
async fn deleted_messages_are_out_of_sight_and_history_but_not_of_the_administrators_list() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        ada.is_given(100);
        ada.chat("a secret [[text=eins]]").await;
        chat_in(app, &ada, OTHER, "else [[text=zwei]]", &json!({"model": "gpt-3.5-turbo"})).await;
        let before = administered(app, &admin, "").await;
        assert_eq!(delete(app, &ada, &format!("?parent_message_id={CONVERSATION}")).await.data(), 2);
        assert_eq!(administered(app, &admin, "").await, before);
        let shown = json!(conversations(app, &ada).await);
        assert!(shown.to_string().contains("else") && !shown.to_string().contains("secret"), "{shown}");
        // The conversation goes on without what was said before.
        ada.chat("next [[text=drei]]").await;
        let sent = app.stack.upstream.requests().last().unwrap().body["messages"].clone();
        assert_eq!(sent, json!([{"role": "user", "content": "next [[text=drei]]"}]));
        assert_eq!((stored(app), kept(app)), (4, 2));
        // Deleted again, and deleted whole.
        assert_eq!(delete(app, &ada, &format!("?parent_message_id={CONVERSATION}")).await.data(), 2);
        assert_eq!(delete(app, &ada, "").await.data(), 2);
        assert_eq!((conversations(app, &ada).await.len(), administered(app, &admin, "").await.0), (0, 6));
    })
    .await;
}

/// What was deleted long ago comes first in a conversation, and is passed over.
#[tokio::test]
async fn a_long_past_of_deleted_messages_is_passed_over() {
    TestApp::run(async |app| {
        app.set("ai3_ratio", "0");
        let ada = app.log_in("ada@example.com").await;
        turns(app, &ada, CONVERSATION, 45).await;
        let whole = format!("?parent_message_id={CONVERSATION}");
        assert_eq!(delete(app, &ada, &whole).await.data(), 90);
        turns(app, &ada, CONVERSATION, 11).await;
        assert_eq!(conversations(app, &ada).await[0]["data"].as_array().unwrap().len(), 22);
        assert_eq!(delete(app, &ada, &whole).await.data(), 22);
        assert_eq!(delete(app, &ada, &whole).await.data(), 0);
        assert_eq!((stored(app), kept(app)), (0, 112));
    })
    .await;
}

#[tokio::test]
async fn pages_of_one_person_hold_both_in_order() {
    TestApp::run(async |app| {
        app.set("ai3_ratio", "0");
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        let bob = app.log_in("bob@example.com").await;
        for (conversation, number) in [(CONVERSATION, 4), (OTHER, 3), (CONVERSATION, 5), (OTHER, 2)] {
            turns(app, &ada, conversation, number).await;
        }
        turns(app, &bob, CONVERSATION, 1).await;
        delete(app, &ada, &format!("?parent_message_id={OTHER}")).await.data();
        let of_ada = format!("&user_id={}", ada.id);
        let ids = |rows: &[Value]| rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let (count, all) = administered(app, &admin, &of_ada).await;
        let all = ids(&all);
        assert_eq!((count, all.len(), all.iter().collect::<BTreeSet<_>>().len()), (28, 28, 28));
        assert!(all.iter().map(|id| id.parse::<i64>().unwrap()).collect::<Vec<_>>().is_sorted_by(|a, b| a > b));
        for size in [1, 3, 10, 27] {
            let mut found = Vec::new();
            for number in 1..=28_usize.div_ceil(size) + 1 {
                let path = format!("/api/admin/messages?user_id={}&page={number}&page_size={size}", ada.id);
                let data = app.get(&path, &admin.token).await.data();
                assert_eq!(data["count"], 28);
                found.extend(ids(data["rows"].as_array().unwrap()));
            }
            assert_eq!(found, all, "pages of {size}");
        }
        assert_eq!(administered(app, &admin, &format!("&user_id={}", bob.id)).await.0, 2);
        // An administrator deletes and hides what is kept, too.
        let withdrawn = app.table().into_iter().find(|item| item.contains_key("withdrawn")).unwrap();
        let id = withdrawn["id"].as_str().unwrap();
        app.put("/api/admin/messages", &admin.token, &json!({"id": id, "status": 0})).await.data();
        let path = format!("/api/admin/messages/{id}");
        assert_eq!(app.send(Method::DELETE, &path, &admin.token, "").await.data(), 1);
        assert_eq!(app.send(Method::DELETE, &path, &admin.token, "").await.data(), 0);
        assert_eq!((administered(app, &admin, &of_ada).await.0, kept(app)), (27, 9));
    })
    .await;
}

/// When their days are over nobody reads them; the janitor deletes them, and the counts are those of the rows.
#[tokio::test]
async fn kept_messages_go_after_their_days() {
    TestApp::run(async |app| {
        app.set("ai3_ratio", "0");
        app.set("content_log_days", "2");
        let ada = app.log_in("ada@example.com").await;
        let bob = app.log_in("bob@example.com").await;
        turns(app, &ada, CONVERSATION, 25).await;
        turns(app, &bob, CONVERSATION, 2).await;
        delete(app, &ada, "").await.data();
        app.clock.advance(DAY);
        delete(app, &bob, "").await.data();
        turns(app, &ada, OTHER, 1).await;
        assert_eq!(janitor(app).await, 0);
        app.clock.advance(Duration::from_secs(24 * 3600 - 10));
        let admin = app.log_in(ADMIN).await;
        assert_eq!((janitor(app).await, administered(app, &admin, "").await.0), (json!(0), 56));
        app.clock.advance(Duration::from_secs(10));
        // Before the janitor has come.
        let (count, rows) = administered(app, &admin, "").await;
        assert_eq!((count, rows.len()), (56, 6));
        let export = app.get("/api/admin/export/messages", &admin.token).await.text();
        assert_eq!(export.lines().count(), 7);
        assert_eq!(janitor(app).await, 50);
        let (count, rows) = administered(app, &admin, "").await;
        assert_eq!((count, rows.len(), stored(app), kept(app)), (6, 6, 2, 4));
        assert_eq!(administered(app, &admin, &format!("&user_id={}", ada.id)).await.0, 2);
        app.check_books().await;
        // Another number of days counts for what is kept already.
        app.set("content_log_days", "1");
        assert_eq!(janitor(app).await, 4);
        assert_eq!((stored(app), kept(app)), (2, 0));
    })
    .await;
}

#[tokio::test]
async fn without_days_nothing_is_kept() {
    TestApp::run(async |app| {
        app.set("ai3_ratio", "0");
        let ada = app.log_in("ada@example.com").await;
        turns(app, &ada, CONVERSATION, 2).await;
        delete(app, &ada, "").await.data();
        turns(app, &ada, CONVERSATION, 2).await;
        app.set("content_log_days", "0");
        assert_eq!(delete(app, &ada, &format!("?parent_message_id={CONVERSATION}")).await.data(), 4);
        let is_text = |item: &serde_json::Map<String, Value>| item.contains_key("content");
        assert_eq!(app.table().into_iter().filter(is_text).count(), 4, "what was kept before is the janitor's");
        assert_eq!(janitor(app).await, 4);
        assert_eq!(app.table().into_iter().filter(is_text).count(), 0);
    })
    .await;
}

/// Calls of the janitor's fail, once or for good: counts and rows agree, and the next run deletes the rest.
#[tokio::test]
async fn a_run_that_fails_is_made_good_by_the_next() {
    for kind in [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Conflict] {
        for (nth, lasting) in [(1, false), (2, false), (1, true), (2, true)] {
            TestApp::run(async |app| {
                app.set("ai3_ratio", "0");
                let ada = app.log_in("ada@example.com").await;
                turns(app, &ada, CONVERSATION, 12).await;
                delete(app, &ada, "").await.data();
                app.clock.advance(181 * DAY);
                // Whatever else the night does is done.
                app.set("content_log_days", "3650");
                janitor(app).await;
                app.set("content_log_days", "180");
                let fault = Fault::new(kind).on("TransactWriteItems").nth(nth);
                app.stack.wire.plan(if lasting { fault.lasting() } else { fault });
                let report = app.stack.run_janitor().await;
                app.stack.wire.heal();
                assert_eq!(report.get("error").is_some(), lasting, "{kind:?} at {nth}: {report}");
                app.check_books().await;
                assert_eq!((stored(app), kept(app)), (0, 0), "{kind:?} at {nth}");
            })
            .await;
        }
    }
}

/// Of programs nothing is kept, unless a setting says so; then administrators see the question and the answer.
#[tokio::test]
async fn what_programs_say_is_kept_by_a_setting_and_for_administrators_alone() {
    TestApp::run(async |app| {
        app.set("ai3_ratio", "0");
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        let key = ada.makes_key(json!({})).await["key"].as_str().unwrap().to_owned();
        let body = json!({"model": "gpt-3.5-turbo", "temperature": 0.5, "messages": [
            {"role": "system", "content": "be short"}, {"role": "user", "content": "earlier"},
            {"role": "assistant", "content": "so"}, {"role": "user", "content": "now? [[text=yes]]"}]});
        let ask = async |body: &Value| {
            let answer = app.call(Method::POST, "/v1/chat/completions", &key, body).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
        };
        ask(&body).await;
        assert_eq!(administered(app, &admin, "").await, (0, vec![]));

        app.set("api_content_log", "1");
        ask(&body).await;
        let mut streamed = body.clone();
        streamed["stream"] = json!(true);
        app.clock.advance(Duration::from_millis(1));
        ask(&streamed).await;
        let (count, rows) = administered(app, &admin, "").await;
        let told: Vec<(&Value, &Value)> = rows.iter().map(|row| (&row["role"], &row["content"])).collect();
        let turn = [(&json!("assistant"), &json!("yes")), (&json!("user"), &json!("now? [[text=yes]]"))];
        assert_eq!((count, told), (4, [turn, turn].concat()));
        assert_eq!((&rows[0]["user_id"], &rows[0]["temperature"]), (&json!(ada.id), &json!(0.5)));
        assert_eq!(administered(app, &admin, &format!("&user_id={}", ada.id)).await.0, 4);
        assert_eq!((conversations(app, &ada).await.len(), stored(app), kept(app)), (0, 0, 4));
        assert_eq!(delete(app, &ada, "").await.data(), 0);

        // Without days there is no log.
        app.set("content_log_days", "0");
        assert_eq!(janitor(app).await, 4);
        ask(&body).await;
        assert_eq!((administered(app, &admin, "").await, kept(app)), ((0, vec![]), 0));
    })
    .await;
}

//! `GET /api/user/messages` and `DELETE /api/user/messages`

mod kept;

use std::time::Duration;

use futures_util::future::join_all;
use hyper::Method;
use serde_json::{Value, json};
use testkit::{Fault, FaultKind};

use crate::app::{CONVERSATION, Person, TestApp};
use crate::http::Answer;
use crate::sandbox::Sandbox;

const OTHER: &str = "9a1fb1d5-0f5e-4d2e-8f0d-5f6f3a1f6f3a";

/// A turn in a conversation of one's choice.
async fn chat_in(app: &TestApp, person: &Person<'_>, conversation: &str, prompt: &str, options: &Value) {
    let body = json!({"prompt": prompt, "parentMessageId": conversation, "options": options});
    let answer = app.post("/api/chat/completions", &person.token, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

async fn conversations(app: &TestApp, person: &Person<'_>) -> Vec<Value> {
    app.get("/api/user/messages", &person.token).await.data().as_array().unwrap().clone()
}

async fn delete(app: &TestApp, person: &Person<'_>, query: &str) -> Answer {
    app.send(Method::DELETE, &format!("/api/user/messages{query}"), &person.token, "").await
}

/// How many messages their people see.
fn stored(app: &TestApp) -> usize {
    app.table().iter().filter(|item| item.contains_key("content") && !item.contains_key("withdrawn")).count()
}

/// How many messages administrators alone see.
fn kept(app: &TestApp) -> usize {
    app.table().iter().filter(|item| item.contains_key("withdrawn")).count()
}

fn texts(conversation: &Value) -> Vec<String> {
    let data = conversation["data"].as_array().unwrap().iter();
    data.map(|message| message["text"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn conversations_come_as_the_front_end_keeps_them() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        assert!(conversations(app, &ada).await.is_empty());
        let options = json!({"model": "gpt-3.5-turbo", "temperature": 0.5, "presence_penalty": 0,
            "frequency_penalty": -0.25, "max_tokens": 100});
        chat_in(app, &ada, CONVERSATION, " 你好\n世界 [[text=eins]]", &options).await;
        app.clock.advance(Duration::from_secs(1));
        chat_in(app, &ada, OTHER, "in between [[text=zwei]]", &json!(null)).await;
        app.clock.advance(Duration::from_secs(1));
        chat_in(app, &ada, CONVERSATION, "again [[text=drei]]", &json!({"temperature": 0})).await;

        let shown = conversations(app, &ada).await;
        let row =
            |conversation: usize, message: usize, role: &str, text: &str, second: u32, prompt: &str, options: Value| {
                let id = &shown[conversation]["data"][message]["id"];
                assert!(id.as_str().unwrap().parse::<i64>().unwrap() > 0);
                let conversation = [CONVERSATION, OTHER][conversation];
                json!({"id": id, "role": role, "text": text, "dateTime": format!("2026-01-01 08:00:0{second}"),
                "status": "pass", "requestOptions":
                    {"prompt": prompt, "parentMessageId": conversation, "options": options}})
            };
        let usual = |temperature: u32| {
            json!({"model": "gpt-3.5-turbo", "temperature": temperature,
            "presence_penalty": 0, "frequency_penalty": 0, "max_tokens": 2000})
        };
        let (first, second, third) = (" 你好\n世界 [[text=eins]]", "in between [[text=zwei]]", "again [[text=drei]]");
        let expected = json!([
            {"id": CONVERSATION, "path": CONVERSATION, "name": "你好 世界 [[text=eins]]", "data": [
                row(0, 0, "user", first, 0, first, options.clone()),
                row(0, 1, "assistant", "eins", 0, first, options.clone()),
                row(0, 2, "user", third, 2, third, usual(0)),
                row(0, 3, "assistant", "drei", 2, third, usual(0)),
            ]},
            {"id": OTHER, "path": OTHER, "name": "in between [[text=zwei]]", "data": [
                row(1, 0, "user", second, 1, second, usual(1)),
                row(1, 1, "assistant", "zwei", 1, second, usual(1)),
            ]},
        ]);
        assert_eq!(json!(shown), expected);
    })
    .await;
}

#[tokio::test]
async fn the_newest_three_hundred_messages_are_shown() {
    TestApp::run(async |app| {
        app.set("ai3_ratio", "0");
        app.set("history_message_count", "0");
        let ada = app.log_in("ada@example.com").await;
        for number in 1..=152 {
            app.clock.advance(Duration::from_millis(1));
            ada.chat(&format!("question {number} [[text=x]]")).await;
        }
        let shown = conversations(app, &ada).await;
        let texts = texts(&shown[0]);
        assert_eq!((shown.len(), texts.len()), (1, 300));
        assert_eq!((texts[0].as_str(), texts[298].as_str()), ("question 3 [[text=x]]", "question 152 [[text=x]]"));
        assert_eq!(shown[0]["name"], "question 3 [[text=x]]");

        // An odd number of messages: the answer at the edge does not come without its question.
        let question = shown[0]["data"][298]["id"].as_str().unwrap().to_owned();
        let admin = app.log_in(crate::app::ADMIN).await;
        let path = format!("/api/admin/messages/{question}");
        assert_eq!(app.send(Method::DELETE, &path, &admin.token, "").await.data(), 1);
        let shown = conversations(app, &ada).await;
        assert_eq!(self::texts(&shown[0]).len(), 299);
        assert_eq!(self::texts(&shown[0])[0], "question 3 [[text=x]]");
        assert_eq!(shown[0]["data"][298]["requestOptions"]["prompt"], "");
    })
    .await;
}

#[tokio::test]
async fn long_answers_stay_within_what_lambda_sends() {
    TestApp::run(async |app| {
        app.set("ai3_ratio", "0");
        app.set("history_message_count", "0");
        let ada = app.log_in("ada@example.com").await;
        for number in 1..=20 {
            app.clock.advance(Duration::from_millis(1));
            ada.chat(&format!("question {number} [[bytes=200000]]")).await;
        }
        let answer = app.get("/api/user/messages", &ada.token).await;
        assert!((2_800_000..3_200_000).contains(&answer.text().len()), "{}", answer.text().len());
        let texts = texts(&answer.data()[0]);
        assert_eq!(texts.len() % 2, 0);
        assert!(texts[0].starts_with("question ") && texts[texts.len() - 2] == "question 20 [[bytes=200000]]");
    })
    .await;
}

#[tokio::test]
async fn conversations_are_their_owners_alone() {
    TestApp::run(async |app| {
        let (ada, bob) = (app.log_in("ada@example.com").await, app.log_in("bob@example.com").await);
        ada.chat("hers").await;
        assert!(conversations(app, &bob).await.is_empty());
        for query in [format!("?parent_message_id={CONVERSATION}"), format!("?user_id={}", ada.id), String::new()] {
            assert_eq!(delete(app, &bob, &query).await.data(), 0, "{query}");
        }
        assert_eq!(conversations(app, &ada).await.len(), 1);
        bob.chat("his").await;
        let deleted = delete(app, &bob, &format!("?parent_message_id={CONVERSATION}")).await;
        assert_eq!((deleted.envelope()["message"].clone(), deleted.data()), (json!("删除成功"), json!(2)));
        assert_eq!((conversations(app, &ada).await.len(), conversations(app, &bob).await.len()), (1, 0));
    })
    .await;
}

#[tokio::test]
async fn one_conversation_goes_or_all_of_them() {
    for days in ["180", "0"] {
        TestApp::run(async |app| goes(app, days).await).await;
    }
}

async fn goes(app: &TestApp, days: &str) {
    app.set("content_log_days", days);
    app.set("ai3_ratio", "0");
    let ada = app.log_in("ada@example.com").await;
    let usual = json!({"model": "gpt-3.5-turbo"});
    for number in 0..21 {
        let conversation = if number % 3 == 0 { OTHER } else { CONVERSATION };
        chat_in(app, &ada, conversation, "hi [[text=x]]", &usual).await;
    }
    let rows = ada.statement().await;
    assert_eq!(delete(app, &ada, &format!("?parent_message_id={OTHER}")).await.data(), 14);
    assert_eq!(delete(app, &ada, &format!("?parent_message_id={OTHER}")).await.data(), 0);
    let left = conversations(app, &ada).await;
    assert_eq!((left.len(), left[0]["id"].as_str().unwrap(), texts(&left[0]).len()), (1, CONVERSATION, 28));
    let wrong = delete(app, &ada, "?parent_message_id=a/b").await;
    assert_eq!(wrong.refusal(400), "参数不正确");
    assert_eq!(delete(app, &ada, "").await.data(), 28);
    assert_eq!((stored(app), delete(app, &ada, "").await.data()), (0, json!(0)));
    assert_eq!(ada.statement().await, rows, "what was paid stays paid");

    // Nothing of it goes along with the next prompt.
    ada.chat("fresh [[text=x]]").await;
    let sent = app.stack.upstream.requests().last().unwrap().body["messages"].clone();
    assert_eq!(sent, json!([{"role": "user", "content": "fresh [[text=x]]"}]));
    assert_eq!(kept(app), if days == "0" { 0 } else { 42 });
}

/// Messages of a long time are counted in many places. The counts that everybody writes stay small all the same.
#[tokio::test]
async fn who_deletes_much_leaves_no_heap_of_counts() {
    TestApp::run(async |app| {
        app.set("content_log_days", "0");
        let ada = app.log_in("ada@example.com").await;
        let table = app.base().table;
        app.set("ai3_ratio", "0");
        for _ in 0..100 {
            chat_in(app, &ada, CONVERSATION, "hi [[text=x]]", &json!({"model": "gpt-3.5-turbo"})).await;
            app.clock.advance(Duration::from_secs(20 * 60));
        }
        while table::list::roll_up(&table, app.clock.millis(), true).await.unwrap() > 0 {}
        assert_eq!(delete(app, &ada, "").await.data(), 200);
        assert_eq!(stored(app), 0);
        let tallies = app.table().into_iter().filter(|item| item["pk"] == "tally");
        let most = tallies.map(|item| item.keys().filter(|name| name.starts_with("d_")).count()).max();
        assert!(most.unwrap() < 50, "{most:?} counts in one item");
    })
    .await;
}

#[tokio::test]
async fn a_chat_that_runs_meanwhile_is_kept() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        ada.chat("before [[usage=10,10]]").await;
        // The settlement waits just before its effect while the conversation is deleted.
        let held = app.stack.wire.plan(Fault::new(FaultKind::HangBefore).on("TransactWriteItems"));
        let (turn, deleted) = tokio::join!(ada.chat("during [[usage=10,10]]"), async {
            held.reached().await;
            let deleted = delete(app, &ada, "").await.data();
            held.release();
            deleted
        });
        assert_eq!((deleted, turn.balance()), (json!(2), 8));
        assert_eq!(texts(&conversations(app, &ada).await[0])[0], "during [[usage=10,10]]");
        assert_eq!(stored(app), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chats_and_deletions_side_by_side() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        ada.is_given(10_000);
        let person = &ada;
        for _ in 0..3 {
            let chats = join_all((0..5).map(|_| ada.chat("hi [[usage=10,10]]")));
            let deletions = join_all((0..6).map(|n| {
                let query = if n % 2 == 0 { String::new() } else { format!("?parent_message_id={CONVERSATION}") };
                async move { delete(app, person, &query).await.data().as_u64().unwrap() }
            }));
            let (before, (_, deleted)) = (stored(app), tokio::join!(chats, deletions));
            assert_eq!(u64::try_from(before + 10 - stored(app)).unwrap(), deleted.iter().sum::<u64>());
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_deletions_at_once_delete_each_message_once() {
    TestApp::run(async |app| {
        app.set("ai3_ratio", "0");
        let ada = app.log_in("ada@example.com").await;
        for _ in 0..33 {
            ada.chat("hi [[text=x]]").await;
        }
        let answers = join_all((0..20).map(|_| delete(app, &ada, ""))).await;
        let deleted: u64 = answers.iter().map(|answer| answer.data().as_u64().unwrap()).sum();
        assert_eq!((deleted, stored(app)), (66, 0));
    })
    .await;
}

/// The n-th call fails so that the tries of the SDK or our own mend it: the person notices nothing, and is told the right
/// number.
#[tokio::test]
async fn a_passing_failure_of_any_call_is_not_noticed() {
    let kinds =
        [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle, FaultKind::Http500, FaultKind::Conflict];
    let queries = [String::new(), format!("?parent_message_id={CONVERSATION}")];
    for (kind, query) in kinds.into_iter().flat_map(|kind| queries.iter().map(move |query| (kind, query))) {
        TestApp::run(async |app| {
            let ada = app.log_in("ada@example.com").await;
            ada.is_given(1_000);
            let mut struck = 0;
            loop {
                ada.chat("hi [[usage=10,10]]").await;
                let fault = app.stack.wire.plan(Fault::new(kind).nth(struck + 1));
                let answer = delete(app, &ada, query).await;
                app.stack.wire.heal();
                assert_eq!(answer.data(), 2, "{kind:?} at call {}", struck + 1);
                if fault.hits() == 0 {
                    break;
                }
                struck += 1;
            }
            // Who it is, what there is, the transaction, what is left; one is a write.
            let calls = if kind == FaultKind::Conflict { 1 } else { 4 };
            assert_eq!(struck, calls, "{kind:?}");
        })
        .await;
    }
}

/// The n-th call and all after it fail: the person is told, the books agree, and the next request finishes it.
#[tokio::test]
async fn a_lasting_failure_from_any_call_on_leaves_the_counts_right() {
    let kinds = [FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Throttle];
    let cases = kinds.into_iter().flat_map(|kind| (1..=6).map(move |nth| (kind, nth)));
    // Side by side, because most of it is waiting between tries.
    join_all(cases.map(async |(kind, nth)| {
        TestApp::run(async |app| {
            app.set("ai3_ratio", "0");
            let ada = app.log_in("ada@example.com").await;
            for _ in 0..13 {
                ada.chat("hi [[text=x]]").await;
            }
            let fault = app.stack.wire.plan(Fault::new(kind).nth(nth).lasting());
            let answer = delete(app, &ada, "").await;
            assert!(fault.hits() > 0, "{kind:?} from call {nth}");
            app.stack.wire.heal();
            assert_eq!(answer.refusal(503), "服务繁忙，请稍后再试！", "{kind:?} from call {nth}");
            app.check_books().await;
            let ada = app.log_in("ada@example.com").await;
            let left = stored(app);
            assert!([26, 8, 0].contains(&left), "{kind:?} from call {nth}: {left}");
            assert_eq!(delete(app, &ada, "").await.data(), left);
            assert_eq!(stored(app), 0);
        })
        .await;
    }))
    .await;
}

/// The function dies before and after each of its calls: the counts agree, and the next request finishes it.
#[tokio::test]
async fn a_kill_at_every_boundary_leaves_the_counts_right() {
    for kind in [FaultKind::HangBefore, FaultKind::HangAfter] {
        for nth in 1..=4 {
            TestApp::run(async |app| {
                let ada = app.log_in("ada@example.com").await;
                ada.chat("hi").await;
                let sandbox = Sandbox::of(app, "messages");
                let delete_all = sandbox.messages().await;
                let fault = app.stack.wire.plan(Fault::new(kind).nth(nth));
                let work = delete_all("messages-delete-user_messages", &ada.token);
                fault.reached().await;
                assert!(!work.is_finished(), "{kind:?} at call {nth}");
                sandbox.kill();
                app.check_books().await;
                let left = stored(app);
                assert_eq!(left, if nth == 4 || (kind, nth) == (FaultKind::HangAfter, 3) { 0 } else { 2 });
                assert_eq!(delete(app, &ada, "").await.data(), left);
            })
            .await;
        }
    }
}

//! The end of users.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::{Fault, FaultKind};

use super::{ADA, accounts, create, delete, item, ledger, put};
use crate::app::{ADMIN, CONVERSATION, TestApp};
use crate::books;

#[tokio::test]
async fn nothing_personal_remains_but_the_ledger() {
    TestApp::run(async |app| {
        let code = app.code_for(ADA).await;
        let body = json!({"account": ADA, "code": code, "password": "correct horse 1"});
        let ada = app.person(&app.post("/api/login", "", &body).await.data());
        let admin = app.log_in(ADMIN).await;
        let wanted =
            json!({"nickname": "艾达", "avatar": "https://example.com/a.png", "vip_expire_time": "2030-01-01"});
        put(app, &admin, &ada.id, wanted).await.data();
        ada.chat("hi [[usage=100,50]]").await;
        app.clock.advance(Duration::from_secs(60));

        assert_eq!(delete(app, &admin, &ada.id).await.data(), 1);
        assert!(!ada.is_in().await);
        assert_eq!(accounts(app, &admin, "").await, (1, vec![ADMIN.to_owned()]));
        assert_eq!(accounts(app, &admin, "?account=ada").await, (0, vec![]));
        assert_eq!(ledger(app, &ada.id), [(10, "注册奖励".to_owned()), (-10, "账号注销".to_owned())]);
        let remains = item(app, &ada.id);
        for name in ["password", "signin_day", "due_pk", "due_sk"] {
            assert!(!remains.contains_key(name), "{name}");
        }
        let words = books::leaves(&remains);
        for secret in [ADA, "艾达", "https://example.com/a.png", "127.0.0.1", "2030-01-01"] {
            assert!(!words.iter().any(|word| word.contains(secret)), "{secret}: {remains:?}");
        }
        // To everything else there is no such user.
        assert_eq!(delete(app, &admin, &ada.id).await.data(), 0);
        assert_eq!(delete(app, &admin, "7").await.data(), 0);
        assert_eq!(delete(app, &admin, "x").await.refusal(404), "数据不存在");
        assert_eq!(put(app, &admin, &ada.id, json!({"integral": 5})).await.refusal(404), "数据不存在");
        assert_eq!(ada.ask("hi", json!({})).await.status, 401);
        let login = json!({"account": ADA, "password": "correct horse 1"});
        assert_eq!(app.post("/api/login", "", &login).await.refusal(400), "账号或密码不正确");
    })
    .await;
}

#[tokio::test]
async fn the_account_registers_anew_with_nothing() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in(ADA).await, app.log_in(ADMIN).await);
        ada.is_given(500);
        put(app, &admin, &ada.id, json!({"svip_expire_time": "2030-01-01"})).await.data();
        delete(app, &admin, &ada.id).await.data();
        let again = app.log_in(ADA).await;
        assert_ne!(again.id, ada.id);
        let info = again.info().await;
        // The mailbox has had its gift.
        assert_eq!((&info["integral"], &info["svip_expire_time"]), (&json!(0), &json!("2025-12-31")));
        assert_eq!(again.statement().await, (0, vec![]));
        assert!(!ada.is_in().await);
        assert_eq!(ledger(app, &ada.id).len(), 3);
        // One without credits leaves no row.
        let bob = create(app, &admin, "bob@example.com").await;
        assert_eq!(delete(app, &admin, &bob).await.data(), 1);
        assert_eq!(ledger(app, &bob), []);
        assert_eq!(accounts(app, &admin, "").await.0, 2);
    })
    .await;
}

#[tokio::test]
async fn the_ledger_stays_listed_as_nobodys() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in(ADA).await, app.log_in(ADMIN).await);
        // Rows of one millisecond have no order.
        app.clock.advance(Duration::from_secs(1));
        delete(app, &admin, &ada.id).await.data();
        for query in [String::new(), format!("?user_id={}", ada.id)] {
            let data = app.get(&format!("/api/admin/turnover{query}"), &admin.token).await.data();
            let rows = data["rows"].as_array().unwrap().iter().filter(|row| row["user_id"] == ada.id.as_str());
            let rows: Vec<_> = rows.map(|row| (row["value"].as_str().unwrap(), &row["user"])).collect();
            assert_eq!(rows, [("-10积分", &Value::Null), ("10积分", &Value::Null)], "{query}");
        }
    })
    .await;
}

/// What an open chat set aside goes with the user; the chat comes too late and charges nothing.
#[tokio::test]
async fn an_open_chat_of_a_deleted_user_charges_nothing() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in(ADA).await, app.log_in(ADMIN).await);
        let (turn, ()) = tokio::join!(ada.chat("hi [[gate]] [[usage=100,50]]"), async {
            app.stack.upstream.reached(1).await;
            assert!(item(app, &ada.id)["held"].as_i64() > Some(0));
            assert_eq!(delete(app, &admin, &ada.id).await.data(), 1);
            app.recover().await;
            app.stack.upstream.open_gate();
        });
        assert!(turn.usage().is_null());
        assert_eq!(ledger(app, &ada.id).last().unwrap(), &(-10, "账号注销".to_owned()));
        assert!(!app.table().iter().any(|item| item["pk"].as_str().unwrap().contains(CONVERSATION)), "no messages");
    })
    .await;
}

/// A chat settles between the look and the write of a deletion.
#[tokio::test]
async fn a_deletion_that_was_overtaken_looks_again() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in(ADA).await, app.log_in(ADMIN).await);
        let held = app.stack.wire.plan(Fault::new(FaultKind::HangBefore).on("TransactWriteItems"));
        let (answer, ()) = tokio::join!(delete(app, &admin, &ada.id), async {
            held.reached().await;
            assert_eq!(ada.chat("hi [[usage=100,50]]").await.balance(), 8);
            held.release();
        });
        assert_eq!(answer.data(), 1);
        let rows: Vec<i64> = ledger(app, &ada.id).iter().map(|(amount, _)| *amount).collect();
        assert_eq!(rows, [10, -2, -8]);
    })
    .await;
}

/// A login waits just before its transaction; meanwhile the user is deleted: the person comes in as somebody new.
#[tokio::test]
async fn a_deletion_overtakes_a_login() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in(ADA).await, app.log_in(ADMIN).await);
        let body = json!({"account": ADA, "code": app.code_for(ADA).await});
        let held = app.stack.wire.plan(Fault::new(FaultKind::HangBefore).on("TransactWriteItems"));
        let (late, ()) = tokio::join!(app.post("/api/login", "", &body), async {
            held.reached().await;
            delete(app, &admin, &ada.id).await.data();
            held.release();
        });
        let again = app.person(&late.data());
        assert_ne!(again.id, ada.id);
        assert_eq!((again.credits().await, ada.is_in().await), (0, false));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_deletions_beside_everything_else_one_counts() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in(ADA).await, app.log_in(ADMIN).await);
        let deletions = join_all((0..6).map(|_| delete(app, &admin, &ada.id)));
        let changes =
            join_all((20..24).map(|sum| put(app, &admin, &ada.id, json!({"integral": sum, "nickname": "X"}))));
        let bans = join_all((0..2).map(|status| put(app, &admin, &ada.id, json!({"status": status}))));
        let turn = ada.ask("hi [[usage=100,50]]", json!({}));
        let (deletions, changes, bans, turn) = tokio::join!(deletions, changes, bans, turn);
        assert_eq!(deletions.iter().map(|answer| answer.data().as_i64().unwrap()).sum::<i64>(), 1);
        for answer in changes.iter().chain(&bans) {
            assert!([200, 400, 404].contains(&answer.status.as_u16()), "{}", answer.text());
        }
        assert!([200, 401].contains(&turn.status.as_u16()), "{}", turn.text());
        assert!(item(app, &ada.id).contains_key("gone"));
        assert_eq!(accounts(app, &admin, "").await.0, 1);
    })
    .await;
}

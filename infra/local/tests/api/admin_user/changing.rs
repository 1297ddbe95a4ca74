//! Names, accounts and memberships.

use futures_util::future::join_all;
use serde_json::json;
use testkit::{Fault, FaultKind};

use super::{ADA, accounts, create, item, ledger, put};
use crate::app::{ADMIN, TestApp};

#[tokio::test]
async fn what_is_named_changes_and_the_rest_stays() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in(ADA).await, app.log_in(ADMIN).await);
        app.clock.advance(std::time::Duration::from_secs(60));
        let body =
            json!({"nickname": " 艾达 ", "avatar": "https://example.com/a.png", "svip_expire_time": "2026-02-01"});
        let data = put(app, &admin, &ada.id, body).await.data();
        let expected = json!([{
            "id": ada.id, "account": ADA, "nickname": "艾达", "avatar": "https://example.com/a.png", "role": "user",
            "integral": 10, "vip_expire_time": "2025-12-31", "svip_expire_time": "2026-02-01",
            "subscribe": "2026-02-01", "password": "", "ip": "127.0.0.1", "status": 1,
            "create_time": "2026-01-01 08:00:00", "update_time": "2026-01-01 08:01:00",
        }, false]);
        assert_eq!(data, expected);
        let rows = app.get("/api/admin/user?account=ada", &admin.token).await.data()["rows"].clone();
        assert_eq!(rows[0], expected[0]);
        assert!(ada.is_in().await, "who is not banned stays logged in");

        // The row sent back whole, as forms do, changes nothing, the time of the last change included.
        app.clock.advance(std::time::Duration::from_secs(60));
        let before = app.table();
        assert_eq!(put(app, &admin, &ada.id, expected[0].clone()).await.data(), expected);
        assert_eq!(app.table(), before);
        // Nor does what clients write in place of nothing: it empties no text.
        for nothing in [json!("undefined"), json!(" null "), json!(null)] {
            let mut body = json!({});
            for name in expected[0].as_object().unwrap().keys().filter(|name| *name != "id") {
                body[name] = nothing.clone();
            }
            assert_eq!(put(app, &admin, &ada.id, body).await.data(), expected, "{nothing}");
        }
        assert_eq!(app.table(), before);
        assert_eq!(put(app, &admin, &ada.id, json!({"avatar": ""})).await.data()[0]["avatar"], app.default_avatar());
    })
    .await;
}

#[tokio::test]
async fn a_form_of_one_membership_sets_the_plain_one() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in(ADA).await, app.log_in(ADMIN).await);
        let days = async |body| {
            let row = put(app, &admin, &ada.id, body).await.data()[0].clone();
            ["vip_expire_time", "svip_expire_time", "subscribe"].map(|name| row[name].as_str().unwrap()[5..].to_owned())
        };
        assert_eq!(days(json!({"subscribe": "2026-03-01"})).await, ["03-01", "12-31", "03-01"]);
        let both =
            json!({"subscribe": "2026-09-09", "vip_expire_time": "2026-04-01", "svip_expire_time": "2026-06-01"});
        assert_eq!(days(both).await, ["04-01", "06-01", "06-01"]);
        // What the form was shown is no wish.
        assert_eq!(days(json!({"subscribe": "2026-06-01", "nickname": "A"})).await, ["04-01", "06-01", "06-01"]);
        assert_eq!(days(json!({"subscribe": "2026-07-01"})).await, ["07-01", "06-01", "07-01"]);
        assert_eq!(days(json!({"subscribe": "2026-05-01"})).await, ["05-01", "05-01", "05-01"]);
        assert_eq!(days(json!({"vip_expire_time": ""})).await, ["05-01", "05-01", "05-01"]);
    })
    .await;
}

#[tokio::test]
async fn an_account_moves_with_all_that_belongs_to_it() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in(ADA).await, app.log_in(ADMIN).await);
        let row = put(app, &admin, &ada.id, json!({"account": "Lovelace@Example.com"})).await.data()[0].clone();
        assert_eq!((&row["account"], &row["integral"]), (&json!("lovelace@example.com"), &json!(10)));
        assert!(ada.is_in().await);
        assert_eq!(app.log_in("lovelace@example.com").await.id, ada.id);
        assert_eq!(accounts(app, &admin, "?account=ada").await, (0, vec![]));
        // The old account is free, for somebody new; its mailbox has had its gift.
        let other = app.log_in(ADA).await;
        assert_ne!(other.id, ada.id);
        assert_eq!(other.credits().await, 0);
        let answer = put(app, &admin, &ada.id, json!({"account": ADA, "nickname": "X", "integral": 99})).await;
        assert_eq!(answer.refusal(409), "账号已存在");
        assert_eq!((&ada.info().await["nickname"], ada.credits().await), (&json!("Chat用户"), 10));
        assert_eq!(accounts(app, &admin, "").await.0, 3);
        assert_eq!(put(app, &admin, "7", json!({"nickname": "X"})).await.refusal(404), "数据不存在");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_are_to_have_one_account_one_gets_it() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let mut ids = Vec::new();
        for number in 0..8 {
            ids.push(create(app, &admin, &format!("user{number}@example.com")).await);
        }
        let answers = join_all(ids.iter().map(|id| put(app, &admin, id, json!({"account": ADA})))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        assert!(answers.iter().filter(|answer| answer.status != 200).all(|answer| answer.refusal(409) == "账号已存在"));
    })
    .await;
}

/// A login by a code for the old account waits just before its transaction; meanwhile the account moves away.
#[tokio::test]
async fn a_move_overtakes_a_login() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in(ADA).await, app.log_in(ADMIN).await);
        let body = json!({"account": ADA, "code": app.code_for(ADA).await});
        let held = app.stack.wire.plan(Fault::new(FaultKind::HangBefore).on("TransactWriteItems"));
        let (late, ()) = tokio::join!(app.post("/api/login", "", &body), async {
            held.reached().await;
            put(app, &admin, &ada.id, json!({"account": "lovelace@example.com"})).await.data();
            held.release();
        });
        assert_eq!(late.refusal(400), "验证码不正确");
        assert_eq!(item(app, &ada.id)["sessions"].as_object().unwrap().len(), 1);
        assert_eq!(ledger(app, &ada.id).len(), 1);
    })
    .await;
}

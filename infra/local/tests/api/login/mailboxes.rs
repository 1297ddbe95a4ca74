//! One mailbox, however its address is spelt: one gift. Accounts stay apart.

use futures_util::future::join_all;
use hyper::Method;
use serde_json::json;

use crate::app::{ADMIN, TestApp};

#[tokio::test]
async fn a_mailbox_has_one_gift() {
    TestApp::run(async |app| {
        let (first, others) = ("a.da@gmail.com", ["ada@gmail.com", "ada+x@gmail.com", "a.d.a+y@googlemail.com"]);
        let ada = app.log_in(first).await;
        assert_eq!((ada.credits().await, ada.statement().await.0), (10, 1));
        for account in others {
            let other = app.log_in(account).await;
            assert_eq!(other.account, account, "an account is as it is spelt");
            assert_ne!(other.id, ada.id);
            assert_eq!((other.credits().await, other.statement().await), (0, (0, vec![])), "{account}");
        }
        // What belongs to somebody else's mailbox is no spelling of this one.
        for account in ["ada@example.com", "a.da@example.com", "adaa@gmail.com", "ada@gmail.com.example.com"] {
            assert_eq!(app.log_in(account).await.credits().await, 10, "{account}");
        }
        assert_eq!(app.log_in(first).await.id, ada.id);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_five_registrations_of_a_mailbox_at_once_one_has_the_gift() {
    TestApp::run(async |app| {
        let mut bodies = Vec::new();
        for number in 0..5 {
            let account = format!("ada+{number}@example.com");
            bodies.push(json!({"account": account, "code": app.code_for(&account).await}));
        }
        let answers = join_all(bodies.iter().map(|body| app.post("/api/login", "", body))).await;
        let credits = answers.iter().map(|answer| answer.data()["user_info"]["integral"].as_i64().unwrap());
        assert_eq!(credits.sum::<i64>(), 10);
        assert_eq!(app.users().len(), 5);
    })
    .await;
}

#[tokio::test]
async fn who_was_deleted_and_comes_again_has_had_the_gift() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let ada = app.log_in("ada@example.com").await;
        app.send(Method::DELETE, &format!("/api/admin/user/{}", ada.id), &admin.token, "").await.data();
        let again = app.log_in("ada@example.com").await;
        assert_ne!(again.id, ada.id);
        assert_eq!(again.credits().await, 0);
        // What remembers it holds no address.
        let marks: Vec<_> = app.table().into_iter().filter(|item| item["sk"] == "gift").collect();
        assert_eq!(marks.len(), 2);
        for mark in marks {
            let text = serde_json::Value::Object(mark).to_string();
            assert!(!text.contains("ada") && !text.contains('@'), "{text}");
        }
    })
    .await;
}

#[tokio::test]
async fn who_comes_while_there_is_no_gift_gets_one_when_there_is() {
    TestApp::run(async |app| {
        app.set("register_reward", "0");
        assert_eq!(app.log_in("ada+a@example.com").await.credits().await, 0);
        app.set("register_reward", "7");
        assert_eq!(app.log_in("ada+b@example.com").await.credits().await, 7);
    })
    .await;
}

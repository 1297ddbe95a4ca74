//! Pages, filters and counts of the list, and what it never shows.

use std::time::Duration;

use futures_util::future::join_all;
use hyper::Method;
use serde_json::{Value, json};

use super::{PATH, list, orders};
use crate::app::{ADMIN, TestApp};
use crate::shop::{PROVIDERS, channel, connects, params, sells, settles};

#[tokio::test]
async fn each_state_is_a_list_with_an_exact_count() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        connects(app, "yipay").await;
        let product = sells(app).await;
        let counts = async || {
            let states = ["TRADE_AWAIT", "TRADE_SUCCESS", "TRADE_CLOSED", "TRADE_FINISHED"];
            let found = states.map(async |state| {
                let (count, rows) = list(app, &admin, &format!("?trade_status={state}&page_size=100")).await;
                assert_eq!(count, rows.len() as u64, "{state}");
                assert!(rows.iter().all(|row| row["trade_status"] == state), "{state}: {rows:?}");
                assert_eq!(
                    list(app, &admin, &format!("?status={state}&page_size=100")).await,
                    (count, rows),
                    "{state}"
                );
                count
            });
            let found = join_all(found).await;
            assert_eq!(list(app, &admin, "").await.0, found.iter().sum::<u64>());
            found
        };
        assert_eq!(counts().await, [0, 0, 0, 0]);
        for _ in 0..3 {
            orders(app, &ada, &product).await;
        }
        assert_eq!(counts().await, [3, 0, 0, 0]);
        app.clock.advance(Duration::from_secs(121 * 60));
        assert!(app.stack.run_janitor().await.get("error").is_none());
        assert_eq!(counts().await, [0, 0, 3, 0]);
        let paid = orders(app, &ada, &product).await;
        orders(app, &ada, &product).await;
        assert_eq!(settles(app, &paid).await.body, "success");
        assert_eq!(counts().await, [1, 1, 3, 0]);
        // One that is paid after its end moves over.
        let closed = list(app, &admin, "?trade_status=TRADE_CLOSED").await.1[0]["id"].as_str().unwrap().to_owned();
        assert_eq!(settles(app, &closed).await.body, "success");
        assert_eq!(counts().await, [1, 2, 2, 0]);
        let row = list(app, &admin, "?trade_status=TRADE_SUCCESS").await.1[1].clone();
        assert_eq!((&row["id"], &row["late"]), (&json!(closed), &json!(1)));
    })
    .await;
}

#[tokio::test]
async fn a_filter_that_is_no_state_is_refused_to_administrators() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        connects(app, "yipay").await;
        orders(app, &ada, &sells(app).await).await;
        for wrong in ["x", "1", "trade_await", "TRADE_AWAIT,TRADE_SUCCESS", "paid"] {
            for name in ["trade_status", "status"] {
                let path = format!("{PATH}?{name}={wrong}");
                assert_eq!(app.get(&path, &admin.token).await.refusal(400), "参数不正确", "{path}");
                assert_eq!(app.get(&path, &ada.token).await.refusal(403), "拒绝访问", "{path}");
                assert_eq!(app.get(&path, "").await.refusal(401), "请登陆", "{path}");
            }
        }
        for (absent, count) in [
            ("?trade_status=", 1),
            ("?trade_status=undefined", 1),
            ("?status=null", 1),
            ("?trade_status=TRADE_AWAIT&status=TRADE_CLOSED", 1),
            ("?trade_status=TRADE_CLOSED&status=TRADE_AWAIT", 0),
        ] {
            assert_eq!(list(app, &admin, absent).await.0, count, "{absent}");
        }
    })
    .await;
}

#[tokio::test]
async fn pages_are_newest_first_over_all_states() {
    TestApp::run(async |app| {
        let (ada, bob) = (app.log_in("ada@example.com").await, app.log_in("bob@example.com").await);
        let admin = app.log_in(ADMIN).await;
        connects(app, "yipay").await;
        let (product, mut ids) = (sells(app).await, Vec::new());
        for number in 0..12 {
            app.clock.advance(Duration::from_secs(1));
            let id = orders(app, [&ada, &bob][number % 2], &product).await;
            if number % 3 == 0 {
                assert_eq!(settles(app, &id).await.body, "success");
            }
            ids.insert(0, Value::from(id));
        }
        for (query, expected) in [
            ("", &ids[..10]),
            ("?page=2", &ids[10..]),
            ("?page=2&page_size=5", &ids[5..10]),
            ("?page=3&pageSIze=5", &ids[10..]),
            ("?page_size=100", &ids[..]),
            ("?page=9", &[]),
        ] {
            let (count, rows) = list(app, &admin, query).await;
            let found: Vec<Value> = rows.iter().map(|row| row["id"].clone()).collect();
            assert_eq!((count, &found[..]), (12, expected), "{query}");
            assert!(rows.iter().all(|row| row["user_id"] == row["user"]["id"]), "{query}");
        }
    })
    .await;
}

#[tokio::test]
async fn no_row_shows_a_secret_and_all_texts_are_json() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        let product = sells(app).await;
        for provider in PROVIDERS {
            let form = channel(provider, &params(app, provider));
            let made = app.post("/api/admin/payment", &admin.token, &form).await.data();
            let id = orders(app, &ada, &product).await;
            assert_eq!(settles(app, &id).await.body, "success", "{provider}");
            let path = format!("/api/admin/payment/{}", made["id"].as_str().unwrap());
            app.send(Method::DELETE, &path, &admin.token, "").await.data();
        }
        let (count, rows) = list(app, &admin, "").await;
        assert_eq!(count, 4);
        for row in rows {
            let provider = row["channel"].as_str().unwrap();
            let secret = if provider == "alipay" { "privateKey" } else { "key" };
            let (all, known) = (row.to_string(), params(app, provider));
            assert!(!all.contains(known[secret].as_str().unwrap()), "{all}");
            assert!(!all.contains("***"), "not even masked: {all}");
            let info: Value = serde_json::from_str(row["payment_info"].as_str().unwrap()).unwrap();
            let shown: Value = serde_json::from_str(info["params"].as_str().unwrap()).unwrap();
            let mut public = known.clone();
            public.as_object_mut().unwrap().remove(secret);
            assert_eq!(shown, public, "{provider}");
            for text in ["product_info", "params", "notify_info"] {
                let read: Value = serde_json::from_str(row[text].as_str().unwrap()).unwrap();
                assert!(read.is_object(), "{text}: {read}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_order_of_somebody_who_has_left_has_no_user() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        connects(app, "yipay").await;
        let id = orders(app, &ada, &sells(app).await).await;
        assert_eq!(settles(app, &id).await.body, "success");
        let path = format!("/api/admin/user/{}", ada.id);
        assert_eq!(app.send(Method::DELETE, &path, &admin.token, "").await.data(), 1);
        let (count, rows) = list(app, &admin, "").await;
        assert_eq!((count, &rows[0]["user"], &rows[0]["user_id"]), (1, &Value::Null, &json!(ada.id)));
    })
    .await;
}

//! What a request costs in round trips and capacity units: the budgets of the design, counted.

mod shop;

use serde_json::json;
use testkit::{Call, Service, round_trips};

use crate::app::{ADMIN, Person, TestApp};
use crate::pictures::{Form, png};

/// The table calls since the last look.
fn calls(app: &TestApp) -> Vec<Call> {
    app.stack.wire.take_log().into_iter().filter(|call| call.service == Service::DynamoDb).collect()
}

fn units(calls: &[Call]) -> f64 {
    calls.iter().map(|call| call.units_written).sum()
}

fn operations(calls: &[Call]) -> Vec<&str> {
    calls.iter().map(|call| call.operation.as_str()).collect()
}

fn print(what: &str, calls: &[Call]) {
    let read: f64 = calls.iter().map(|call| call.units_read).sum();
    println!(
        "{what:34} {} round trips, {:4.1} read units, {:4.1} write units  {}",
        round_trips(calls),
        read,
        units(calls),
        operations(calls).join(" ")
    );
}

#[tokio::test]
async fn budgets_hold() {
    TestApp::run(async |app| {
        calls(app);
        let code = app.code_for("ada@example.com").await;
        let sent = calls(app);
        print("send_sms", &sent);
        assert_eq!((round_trips(&sent), units(&sent)), (4, 8.0), "{:?}", operations(&sent));
        let body = json!({"account": "ada@example.com", "code": code});
        let ada = app.person(&app.post("/api/login", "", &body).await.data());
        let entered = calls(app);
        print("login, a new account", &entered);
        assert!(round_trips(&entered) <= 4, "{:?}", operations(&entered));
        app.log_in("ada@example.com").await;
        print("send_sms and login, a known account", &calls(app));

        ada.info().await;
        let read = calls(app);
        print("authenticated read", &read);
        assert_eq!((round_trips(&read), units(&read)), (1, 0.0));
        assert_eq!(operations(&read), ["GetItem"]);

        ada.statement().await;
        let page = calls(app);
        print("page of a statement", &page);
        assert_eq!((round_trips(&page), units(&page)), (2, 0.0));

        ada.is_given(10_000);
        ada.chat("你好，请介绍一下你自己。").await;
        let turn = calls(app);
        let (settle, start): (Vec<Call>, Vec<Call>) =
            turn.into_iter().partition(|call| call.operation == "TransactWriteItems");
        print("chat turn, start, first in a while", &start);
        assert!(units(&start) <= 2.0, "{}", units(&start));
        print("chat turn, settle", &settle);

        ada.chat("你好，请介绍一下你自己。").await;
        let turn = calls(app);
        let (settle, start): (Vec<Call>, Vec<Call>) =
            turn.into_iter().partition(|call| call.operation == "TransactWriteItems");
        print("chat turn, start", &start);
        print("chat turn, settle", &settle);
        assert_eq!(round_trips(&start), 1, "{:?}", operations(&start));
        let mut side_by_side = operations(&start);
        side_by_side.sort_unstable();
        assert_eq!(side_by_side, ["Query", "UpdateItem"], "history is read beside the reservation");
        assert!(units(&start) <= 2.0, "{}", units(&start));
        assert_eq!(settle.len(), 1);
        assert!(units(&settle) <= 18.0, "{}", units(&settle));

        let bob = app.log_in("bob@example.com").await;
        calls(app);
        bob.chat("你好，请介绍一下你自己。").await;
        let turn = calls(app);
        let start: Vec<Call> = turn.into_iter().filter(|call| call.operation != "TransactWriteItems").collect();
        print("chat turn, start, small balance", &start);
        assert!(round_trips(&start) <= 2, "{:?}", operations(&start));

        app.recover().await;
        print("janitor, two users to look after", &calls(app));
    })
    .await;
}

#[tokio::test]
async fn budgets_of_credits_hold() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in("ada@example.com").await, app.log_in(ADMIN).await);
        calls(app);
        let batch = json!({"type": "integral", "reward": 5, "quantity": 2, "end_time": "2027-01-01"});
        let codes = app.post("/api/admin/carmi", &admin.token, &batch).await.data();
        print("make two codes", &calls(app));

        app.post("/api/use_carmi", &ada.token, &json!({"carmi": codes[0]["key"]})).await.data();
        let redeem = calls(app);
        print("redeem a code", &redeem);
        assert_eq!(round_trips(&redeem), 2, "{:?}", operations(&redeem));
        assert!(units(&redeem) <= 14.0, "{}", units(&redeem));

        app.post("/api/use_carmi", &ada.token, &json!({"carmi": "0".repeat(32)})).await;
        print("a wrong code", &calls(app));

        app.post("/api/signin", &ada.token, &json!({})).await.data();
        let signin = calls(app);
        print("sign in", &signin);
        assert!(round_trips(&signin) <= 2, "{:?}", operations(&signin));
        assert!(units(&signin) <= 12.0, "{}", units(&signin));
    })
    .await;
}

/// What a draw writes grows with its pictures, what it waits for does not.
#[tokio::test]
async fn budgets_of_pictures_hold() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        ada.is_given(1000);
        ada.draws(app, "a cat", 1).await;
        let mut drawn = Vec::new();
        for count in [1, 4, 10] {
            app.stack.wire.take_log();
            drawn = ada.draws(app, "a cat", count).await;
            let (table, bucket): (Vec<Call>, Vec<Call>) =
                app.stack.wire.take_log().into_iter().partition(|call| call.service == Service::DynamoDb);
            print(&format!("draw of {count}"), &table);
            // Reserved, counted against the limit of an hour, settled.
            assert_eq!(operations(&table), ["UpdateItem", "UpdateItem", "TransactWriteItems"]);
            assert_eq!(operations(&bucket), vec!["PutObject"; count.into()]);
            assert!(units(&table) <= 9.0 + 4.0 * f64::from(count), "{}", units(&table));
        }

        let changes = [
            ("publish a picture", 1, (3, 6.0)),
            ("hide a picture", 4, (3, 6.0)),
            // The bucket is one of the trips.
            ("delete a picture", 0, (4, 8.0)),
        ];
        for (what, status, (trips, units_max)) in changes {
            app.put("/api/images", &ada.token, &json!({"id": drawn[0]["id"], "status": status})).await.data();
            let change = app.stack.wire.take_log();
            print(what, &change);
            assert_eq!(round_trips(&change), trips, "{:?}", operations(&change));
            assert!(units(&change) <= units_max, "{}", units(&change));
        }

        Form::of_file(&png()).post(app, "/api/upload", &ada.token).await.data();
        let upload = app.stack.wire.take_log();
        print("upload", &upload);
        // Whose it is, the day's count, what is known of it, the file.
        assert_eq!((round_trips(&upload), units(&upload)), (4, 9.0), "{:?}", operations(&upload));

        for (what, query) in [("page of one's own pictures", "type=me"), ("page of the gallery", "type=gallery")] {
            app.get(&format!("/api/images?{query}"), &ada.token).await.data();
            let page = app.stack.wire.take_log();
            print(what, &page);
            assert!(round_trips(&page) <= 3 && units(&page) < 1.0, "{:?}", operations(&page));
        }
    })
    .await;
}

/// Authentication is the first round trip; what a list reads beside it costs no further one.
#[tokio::test]
async fn a_page_of_any_list_takes_three_round_trips_after_authentication() {
    TestApp::run(async |app| {
        let (ada, admin) = (app.log_in("ada@example.com").await, app.log_in(ADMIN).await);
        app.post("/api/signin", &ada.token, &json!({})).await.data();
        ada.chat("hi").await;
        let batch = json!({"type": "integral", "reward": 5, "quantity": 200, "end_time": ""});
        app.post("/api/admin/carmi", &admin.token, &batch).await.data();
        for list in [
            "user",
            "user?account=ada",
            "signin",
            "turnover",
            "carmi",
            "carmi?status=0",
            "carmi/batch",
            "messages",
            "audit",
            &format!("audit?user_id={}", admin.id),
        ] {
            check_page(app, &admin, list).await;
        }
        app.clock.advance(std::time::Duration::from_secs(24 * 3600));
        assert!(app.stack.run_janitor().await.get("error").is_none());
        for list in ["user", "turnover", "carmi", "carmi?status=0&page=11", &format!("turnover?user_id={}", ada.id)] {
            check_page(app, &admin, list).await;
        }
    })
    .await;
}

async fn check_page(app: &TestApp, admin: &Person<'_>, list: &str) {
    calls(app);
    let page = app.get(&format!("/api/admin/{list}"), &admin.token).await.data();
    assert!(!page["rows"].as_array().unwrap().is_empty(), "{list}: {page}");
    let read = calls(app);
    print(list, &read);
    assert!(round_trips(&read) <= 1 + 3, "{list}: {:?}", operations(&read));
    assert!(units(&read) < 1.0, "{list}");
}

//! What a request costs in round trips and capacity units: the budgets of the design, counted.

use testkit::{Call, Service, round_trips};

use crate::app::TestApp;

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
        print("send_sms", &calls(app));
        let body = serde_json::json!({"account": "ada@example.com", "code": code});
        let ada = app.person(&app.post("/api/login", "", &body).await.data());
        print("login, a new account", &calls(app));
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

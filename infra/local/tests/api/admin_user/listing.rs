//! The list of all users.

use serde_json::json;
use testkit::round_trips;

use super::{ADA, accounts, create, delete};
use crate::app::{ADMIN, TestApp};

#[tokio::test]
async fn a_row_shows_all_that_the_page_needs() {
    TestApp::run(async |app| {
        let ada = app.log_in(ADA).await;
        let admin = app.log_in(ADMIN).await;
        let data = app.get("/api/admin/user?page=1&page_size=10", &admin.token).await.data();
        assert_eq!(data["count"], 2);
        let row = data["rows"].as_array().unwrap().iter().find(|row| row["id"] == ada.id.as_str()).unwrap();
        let expected = json!({
            "id": ada.id, "account": ADA, "nickname": "Chat用户", "avatar": app.default_avatar(), "role": "user", "integral": 10,
            "vip_expire_time": "2025-12-31", "svip_expire_time": "2025-12-31", "subscribe": "2025-12-31",
            "password": "", "ip": "127.0.0.1", "status": 1,
            "create_time": "2026-01-01 08:00:00", "update_time": "2026-01-01 08:00:00",
        });
        assert_eq!(row, &expected);
    })
    .await;
}

#[tokio::test]
async fn pages_are_exact_and_newest_first() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let mut expected = vec![ADMIN.to_owned()];
        let mut ids = Vec::new();
        for number in 0..24 {
            app.clock.advance(std::time::Duration::from_millis(1));
            let account = format!("user{number:02}@example.com");
            ids.push(create(app, &admin, &account).await);
            expected.insert(0, account);
        }
        assert_eq!(accounts(app, &admin, "").await, (25, expected[..10].to_vec()));
        assert_eq!(accounts(app, &admin, "?page=3&page_size=10").await, (25, expected[20..].to_vec()));
        assert_eq!(accounts(app, &admin, "?page=4&pageSIze=10").await, (25, vec![]));
        assert_eq!(accounts(app, &admin, "?account=&page_size=100").await, (25, expected.clone()));
        assert_eq!(accounts(app, &admin, "?account=undefined&page_size=1").await, (25, expected[..1].to_vec()));

        // Row 5 from the top and the two oldest users go.
        for place in [19, 0, 1] {
            assert_eq!(delete(app, &admin, &ids[place]).await.data(), 1);
        }
        expected.retain(|account| {
            !["user19@example.com", "user00@example.com", "user01@example.com"].contains(&&**account)
        });
        assert_eq!(accounts(app, &admin, "").await, (22, expected[..10].to_vec()));
        assert_eq!(accounts(app, &admin, "?page=11&page_size=2").await, (22, expected[20..].to_vec()));
    })
    .await;
}

#[tokio::test]
async fn a_page_takes_three_round_trips_with_the_authentication() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        for number in 0..12 {
            create(app, &admin, &format!("user{number:02}@example.com")).await;
        }
        for query in ["", "?page=2", "?account=user", "?account=user&page=2"] {
            app.stack.wire.take_log();
            accounts(app, &admin, query).await;
            let calls = app.stack.wire.take_log();
            assert_eq!(round_trips(&calls), 3, "{query}: {calls:?}");
            println!("users{query}: {} read units", calls.iter().map(|call| call.units_read).sum::<f64>());
        }
    })
    .await;
}

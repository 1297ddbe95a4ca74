//! A year costs as many round trips as a day.

use serde_json::json;
use testkit::{Service, round_trips};

use super::{roll_up, stats};
use crate::app::{ADMIN, TestApp};

#[tokio::test]
async fn a_year_takes_three_round_trips_after_authentication() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        for _ in 0..20 {
            app.post("/api/signin", &admin.token, &json!({})).await.data();
            app.clock.advance(std::time::Duration::from_secs(24 * 3600));
            roll_up(app).await;
        }
        for query in ["", "?from=2026-01-01&to=2026-12-31", "?from=2025-01-22&to=2026-01-22"] {
            app.stack.wire.take_log();
            let all = stats(app, &admin, query).await["total"].clone();
            let calls = app.stack.wire.take_log();
            assert_eq!((&all["signins"], &all["active_users"]), (&json!(20), &json!(20)), "{query}");
            assert!(calls.iter().all(|call| call.service == Service::DynamoDb));
            let read: f64 = calls.iter().map(|call| call.units_read).sum();
            println!("statistics of {query:32} {} round trips, {read:4.1} read units", round_trips(&calls));
            assert!(round_trips(&calls) <= 1 + 3, "{query}: {calls:?}");
            assert!(calls.iter().all(|call| call.units_written == 0.0));
        }
    })
    .await;
}

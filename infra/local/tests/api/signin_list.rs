//! `GET /api/signin/list`

use std::time::Duration;

use serde_json::{Value, json};

use crate::app::{Person, TestApp};

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn list(app: &TestApp, person: &Person<'_>) -> Vec<Value> {
    app.get("/api/signin/list", &person.token).await.data().as_array().expect("an array").clone()
}

async fn sign_in(app: &TestApp, person: &Person<'_>) {
    app.post("/api/signin", &person.token, &Value::Null).await.data();
}

fn times(signins: &[Value]) -> Vec<&str> {
    signins.iter().map(|signin| signin["create_time"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_calendar_shows_the_business_month() {
    TestApp::run(async |app| {
        let (ada, bob) = (app.log_in("ada@example.com").await, app.log_in("bob@example.com").await);
        assert!(list(app, &ada).await.is_empty());
        sign_in(app, &ada).await;
        sign_in(app, &bob).await;
        let signins = list(app, &ada).await;
        let id = signins[0]["id"].as_str().unwrap();
        assert!(id.parse::<i64>().unwrap() > 0);
        assert_eq!(
            Value::from(signins.clone()),
            json!([{"id": id, "user_id": ada.id, "ip": "127.0.0.1", "status": 1,
                "create_time": "2026-01-01 08:00:00", "update_time": "2026-01-01 08:00:00"}])
        );
        // A day is left out.
        app.clock.advance(2 * DAY);
        sign_in(app, &ada).await;
        assert_eq!(times(&list(app, &ada).await), ["2026-01-01 08:00:00", "2026-01-03 08:00:00"]);
        assert_eq!(list(app, &bob).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_month_begins_and_ends_with_its_days_in_the_zone() {
    TestApp::run_in(Some("Pacific/Honolulu"), async |app| {
        // 14:00 on the last day of December there.
        let ada = app.log_in("ada@example.com").await;
        sign_in(app, &ada).await;
        app.clock.advance(Duration::from_secs(10 * 3600 - 1));
        assert_eq!(times(&list(app, &ada).await), ["2025-12-31 14:00:00"]);
        app.clock.advance(Duration::from_secs(1));
        assert!(list(app, &ada).await.is_empty());
        for _ in 1..=31 {
            // Sessions do not live as long as this month.
            sign_in(app, &app.log_in("ada@example.com").await).await;
            app.clock.advance(DAY);
        }
        let ada = app.log_in("ada@example.com").await;
        assert!(list(app, &ada).await.is_empty(), "it is February");
        sign_in(app, &ada).await;
        assert_eq!(times(&list(app, &ada).await), ["2026-02-01 00:00:00"]);
    })
    .await;
    TestApp::run(async |app| {
        for _ in 1..=31 {
            sign_in(app, &app.log_in("ada@example.com").await).await;
            app.clock.advance(DAY);
        }
        app.clock.advance(DAY * 27);
        sign_in(app, &app.log_in("ada@example.com").await).await;
        let february = list(app, &app.log_in("ada@example.com").await).await;
        assert_eq!(times(&february), ["2026-02-28 08:00:00"]);
    })
    .await;
}

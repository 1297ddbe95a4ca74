//! When a check runs, how it goes on, and what happens on the site meanwhile.

use std::time::Duration;

use serde_json::{Value, json};
use table::books::{self, Outcome};

use super::{DAY, busy_day, check_for, make_codes, outcome};
use crate::app::TestApp;

/// The same whatever the time of the check.
fn timeless(outcome: &Outcome) -> Outcome {
    Outcome { checked_at: 0, ..outcome.clone() }
}

#[tokio::test]
async fn one_check_a_night_from_three_o_clock_on() {
    TestApp::run(async |app| {
        // 08:00: a new site is checked at once, and then not again until the next night.
        assert!(check_for(app, 1_000).await.unwrap().is_through);
        assert_eq!(check_for(app, 1_000).await, None);
        app.clock.advance(Duration::from_secs(19 * 3600 - 1));
        assert_eq!(check_for(app, 1_000).await, None, "02:59:59");
        app.clock.advance(Duration::from_secs(1));
        let progress = check_for(app, 1_000).await.expect("03:00:00");
        assert_eq!((progress.night.to_string().as_str(), progress.is_through), ("2026-01-02", true));
        assert_eq!(check_for(app, 1_000).await, None);
        app.clock.advance(DAY * 3);
        assert_eq!(check_for(app, 1_000).await.unwrap().night.to_string(), "2026-01-05", "nights left out stay out");
        assert_eq!(check_for(app, 1_000).await, None);
    })
    .await;
}

/// A run that has time for one step only, over and over, finds what one run finds that has all the time.
#[tokio::test]
async fn many_short_runs_find_what_one_long_run_finds() {
    TestApp::run(async |app| {
        let day = busy_day(app).await;
        for number in 0..70 {
            let user = json!({"account": format!("user{number}@example.com"), "integral": number});
            app.post("/api/admin/user", &day.admin.token, &user).await.data();
        }
        app.edit_user(&day.ada, "ADD balance :one", &json!({":one": {"N": "1"}}));
        let at_once = check_for(app, 1_000).await.unwrap();
        assert!(at_once.is_through);
        let long = outcome(app).await;
        assert_eq!((long.users, long.number), (74, 1), "{long:?}");

        app.clock.advance(DAY);
        let mut runs = 0;
        while !check_for(app, 0).await.expect("still to do").is_through {
            runs += 1;
            let books = books::read(&app.base().table).await.unwrap();
            assert!(books.running);
            assert_eq!(books.outcome.as_ref(), Some(&long), "the last outcome stands until the next one is there");
        }
        assert!(runs > 10, "{runs}");
        assert_eq!(timeless(&outcome(app).await), timeless(&long));
        app.edit_user(&day.ada, "SET balance = balance - :one", &json!({":one": {"N": "1"}}));
    })
    .await;
}

#[tokio::test]
async fn two_runs_at_once_count_nothing_twice() {
    TestApp::run(async |app| {
        busy_day(app).await;
        let alone = outcome(app).await;
        for _ in 0..5 {
            app.clock.advance(DAY);
            tokio::join!(check_for(app, 1_000), check_for(app, 1_000), check_for(app, 1_000));
            assert_eq!(timeless(&outcome(app).await), timeless(&alone));
        }
    })
    .await;
}

/// People chat, sign in, redeem, come and go while the check is under way, between its steps and within them.
#[tokio::test]
async fn what_happens_meanwhile_is_no_difference() {
    TestApp::run(async |app| {
        let day = busy_day(app).await;
        let codes = make_codes(app, &day.admin, 12).await;
        let site = async {
            for (number, code) in codes.iter().enumerate() {
                day.ada.chat("hi [[usage=100,50]]").await;
                let redeemed = app.post("/api/use_carmi", &day.ada.token, &json!({"carmi": code["key"]})).await;
                assert_eq!(redeemed.status, 200, "{}", redeemed.text());
                let user = json!({"account": format!("new{number}@example.com"), "integral": 3});
                let row = app.post("/api/admin/user", &day.admin.token, &user).await.data();
                let id = row["id"].as_str().unwrap().to_owned();
                if number % 2 == 0 {
                    let path = format!("/api/admin/user/{id}");
                    app.send(hyper::Method::DELETE, &path, &day.admin.token, "").await.data();
                }
                let rows = app.get("/api/turnover", &day.ada.token).await.data();
                let path = format!("/api/admin/turnover/{}", rows["rows"][0]["id"].as_str().unwrap());
                app.send(hyper::Method::DELETE, &path, &day.admin.token, "").await.data();
                app.post("/api/signin", &day.admin.token, &Value::Null).await;
                let all = app.get("/api/admin/messages", &day.admin.token).await.data();
                let path = format!("/api/admin/messages/{}", all["rows"][0]["id"].as_str().unwrap());
                app.send(hyper::Method::DELETE, &path, &day.admin.token, "").await.data();
            }
        };
        let mut nights = 0;
        let checks = async {
            loop {
                while !check_for(app, 0).await.is_none_or(|progress| progress.is_through) {
                    tokio::task::yield_now().await;
                }
                let outcome = outcome(app).await;
                assert_eq!(outcome.number, 0, "{outcome:?}");
                nights += 1;
                app.clock.advance(DAY);
            }
        };
        tokio::select! {
            () = site => {}
            () = checks => {}
        }
        assert!(nights > 0);
        app.clock.advance(DAY);
        assert_eq!(outcome(app).await.number, 0);
    })
    .await;
}

//! A day is the business zone's, to the millisecond, also where clocks are put forward.

use std::time::Duration;

use domain::Zone;
use serde_json::json;

use super::{figures, roll_up, these, wait_for_midnight};
use crate::app::{ADMIN, Person, TestApp};

/// A chat that costs credits, a sign-in and a code, right before a midnight and right behind it.
async fn around_midnight(app: &TestApp, zone: &Zone, admin: &Person<'_>, ada: &Person<'_>) -> [String; 2] {
    let codes = crate::carmi::keys(&crate::carmi::make_as(app, admin, &crate::carmi::credits(2, 5)).await);
    wait_for_midnight(app, zone, -1);
    let mut days = Vec::new();
    for code in &codes {
        days.push(zone.day(app.clock.millis()).to_string());
        ada.chat("hi [[usage=100,50]]").await;
        // The day between two midnights is signed once.
        app.post("/api/signin", &ada.token, &json!({})).await.envelope();
        crate::carmi::redeem(app, ada, code).await.data();
        app.clock.advance(Duration::from_millis(1));
    }
    days.try_into().unwrap()
}

#[tokio::test]
async fn each_zone_has_its_own_days() {
    // Days between the start and the day before: of New York, the one that is an hour short.
    for (name, wait) in [("Asia/Shanghai", 0), ("America/New_York", 66), ("Pacific/Kiritimati", 0)] {
        TestApp::run_in(Some(name), async |app| {
            let zone: Zone = name.parse().unwrap();
            app.clock.advance(Duration::from_secs(wait * 24 * 3600));
            let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
            let registered = zone.day(app.clock.millis()).to_string();
            let mut midnights = vec![around_midnight(app, &zone, &admin, &ada).await];
            if wait > 0 {
                // Sunday, 23 hours long.
                let began = app.clock.millis();
                midnights.push(around_midnight(app, &zone, &admin, &ada).await);
                assert_eq!(midnights[0][1], "2026-03-08", "{name}");
                assert_eq!((app.clock.millis() - began + 1_800_000) / 3_600_000, 23, "{name}");
            }
            for _ in 0..2 {
                let from = format!("?from={registered}&to={}", zone.day(app.clock.millis()));
                let (mut days, _) = figures(app, &admin, &from).await;
                for (place, [before, after]) in midnights.iter().enumerate() {
                    // Midnights follow each other, so a day lies between two of them.
                    let spent = cost_of_one(&days[after]);
                    let deeds = these(&[
                        ("/active_users", 1),
                        ("/signins", 1),
                        ("/granted/signin", 3),
                        ("/granted/code", 5),
                        ("/chats", 1),
                        ("/prompt_tokens", 100),
                        ("/completion_tokens", 50),
                        ("/spent/gpt-3.5-turbo", spent),
                    ]);
                    if place == 0 {
                        let mut first = days.remove(before).unwrap();
                        for (figure, by) in [("/new_users", 2), ("/granted/register", 20), ("/active_users", 1)] {
                            *first.get_mut(figure).unwrap() -= by;
                        }
                        first.retain(|_, sum| *sum != 0);
                        assert_eq!(first, deeds, "{name}: {before}");
                    }
                    if place + 1 == midnights.len() {
                        assert_eq!(days[after], deeds, "{name}: {after}");
                    } else {
                        assert_eq!((days[after]["/chats"], days[after]["/granted/code"]), (2, 10), "{name}: {after}");
                        assert_eq!((days[after]["/active_users"], days[after]["/signins"]), (1, 1), "{name}: {after}");
                    }
                }
                roll_up(app).await;
            }
        })
        .await;
    }
}

/// Each chat of these tests costs the same.
fn cost_of_one(figures: &super::Figures) -> i64 {
    figures["/spent/gpt-3.5-turbo"] / figures["/chats"]
}

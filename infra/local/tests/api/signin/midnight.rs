//! Days begin and end in the business time zone, and at its border each is signed once.

use std::time::Duration;

use domain::Zone;
use futures_util::future::join_all;
use testkit::{Fault, FaultKind};

use super::{AGAIN, check_rewards, sign_in};
use crate::app::TestApp;

const SECOND: Duration = Duration::from_secs(1);

/// Lets the time come to one second before the next midnight of the zone with this name.
fn wait_for_midnight(app: &TestApp, name: &str) {
    let zone: Zone = name.parse().unwrap();
    let now = app.clock.millis();
    let before_midnight = zone.end(zone.day(now)) - 1_000;
    app.clock.advance(Duration::from_millis(u64::try_from(before_midnight - now).unwrap()));
    assert!(zone.text(app.clock.millis()).ends_with(" 23:59:59"));
}

#[tokio::test]
async fn each_zone_has_its_own_midnight() {
    for zone in ["Asia/Shanghai", "Pacific/Honolulu", "Pacific/Tongatapu"] {
        TestApp::run_in(Some(zone), async |app| {
            let ada = app.log_in("ada@example.com").await;
            wait_for_midnight(app, zone);
            assert_eq!(sign_in(app, &ada).await.status, 200, "{zone}");
            assert_eq!(sign_in(app, &ada).await.refusal(409), AGAIN, "{zone}");
            app.clock.advance(Duration::from_millis(999));
            assert_eq!(sign_in(app, &ada).await.refusal(409), AGAIN, "{zone}: the last millisecond");
            app.clock.advance(Duration::from_millis(1));
            assert_eq!(ada.info().await["is_signin"], 0, "{zone}");
            assert_eq!(sign_in(app, &ada).await.status, 200, "{zone}: midnight");
            app.clock.advance(SECOND);
            assert_eq!(sign_in(app, &ada).await.refusal(409), AGAIN, "{zone}");
            check_rewards(&ada, 2).await;
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_at_once_over_midnight_are_two_days() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        wait_for_midnight(app, "Asia/Shanghai");
        // One of the first is certain to have begun when the day changes.
        let held = app.stack.wire.plan(Fault::new(FaultKind::HangBefore).on("TransactWriteItems"));
        let half = || join_all((0..25).map(|_| sign_in(app, &ada)));
        let (mut answers, late) = tokio::join!(half(), async {
            held.reached().await;
            app.clock.advance(2 * SECOND);
            held.release();
            half().await
        });
        answers.extend(late);
        let passed = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(passed, 2);
        for refused in answers.iter().filter(|answer| answer.status != 200) {
            assert_eq!(refused.refusal(409), AGAIN);
        }
        check_rewards(&ada, 2).await;
    })
    .await;
}

/// A sign-in waits just before its transaction, over midnight, while the next day is signed: both count, and what comes
/// late does not open the next day again.
#[tokio::test]
async fn a_sign_in_that_the_next_day_overtook_counts_for_its_own() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        wait_for_midnight(app, "Asia/Shanghai");
        let held = app.stack.wire.plan(Fault::new(FaultKind::HangBefore).on("TransactWriteItems"));
        let (late, early) = tokio::join!(sign_in(app, &ada), async {
            held.reached().await;
            app.clock.advance(2 * SECOND);
            let early = sign_in(app, &ada).await;
            held.release();
            early
        });
        assert_eq!((late.status.as_u16(), early.status.as_u16()), (200, 200));
        assert_eq!(ada.info().await["is_signin"], 1);
        assert_eq!(sign_in(app, &ada).await.refusal(409), AGAIN);
        check_rewards(&ada, 2).await;
    })
    .await;
}

//! `GET /api/admin/carmi/check`, and the last second of a business day.

use std::time::Duration;

use serde_json::json;

use super::{ROUTE, batch, check, credits, keys, list, make, make_as, redeem, statuses};
use crate::app::{ADMIN, TestApp};

const HOUR: u64 = 3600;

/// A code lives through its last day, second by second, in every zone.
#[tokio::test]
async fn codes_expire_when_their_last_day_is_over() {
    // The zone, its day when the test begins, and the hours until its midnight.
    for (zone, day, hours) in [
        ("Asia/Shanghai", "2026-01-01", 16),
        ("Pacific/Honolulu", "2025-12-31", 10),
        ("Pacific/Tongatapu", "2026-01-01", 11),
    ] {
        TestApp::run_in(Some(zone), async |app| {
            let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
            let order = json!({"type": "integral", "end_time": day, "quantity": 3, "reward": 5});
            let rows = make(app, &order).await;
            let keys = keys(&rows);
            app.clock.advance(Duration::from_secs(hours * HOUR - 1));
            assert_eq!(check(app, &admin).await, 0, "{zone}");
            assert_eq!(redeem(app, &ada, &keys[0]).await.status, 200, "{zone}");
            app.clock.advance(Duration::from_millis(999));
            assert_eq!(redeem(app, &ada, &keys[1]).await.status, 200, "{zone}");
            app.clock.advance(Duration::from_millis(1));
            assert_eq!(redeem(app, &ada, &keys[2]).await.refusal(400), "卡密已过期", "{zone}");
            assert_eq!(statuses(app, &admin).await, [1, 2, 0], "{zone}: nobody has looked yet");
            assert_eq!(check(app, &admin).await, 1, "{zone}");
            assert_eq!(statuses(app, &admin).await, [0, 2, 1], "{zone}");
            assert_eq!(redeem(app, &ada, &keys[2]).await.refusal(400), "卡密已过期", "{zone}");
            assert_eq!(redeem(app, &ada, &keys[0]).await.refusal(409), "卡密已被使用", "{zone}");
            app.clock.advance(Duration::from_secs(1));
            assert_eq!(check(app, &admin).await, 0, "{zone}");
            assert_eq!(app.post(ROUTE, &admin.token, &order).await.refusal(400), "截止日期不能早于今天", "{zone}");
            assert_eq!(ada.credits().await, 20, "{zone}");
        })
        .await;
    }
}

#[tokio::test]
async fn a_check_marks_every_batch_that_is_over_and_no_other() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        let until =
            |day: &str, quantity: u32| json!({"type": "day", "end_time": day, "quantity": quantity, "reward": 1});
        let mut first = Vec::new();
        for order in [
            until("2026-01-01", 120),
            until("2026-01-02", 2),
            until("2026-01-02", 1),
            until("2026-01-03", 4),
            credits(5, 1),
        ] {
            first.push(keys(&make_as(app, &admin, &order).await).remove(0));
            app.clock.advance(Duration::from_secs(1));
        }
        // A batch of which nothing is left has nothing to mark.
        assert_eq!(redeem(app, &ada, &first[2]).await.status, 200);
        app.clock.advance(Duration::from_secs(40 * HOUR));
        assert_eq!(check(app, &admin).await, 122);
        assert_eq!(statuses(app, &admin).await, [9, 1, 122]);
        assert_eq!(check(app, &admin).await, 0);
        let (_, void) = list(app, &admin, "?status=2&page_size=1").await;
        assert_eq!(
            (&void[0]["end_time"], &void[0]["update_time"]),
            (&json!("2026-01-02"), &json!("2026-01-03 00:00:05"))
        );
        assert_eq!(batch(app, &admin).await["left"], 5);
        let due = app.table().into_iter().filter(|item| item.get("due_pk").is_some_and(|pk| pk == "batches"));
        assert_eq!(due.map(|batch| batch["end_day"].clone()).collect::<Vec<_>>(), [json!("2026-01-03")]);
    })
    .await;
}

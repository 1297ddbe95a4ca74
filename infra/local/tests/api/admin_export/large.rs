//! Lists of thousands of rows: in pieces, at a fixed price for each, as of when the export began.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;
use testkit::{Fault, FaultKind, Service, round_trips};

use super::{begins, export, ids, lines, paged, piece};
use crate::app::{ADMIN, Person, TestApp};
use crate::carmi;

/// Three thousand codes, and the administrator.
pub(super) async fn many(app: &TestApp) -> Person<'_> {
    let admin = app.log_in(ADMIN).await;
    for _ in 0..3 {
        app.clock.advance(Duration::from_millis(50));
        carmi::make_as(app, &admin, &carmi::credits(1_000, 5)).await;
    }
    app.clock.advance(Duration::from_secs(1));
    admin
}

#[tokio::test]
async fn thousands_of_rows_come_whole_and_in_order_at_a_fixed_price() {
    TestApp::run(async |app| {
        let admin = many(app).await;
        app.stack.wire.take_log();
        let exported = lines(&export(app, &admin, "carmi").await);
        let calls: Vec<_> =
            app.stack.wire.take_log().into_iter().filter(|call| call.service == Service::DynamoDb).collect();
        let (trips, read) = (round_trips(&calls), calls.iter().map(|call| call.units_read).sum::<f64>());
        println!("3000 codes: {trips} round trips, {} calls, {read} read units", calls.len());
        // Who asks, the record; three indexes for each thousand and once at the end; the rows by the hundred.
        assert!(trips <= 2 + 4 * 3 + 30, "{trips}");
        assert_eq!(exported.len(), 3_000);
        assert_eq!(exported, paged(app, &admin, "/api/admin/carmi", &admin).await);
        let distinct: BTreeSet<&str> = ids(&exported).into_iter().collect();
        assert_eq!(distinct.len(), 3_000);

        let middle = exported[1_733]["id"].as_str().unwrap();
        let rest = lines(&export(app, &admin, &format!("carmi?before={middle}")).await);
        assert_eq!(rest, exported[1_734..]);
    })
    .await;
}

#[tokio::test]
async fn what_comes_later_is_left_out_and_what_goes_is_gone() {
    TestApp::run(async |app| {
        let admin = many(app).await;
        let before = lines(&export(app, &admin, "carmi").await);
        app.clock.advance(Duration::from_secs(1));
        // Five hundred rows are read, more than a thousand not even looked up.
        let held = app.stack.wire.plan(Fault::new(FaultKind::HangBefore).nth(6).on("BatchGetItem"));
        let change = async {
            held.reached().await;
            app.clock.advance(Duration::from_secs(1));
            carmi::make_as(app, &admin, &carmi::credits(10, 7)).await;
            for place in [1_500, 2_999] {
                let id = before[place]["id"].as_str().unwrap();
                assert_eq!(carmi::delete(app, &admin, &format!("/{id}")).await.data(), 1);
            }
            // One that is used meanwhile changes its list, and stays one row.
            let key = before[2_000]["key"].as_str().unwrap();
            carmi::redeem(app, &admin, key).await.data();
            held.release();
        };
        let (answer, ()) = tokio::join!(export(app, &admin, "carmi"), change);
        let exported = lines(&answer);
        let gone = [1_500, 2_999].map(|place: usize| before[place]["id"].clone());
        let mut expected: Vec<Value> = before.clone();
        expected.retain(|row| !gone.contains(&row["id"]));
        assert_eq!(ids(&exported), ids(&expected));
        let used = exported.iter().find(|row| row["id"] == before[2_000]["id"]).unwrap();
        assert_eq!((&used["status"], &used["user_id"]), (&1.into(), &admin.id.as_str().into()));
    })
    .await;
}

/// The function reads no further than its reader takes: memory does not grow with the list.
#[tokio::test]
async fn who_reads_slowly_is_not_read_ahead_for() {
    TestApp::run(async |app| {
        let admin = many(app).await;
        app.stack.wire.take_log();
        let mut body = begins(app, &admin, "carmi").await.into_body();
        let rows_read = || {
            let calls = app.stack.wire.take_log().into_iter();
            calls.filter(|call| call.operation == "BatchGetItem").count()
        };
        let mut ahead = rows_read();
        while ahead == 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            ahead += rows_read();
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        ahead += rows_read();
        assert!((1..=4).contains(&ahead), "{ahead} reads of a hundred rows");
        let mut bytes = 0;
        for _ in 0..3 {
            let chunk = piece(&mut body).await.unwrap().unwrap();
            assert!(chunk.len() < 2 * domain::limits::EXPORT_CHUNK_BYTES, "{}", chunk.len());
            bytes += chunk.len();
            tokio::time::sleep(Duration::from_millis(300)).await;
            let more = rows_read();
            assert!(more <= 3, "{more} reads of a hundred rows for one piece");
        }
        println!("{bytes} bytes in the first three pieces");
        // Whoever leaves is read for no longer.
        drop(body);
        tokio::time::sleep(Duration::from_millis(500)).await;
        let more = rows_read();
        assert!(more <= 2, "{more} reads of a hundred rows for nobody");
    })
    .await;
}

//! Codes that are redeemed while administrators put an end to them.

use futures_util::future::join_all;
use serde_json::json;
use testkit::{Fault, FaultKind};

use super::{batch, credits, delete, keys, make, redeem, statuses};
use crate::app::{ADMIN, TestApp};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_code_of_a_batch_that_is_made_void_is_used_or_void() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let keys = keys(&make(app, &credits(40, 5)).await);
        let path = format!("/batch/{}", batch(app, &admin).await["id"].as_str().unwrap());
        let mut people = Vec::new();
        for number in 0..10 {
            people.push(app.log_in(&format!("p{number}@example.com")).await);
        }
        let redeemed = async {
            let tries = people.iter().zip(keys.chunks(4));
            let one_by_one = tries.map(async |(person, keys)| {
                let mut done = 0;
                for key in keys {
                    let answer = redeem(app, person, key).await;
                    if answer.status == 200 {
                        done += 1;
                    } else {
                        assert_eq!(answer.refusal(400), "卡密已过期");
                    }
                }
                done
            });
            join_all(one_by_one).await.into_iter().sum::<u64>()
        };
        let voided = async {
            tokio::time::sleep(std::time::Duration::from_millis(60)).await;
            delete(app, &admin, &path).await.data().as_u64().unwrap()
        };
        let (used, void) = tokio::join!(redeemed, voided);
        println!("{used} codes used, {void} void");
        assert_eq!(used + void, 40);
        assert_eq!(statuses(app, &admin).await, [0, used, void]);
        let mut sum = 0;
        for person in &people {
            sum += person.credits().await;
        }
        assert_eq!(sum, 10 * 10 + 5 * i64::try_from(used).unwrap());
        let batch = batch(app, &admin).await;
        assert_eq!((&batch["used"], &batch["left"]), (&json!(used), &json!(0)));
    })
    .await;
}

/// A redemption waits just before its transaction; meanwhile the batch becomes void, or the code is deleted.
#[tokio::test]
async fn an_end_overtakes_a_redemption() {
    for (is_batch, message) in [(true, "卡密已过期"), (false, "卡密不存在")] {
        TestApp::run(async |app| {
            let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
            let rows = make(app, &credits(2, 5)).await;
            let id = |field: &str| rows[0][field].as_str().unwrap().to_owned();
            let path = if is_batch { format!("/batch/{}", id("batch_id")) } else { format!("/{}", id("id")) };
            let held = app.stack.wire.plan(Fault::new(FaultKind::HangBefore).on("TransactWriteItems"));
            let (late, ()) = tokio::join!(redeem(app, &ada, rows[0]["key"].as_str().unwrap()), async {
                held.reached().await;
                delete(app, &admin, &path).await.data();
                held.release();
            });
            assert_eq!(late.refusal(400), message);
            assert_eq!((ada.credits().await, ada.statement().await.0), (10, 1));
        })
        .await;
    }
}

/// The end waits just before its transaction; meanwhile the code is redeemed.
#[tokio::test]
async fn a_redemption_overtakes_an_end() {
    for is_batch in [true, false] {
        TestApp::run(async |app| {
            let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
            let rows = make(app, &credits(2, 5)).await;
            let id = |field: &str| rows[0][field].as_str().unwrap().to_owned();
            let path = if is_batch { format!("/batch/{}", id("batch_id")) } else { format!("/{}", id("id")) };
            let held = app.stack.wire.plan(Fault::new(FaultKind::HangBefore).on("TransactWriteItems"));
            let (late, early) = tokio::join!(delete(app, &admin, &path), async {
                held.reached().await;
                let early = redeem(app, &ada, rows[0]["key"].as_str().unwrap()).await;
                held.release();
                early
            });
            assert_eq!(early.status, 200, "{}", early.text());
            assert_eq!(late.data(), 1, "the other code of the batch, or the used one");
            assert_eq!(statuses(app, &admin).await, if is_batch { [0, 1, 1] } else { [1, 0, 0] });
            assert_eq!((ada.credits().await, ada.statement().await.0), (15, 2));
        })
        .await;
    }
}

/// The marking of an expired batch waits just before it moves the codes; meanwhile one of them is deleted.
#[tokio::test]
async fn a_code_that_goes_meanwhile_drops_out_of_the_marking() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let rows = make(app, &json!({"type": "day", "end_time": "2026-01-01", "quantity": 3, "reward": 1})).await;
        app.clock.advance(std::time::Duration::from_secs(20 * 3600));
        let held = app.stack.wire.plan(Fault::new(FaultKind::HangBefore).on("TransactWriteItems"));
        let (count, ()) = tokio::join!(super::check(app, &admin), async {
            held.reached().await;
            let path = format!("/{}", rows[1]["id"].as_str().unwrap());
            assert_eq!(delete(app, &admin, &path).await.data(), 1);
            held.release();
        });
        assert_eq!(count, 2);
        assert_eq!(statuses(app, &admin).await, [0, 0, 2]);
    })
    .await;
}

/// A batch becomes void while its codes are being made: the maker is told, and what was made is void.
#[tokio::test]
async fn a_batch_can_be_made_void_while_it_is_made() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let held = app.stack.wire.plan(Fault::new(FaultKind::HangBefore).on("TransactWriteItems").nth(2));
        let order = credits(150, 5);
        let (late, ()) = tokio::join!(app.post(super::ROUTE, &admin.token, &order), async {
            held.reached().await;
            let path = format!("/batch/{}", batch(app, &admin).await["id"].as_str().unwrap());
            assert_eq!(delete(app, &admin, &path).await.data(), 96);
            held.release();
        });
        assert_eq!(late.refusal(409), "该批次已作废");
        assert_eq!(statuses(app, &admin).await, [0, 0, 96]);
    })
    .await;
}

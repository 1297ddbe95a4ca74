//! Many at once, and what happens between the look at the user and the transaction.

use futures_util::future::join_all;
use serde_json::Value;
use testkit::{Fault, FaultKind};

use super::{AGAIN, check_rewards, sign_in};
use crate::app::TestApp;

const ADA: &str = "ada@example.com";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_at_once_get_one_reward() {
    TestApp::run(async |app| {
        let ada = app.log_in(ADA).await;
        let answers = join_all((0..50).map(|_| sign_in(app, &ada))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        for refused in answers.iter().filter(|answer| answer.status != 200) {
            assert_eq!(refused.refusal(409), AGAIN);
        }
        check_rewards(&ada, 1).await;
    })
    .await;
}

/// A chat settles while a sign-in waits just before its transaction: the sign-in takes the next ordinal.
#[tokio::test]
async fn a_chat_that_took_the_ordinal_is_no_hindrance() {
    TestApp::run(async |app| {
        let ada = app.log_in(ADA).await;
        let held = app.stack.wire.plan(Fault::new(FaultKind::HangBefore).on("TransactWriteItems"));
        let (signed, turn) = tokio::join!(sign_in(app, &ada), async {
            held.reached().await;
            let turn = ada.chat("hi [[usage=100,50]]").await;
            held.release();
            turn
        });
        assert_eq!((signed.status.as_u16(), turn.balance()), (200, 8));
        let (count, rows) = ada.statement().await;
        assert_eq!((ada.credits().await, count, rows[0].1.as_str()), (11, 3, "签到奖励"));
    })
    .await;
}

/// Sign-ins and chats of one person, all at once: nothing is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_among_chats_is_rewarded() {
    TestApp::run(async |app| {
        let ada = app.log_in(ADA).await;
        ada.is_given(1_000);
        let chats = join_all((0..4).map(|_| ada.chat("hi [[usage=100,50]]")));
        let (_, signed) = tokio::join!(chats, sign_in(app, &ada));
        assert_eq!(signed.status, 200);
        assert_eq!((ada.credits().await, ada.statement().await.0), (1_010 - 4 * 2 + 3, 7));
    })
    .await;
}

#[tokio::test]
async fn a_ban_overtakes_a_sign_in() {
    TestApp::run(async |app| {
        let ada = app.log_in(ADA).await;
        let held = app.stack.wire.plan(Fault::new(FaultKind::HangBefore).on("TransactWriteItems"));
        let (late, ()) = tokio::join!(sign_in(app, &ada), async {
            held.reached().await;
            app.ban(&ada);
            held.release();
        });
        assert_eq!(late.refusal(401), "请登陆");
        let user = &app.users()[0];
        assert_eq!((&user["balance"], user.get("signin_day")), (&Value::from(10), None));
    })
    .await;
}

#[tokio::test]
async fn the_end_of_the_session_overtakes_a_sign_in() {
    TestApp::run(async |app| {
        let ada = app.log_in(ADA).await;
        let held = app.stack.wire.plan(Fault::new(FaultKind::HangBefore).on("TransactWriteItems"));
        let (late, ()) = tokio::join!(sign_in(app, &ada), async {
            held.reached().await;
            app.post("/api/logout", &ada.token, &Value::Null).await.data();
            held.release();
        });
        assert_eq!(late.refusal(401), "请登陆");
        let again = app.log_in(ADA).await;
        check_rewards(&again, 0).await;
        assert_eq!(sign_in(app, &again).await.status, 200);
        check_rewards(&again, 1).await;
    })
    .await;
}

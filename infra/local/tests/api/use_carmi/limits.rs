//! Ten wrong codes an hour for a user, a hundred for a network.

use std::time::Duration;

use testkit::{Fault, FaultKind};

use crate::app::TestApp;
use crate::carmi;
use crate::carmi::{keys, make, one_code, redeem};

#[tokio::test]
async fn ten_wrong_codes_close_the_hour_for_right_ones_too() {
    TestApp::run(async |app| {
        let (ada, key) = (app.log_in("ada@example.com").await, one_code(app, 5).await);
        for number in 0..10 {
            assert_eq!(redeem(app, &ada, &format!("wrong{number}")).await.refusal(400), "卡密不存在");
        }
        for key in ["wrong", key.as_str()] {
            let answer = redeem(app, &ada, key).await;
            assert_eq!(answer.refusal(429), "请求次数过多，请稍后再试！");
            assert_eq!(answer.headers["retry-after"], "3600");
        }
        assert_eq!(ada.credits().await, 10);
        app.clock.advance(Duration::from_secs(3600));
        assert_eq!(redeem(app, &ada, &key).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn user_and_network_have_a_count_each() {
    TestApp::run(async |app| {
        let (ada, bob) = (app.log_in("ada@example.com").await, app.log_in("bob@example.com").await);
        let keys = keys(&make(app, &carmi::credits(3, 5)).await);
        // Ada's tries came from elsewhere: only she has to wait.
        app.fill_limit("wrong-codes-user", &ada.id, 3600, 10);
        assert_eq!(redeem(app, &ada, &keys[0]).await.status, 429);
        assert_eq!(redeem(app, &bob, &keys[0]).await.status, 200);
        // Somebody else's tries from here: nobody here can go on.
        app.fill_limit("wrong-codes-network", "127.0.0.1", 3600, 99);
        assert_eq!(redeem(app, &bob, "wrong").await.refusal(400), "卡密不存在");
        assert_eq!(redeem(app, &bob, &keys[1]).await.status, 429);
        app.clock.advance(Duration::from_secs(3600));
        for (person, key) in [(&ada, &keys[1]), (&bob, &keys[2])] {
            assert_eq!(redeem(app, person, key).await.status, 200);
        }
    })
    .await;
}

/// A used or expired code is no guess.
#[tokio::test]
async fn codes_that_exist_are_not_counted() {
    TestApp::run(async |app| {
        let (ada, keys) = (app.log_in("ada@example.com").await, keys(&make(app, &carmi::credits(2, 5)).await));
        for _ in 0..12 {
            redeem(app, &ada, &keys[0]).await;
        }
        assert_eq!(redeem(app, &ada, &keys[1]).await.status, 200);
    })
    .await;
}

/// Who is not logged in learns that, whatever else fails.
#[tokio::test]
async fn identity_comes_first() {
    TestApp::run(async |app| {
        app.stack.wire.plan(Fault::new(FaultKind::FailBefore).on("BatchGetItem").lasting());
        let token = "x".repeat(54);
        for token in ["", token.as_str()] {
            let answer = app.post("/api/use_carmi", token, &serde_json::json!({"carmi": "q1"})).await;
            assert_eq!(answer.refusal(401), "请登陆");
        }
    })
    .await;
}

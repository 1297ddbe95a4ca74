//! An administrator who has the provider asked.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::payments::Change;

use super::{PATH, orders};
use crate::app::{ADMIN, Person, TestApp};
use crate::shop::paying::open_orders;
use crate::shop::{PROVIDERS, asks, collects, connects, order, params, product, sells};
use crate::stranger::Stranger;

/// The sentence, and the order as it is then.
async fn refresh(app: &TestApp, admin: &Person<'_>, id: &str) -> (String, Value) {
    let answer = app.post(&format!("{PATH}/{id}/refresh"), &admin.token, &Value::Null).await;
    (answer.envelope()["message"].as_str().unwrap().to_owned(), answer.data())
}

#[tokio::test]
async fn a_payment_whose_notification_was_lost_is_credited_once() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
            connects(app, provider).await;
            let id = orders(app, &ada, &sells(app).await).await;
            let (said, row) = refresh(app, &admin, &id).await;
            assert_eq!((said.as_str(), &row["trade_status"]), ("尚未支付", &json!("TRADE_AWAIT")), "{provider}");
            assert_eq!((ada.credits().await, open_orders(app, &ada)), (10, 1));

            assert!(app.stack.payments.pay(&id));
            app.clock.advance(Duration::from_secs(1));
            let (said, row) = refresh(app, &admin, &id).await;
            assert_eq!(
                (said.as_str(), &row["trade_status"]),
                ("已支付，本次到账", &json!("TRADE_SUCCESS")),
                "{provider}"
            );
            assert_eq!(row, order(app, &admin, &id).await, "the answer is the order as it is then");
            let paid = row["timeline"].as_array().unwrap().iter().find(|event| event["event"] == "paid").unwrap();
            assert_eq!(paid["text"], "管理员查询得知已付款，已到账");
            let last = row["timeline"].as_array().unwrap().last().unwrap();
            assert_eq!((&last["text"], &last["user_id"]), (&json!("管理员查询：已支付，本次到账"), &json!(admin.id)));

            assert_eq!(refresh(app, &admin, &id).await.0, "已支付，此前已到账", "{provider}");
            assert_eq!(app.stack.payments.deliver(&id, &Change::default()).await.body, "success", "{provider}");
            assert_eq!((ada.credits().await, ada.statement().await.0, open_orders(app, &ada)), (1010, 2, 0));
        })
        .await;
    }
}

#[tokio::test]
async fn a_trade_that_the_provider_has_closed_closes_the_order() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        connects(app, "alipay").await;
        let id = orders(app, &ada, &sells(app).await).await;
        assert!(app.stack.payments.close(&id));
        for _ in 0..2 {
            let (said, row) = refresh(app, &admin, &id).await;
            assert_eq!((said.as_str(), &row["trade_status"]), ("支付平台已关闭交易", &json!("TRADE_CLOSED")));
            assert_eq!((open_orders(app, &ada), ada.credits().await), (0, 10));
        }
    })
    .await;
}

#[tokio::test]
async fn a_payment_after_the_orders_end_is_credited_and_marked_late() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        connects(app, "yipay").await;
        let id = orders(app, &ada, &sells(app).await).await;
        app.clock.advance(Duration::from_secs(121 * 60));
        assert!(app.stack.run_janitor().await.get("error").is_none());
        let (said, row) = refresh(app, &admin, &id).await;
        assert_eq!((said.as_str(), &row["trade_status"]), ("尚未支付", &json!("TRADE_CLOSED")));
        assert!(app.stack.payments.pay(&id));
        let (said, row) = refresh(app, &admin, &id).await;
        assert_eq!(
            (said.as_str(), &row["trade_status"], &row["late"]),
            ("已支付，本次到账", &json!("TRADE_SUCCESS"), &json!(1))
        );
        assert_eq!((ada.credits().await, open_orders(app, &ada)), (1010, 0));
    })
    .await;
}

#[tokio::test]
async fn what_the_provider_cannot_or_will_not_tell_is_said() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        let channel = connects(app, "yipay").await;
        let product_id = sells(app).await;
        let id = orders(app, &ada, &product_id).await;
        app.stack.payments.fail_next(1);
        let (said, row) = refresh(app, &admin, &id).await;
        assert_eq!((said.as_str(), &row["trade_status"]), ("查询失败：支付接口应答状态 502", &json!("TRADE_AWAIT")));
        let last = row["timeline"].as_array().unwrap().last().unwrap();
        assert_eq!(last["text"], "管理员查询：查询失败：支付接口应答状态 502");
        assert_eq!(refresh(app, &admin, &id).await.0, "尚未支付");

        // Money that went back is for the administrator to judge.
        assert!(app.stack.payments.pay(&id));
        assert_eq!(refresh(app, &admin, &id).await.0, "已支付，本次到账");
        assert!(app.stack.payments.refund(&id));
        let (said, row) = refresh(app, &admin, &id).await;
        assert_eq!(said, "异常：支付平台已退款，已到账的积分或会员未自动扣回");
        assert_eq!((&row["trade_status"], ada.credits().await), (&json!("TRADE_SUCCESS"), 1010));

        // PAYJS knows its orders by its own numbers alone.
        app.put("/api/admin/payment", &admin.token, &json!({"id": channel, "status": 0})).await.data();
        connects(app, "jspay").await;
        let mut form = product();
        form["title"] = json!("一千积分[[drop]]");
        let dropped = app.post("/api/admin/products", &admin.token, &form).await.data();
        let wish = json!({"pay_type": "wxpay", "product_id": dropped["id"]});
        assert_eq!(asks(app, &ada, &wish).await.refusal(502), "支付错误，稍后再试");
        let rows = super::list(app, &admin, "?trade_status=TRADE_AWAIT").await.1;
        let (said, _) = refresh(app, &admin, rows[0]["id"].as_str().unwrap()).await;
        assert_eq!(said, "查询失败：没有 PAYJS 的订单号，无法查询");
        for id in ["1", "x", "51370316848435200"] {
            let answer = app.post(&format!("{PATH}/{id}/refresh"), &admin.token, &Value::Null).await;
            assert_eq!(answer.refusal(404), "数据不存在");
        }
    })
    .await;
}

#[tokio::test]
async fn a_provider_that_is_gone_is_said_to_be_out_of_reach() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        let answer = json!({"code": 1, "trade_no": "1", "qrcode": "https://q.example/1"}).to_string();
        let server = Stranger::answering("200 OK", "", &answer).await;
        let mut params = params(app, "yipay");
        params["api"] = json!(server.url());
        collects(app, "yipay", &params).await;
        let id = orders(app, &ada, &sells(app).await).await;
        drop(server);
        let (said, row) = refresh(app, &admin, &id).await;
        assert_eq!((said.as_str(), &row["trade_status"]), ("查询失败：支付接口无法连接", &json!("TRADE_AWAIT")));
        assert_eq!((open_orders(app, &ada), ada.credits().await), (1, 10));
    })
    .await;
}

/// What strangers send never hides what the administrator has done.
#[tokio::test]
async fn questions_are_kept_however_many_forged_notifications_come() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        connects(app, "yipay").await;
        let id = orders(app, &ada, &sells(app).await).await;
        for number in 0..25 {
            let forged = format!("/api/pay/notify/{}/{id}?sign={number}", ["yipay", "alipay"][number % 2]);
            assert_eq!(app.get(&forged, "").await.text(), "fail");
        }
        for _ in 0..3 {
            assert_eq!(refresh(app, &admin, &id).await.0, "尚未支付");
        }
        assert!(app.stack.payments.pay(&id));
        let (said, row) = refresh(app, &admin, &id).await;
        assert_eq!((said.as_str(), ada.credits().await), ("已支付，本次到账", 1010));
        let events = row["timeline"].as_array().unwrap();
        let count = |kind: &str| events.iter().filter(|event| event["event"] == kind).count();
        assert_eq!((count("asked"), count("odd"), count("paid")), (4, 20, 1));
    })
    .await;
}

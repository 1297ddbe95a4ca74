//! Amounts, kinds of signature and names of merchants, in every spelling that means the same.

use testkit::payments::{Change, epay_params};

use crate::app::TestApp;
use crate::shop::paying::{Message, Till, notified, pays};

/// Providers that count in yuan, and what their answers call an amount.
const IN_YUAN: [(&str, &str); 3] = [("alipay", "total_amount"), ("yipay", "money"), ("hpjpay", "total_amount")];

#[tokio::test]
async fn an_amount_is_the_same_with_any_zeros() {
    for (provider, name) in IN_YUAN {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, provider).await, app.log_in("ada@example.com").await);
            let mut credits = 10;
            for amount in ["10", "10.0", "10.000", "010.00", "0010.0000000000"] {
                let told = till.paid_order(&ada).await;
                let change = Change { amount: Some(amount.to_owned()), ..Change::default() };
                assert_eq!(Message::of(app, &told, &change).send(app).await, "success", "{provider}: {amount}");
                let asked = till.paid_order(&ada).await;
                app.stack.payments.says(&asked, name, amount);
                assert_eq!(till.looks(&ada, &asked).await["trade_status"], "TRADE_SUCCESS", "{provider}: {amount}");
                credits += 2000;
                assert_eq!(ada.credits().await, credits, "{provider}: {amount}");
            }
        })
        .await;
    }
}

#[tokio::test]
async fn what_is_no_plain_decimal_of_the_amount_credits_nothing() {
    for (provider, name) in IN_YUAN {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, provider).await, app.log_in("ada@example.com").await);
            let order = till.paid_order(&ada).await;
            for amount in ["10.001", "1e1", "10.00.0", "+10.00", "10,00", "10.00元", "9.999", "10.0000000000001"] {
                let change = Change { amount: Some(amount.to_owned()), ..Change::default() };
                assert_eq!(Message::of(app, &order, &change).send(app).await, "fail", "{provider}: {amount}");
                app.stack.payments.says(&order, name, amount);
                till.refresh(&order).await;
                assert_eq!((ada.credits().await, till.status(&order).await.as_str()), (10, "TRADE_AWAIT"), "{amount}");
            }
            app.stack.payments.says(&order, name, "10.00");
            assert_eq!(till.refresh(&order).await, "已支付，本次到账", "{provider}");
        })
        .await;
    }
}

#[tokio::test]
async fn the_kind_of_signature_is_read_in_any_case() {
    for (provider, kinds) in [("yipay", ["md5", "Md5"]), ("alipay", ["rsa2", "Rsa2"])] {
        TestApp::run(async |app| {
            let (till, ada) = (Till::open(app, provider).await, app.log_in("ada@example.com").await);
            for kind in kinds {
                let order = till.paid_order(&ada).await;
                let message = Message::of(app, &order, &Change::default()).with("sign_type", kind);
                assert_eq!(message.send(app).await, "success", "{provider}: {kind}");
            }
            assert_eq!(ada.credits().await, 2010, "{provider}");
        })
        .await;
    }
}

/// Some epay sites name their merchants in letters.
#[tokio::test]
async fn a_merchant_may_have_letters() {
    TestApp::run(async |app| {
        let (till, ada) = (Till::open(app, "yipay").await, app.log_in("ada@example.com").await);
        for pid in ["shopA", "m-1_b", "007"] {
            let params = epay_params(&app.stack.url(), pid).to_string();
            till.change_channel(serde_json::json!({"params": params})).await;
            let (told, asked) = (till.paid_order(&ada).await, till.order(&ada).await);
            assert_eq!(notified(app, &told).await, "success", "{pid}");
            pays(app, &asked);
            assert_eq!(till.refresh(&asked).await, "已支付，本次到账", "{pid}");
        }
        assert_eq!(ada.credits().await, 6010);
    })
    .await;
}

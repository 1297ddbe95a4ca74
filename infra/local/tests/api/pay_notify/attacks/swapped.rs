//! True notifications in the wrong place, and texts that two notifications share.

use testkit::payments::Change;

use super::{Attack, attack, cheap, check_refused, signature, try_all};
use crate::app::TestApp;
use crate::shop::paying::{Message, PROVIDERS, notified, open_orders};

const AMBIGUOUS: &str = "通知不可信：通知的格式无法识别";

/// Who paid one order cannot have another one credited.
#[tokio::test]
async fn the_payment_of_another_order_is_refused() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let till = cheap(app, provider).await;
            let (ada, mallory) = (app.log_in("ada@example.com").await, app.log_in("mallory@example.com").await);
            let (unpaid, paid) = (till.order(&ada).await, till.paid_order(&mallory).await);
            let address = format!("/api/pay/notify/{provider}/{unpaid}");
            let message = Message::of(app, &paid, &Change::default());
            assert_eq!(message.clone().at(address.clone()).send(app).await, "fail", "{provider}");
            check_refused(&till, &ada, &unpaid, "订单号与本订单不符", provider).await;
            let number = if provider == "hpjpay" { "trade_order_id" } else { "out_trade_no" };
            assert_eq!(message.with(number, &unpaid).at(address.clone()).send(app).await, "fail", "{provider}");
            check_refused(&till, &ada, &unpaid, "通知不可信：通知的签名不正确", provider).await;
            // Credited already, it is no better.
            assert_eq!(notified(app, &paid).await, "success");
            assert_eq!(Message::of(app, &paid, &Change::default()).at(address).send(app).await, "fail");
            assert_eq!((mallory.credits().await, open_orders(app, &ada)), (109, 1));
        })
        .await;
    }
}

/// Names of users, products and quantities that nobody signed.
#[tokio::test]
async fn fields_that_would_move_the_credits_are_refused() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let till = cheap(app, provider).await;
            let more =
                [("user_id", "7"), ("product_id", "7"), ("quantity", "99"), ("integral", "1"), ("channel", "jspay")];
            let attacks = more.map(|(name, value)| {
                attack(name, "通知不可信：通知的签名不正确", move |app, order| {
                    Message::of(app, order, &Change::default()).and(name, value)
                })
            });
            try_all(app, &till, attacks.into()).await;
        })
        .await;
    }
}

/// The signed text is `a=1&b=2`: who can put `&b=2` into a value of theirs could cut it in another place.
#[tokio::test]
async fn a_signed_text_that_can_be_cut_in_two_ways_is_refused() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let till = cheap(app, provider).await;
            try_all(app, &till, of_cuts(provider)).await;
        })
        .await;
    }
}

fn of_cuts(provider: &'static str) -> Vec<Attack> {
    let (number, amount) = match provider {
        "alipay" => ("out_trade_no", "total_amount"),
        "yipay" => ("out_trade_no", "money"),
        "jspay" => ("out_trade_no", "total_fee"),
        _ => ("trade_order_id", "total_fee"),
    };
    let name = match provider {
        "alipay" => "subject",
        "yipay" => "name",
        "jspay" => "attach",
        _ => "order_title",
    };
    let smuggling = move |order: &str, field: &str| {
        let fields = vec![(field.to_owned(), format!("x&{number}={order}&{amount}=0.99"))];
        Change { fields, ..Change::default() }
    };
    let whole = move |field: &'static str| {
        attack(format!("{field} holds other fields"), AMBIGUOUS, move |app: &TestApp, order: &str| {
            Message::of(app, order, &smuggling(order, field))
        })
    };
    // The same signature over the same text, cut where the smuggled fields begin.
    let cut = attack(format!("{name} cut"), AMBIGUOUS, move |app: &TestApp, order: &str| {
        let message = Message::of(app, order, &smuggling(order, name));
        let (rest, sign) = (message.value(number).to_owned(), message.value(signature(provider)).to_owned());
        let message = message.with(name, "x").with(number, &format!("{order}&{amount}=0.99&{number}={rest}"));
        assert_eq!(message.value(signature(provider)), sign);
        message
    });
    // Elsewhere another field stands between the two in the signed text.
    let cut = if provider == "yipay" { vec![cut] } else { Vec::new() };
    [whole(name), whole("param"), whole("body")].into_iter().chain(cut).collect()
}

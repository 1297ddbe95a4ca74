//! Forged and changed notifications: fields, signatures, keys, amounts, states.

use testkit::payments::Change;

use super::{Attack, attack, cheap, signature, try_all};
use crate::app::TestApp;
use crate::shop::paying::{Message, PROVIDERS, Till, pays};

const UNSIGNED: &str = "通知不可信：通知的签名不正确";

#[tokio::test]
async fn a_notification_whose_fields_were_changed_is_refused() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let till = cheap(app, provider).await;
            let attacks = of_fields(app, &till).await;
            try_all(app, &till, attacks).await;
        })
        .await;
    }
}

/// Each field left out, sent twice, and with another value; and one more.
async fn of_fields(app: &TestApp, till: &Till<'_>) -> Vec<Attack> {
    let model = app.log_in("model@example.com").await;
    let order = till.order(&model).await;
    pays(app, &order);
    let mut attacks = vec![attack("an unknown field", UNSIGNED, |app, order| honest(app, order).and("zz", "1"))];
    for (name, value) in honest(app, &order).fields {
        let doubled = format!("通知不可信：通知的字段重复: {name}");
        let twice = name.clone();
        attacks.push(attack(format!("{name} twice"), doubled, move |app, order| honest(app, order).and(&twice, "0")));
        let (verdict, is_free) = verdict_without(till.provider, &name, &value);
        if !is_free {
            let gone = name.clone();
            attacks.push(attack(format!("no {name}"), verdict, move |app, order| honest(app, order).without(&gone)));
        }
        if COUNT.contains(&name.as_str()) {
            attacks.push(attack(format!("another {name}"), UNSIGNED, move |app, order| {
                let message = honest(app, order);
                let value = format!("{}0", message.value(&name));
                message.with(&name, &value)
            }));
        }
    }
    attacks
}

/// The names of what decides: merchants, orders, amounts, states, payments.
const COUNT: [&str; 15] = [
    "app_id",
    "appid",
    "mchid",
    "money",
    "open_order_id",
    "out_trade_no",
    "payjs_order_id",
    "pid",
    "return_code",
    "status",
    "total_amount",
    "total_fee",
    "trade_no",
    "trade_order_id",
    "trade_status",
];

fn honest(app: &TestApp, order: &str) -> Message {
    Message::of(app, order, &Change::default())
}

/// What is said of a notification without a field; and whether nobody needs that field.
fn verdict_without(provider: &str, name: &str, value: &str) -> (String, bool) {
    let missing = |name: &str| format!("通知不可信：通知缺少字段: {name}");
    match (provider, name) {
        (_, name) if name == signature(provider) => (missing(name), false),
        ("alipay", "sign_type") => (missing(name), false),
        // It is neither signed nor needed: there is one kind of signature.
        (_, "sign_type") => (String::new(), true),
        _ => (UNSIGNED.to_owned(), value.is_empty()),
    }
}

#[tokio::test]
async fn a_forged_signature_is_refused() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let till = cheap(app, provider).await;
            try_all(app, &till, of_signatures(provider)).await;
        })
        .await;
    }
}

fn of_signatures(provider: &'static str) -> Vec<Attack> {
    let field = signature(provider);
    let missing = format!("通知不可信：通知缺少字段: {field}");
    let mut attacks = vec![
        attack("an empty signature", missing, move |app, order| honest(app, order).with(field, "")),
        attack("a wrong one", UNSIGNED, |app, order| {
            Message::of(app, order, &Change { wrong_signature: true, ..Change::default() })
        }),
    ];
    for forged in ["0", "null", "true", "[]", "00000000000000000000000000000000"] {
        attacks.push(attack(forged, UNSIGNED, move |app, order| honest(app, order).with(field, forged)));
    }
    if provider == "alipay" {
        for kind in ["RSA", "MD5", "rsa", "NONE"] {
            let what = format!("the kind {kind}");
            attacks.push(attack(what, UNSIGNED, move |app, order| honest(app, order).with("sign_type", kind)));
        }
        return attacks;
    }
    let keys = [
        "",
        "local-epay-key-of-1002",
        "local-payjs-key-of-1530000002",
        "local-xunhupay-key-of-20250100002",
        match provider {
            "yipay" => "local-payjs-key-of-1530000001",
            "jspay" => "local-xunhupay-key-of-20250100001",
            _ => "local-epay-key-of-1001",
        },
    ];
    for key in keys {
        attacks.push(attack(format!("the key {key:?}"), UNSIGNED, move |app, order| {
            Message::of(app, order, &Change { key: Some(key.to_owned()), ..Change::default() })
        }));
    }
    attacks
}

#[tokio::test]
async fn another_merchants_word_is_refused() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let till = cheap(app, provider).await;
            let (field, other, key) = match provider {
                "alipay" => ("app_id", "2021000000000001", None),
                "yipay" => ("pid", "1002", Some("local-epay-key-of-1002")),
                "jspay" => ("mchid", "1530000002", Some("local-payjs-key-of-1530000002")),
                _ => ("appid", "20250100002", Some("local-xunhupay-key-of-20250100002")),
            };
            let said = move |key: Option<&str>| {
                let fields = vec![(field.to_owned(), other.to_owned())];
                Change { fields, key: key.map(str::to_owned), ..Change::default() }
            };
            let merchant = "通知不可信：通知的商户不符";
            let mut attacks =
                vec![attack("by our key", merchant, move |app, order| Message::of(app, order, &said(None)))];
            if key.is_some() {
                attacks.push(attack("by their key", UNSIGNED, move |app, order| Message::of(app, order, &said(key))));
            }
            try_all(app, &till, attacks).await;
        })
        .await;
    }
}

#[tokio::test]
async fn another_amount_is_refused() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let till = cheap(app, provider).await;
            let unreadable = "通知不可信：通知的金额无法识别";
            let other = |yuan: &str| format!("金额不符：应付0.99元，实付{yuan}元");
            // PAYJS counts in fen.
            let amounts = if provider == "jspay" {
                [("1", other("0.01")), ("98", other("0.98")), ("9900", other("99.00")), ("0.99", unreadable.to_owned())]
            } else {
                [("0.01", other("0.01")), ("99", other("99.00")), ("99.0", other("99.00")), ("0.98", other("0.98"))]
            };
            let odd = ["99.0.0", "9.9e1", "-99", "0.991", "+0.99", "NaN", "９９", "99999999999999999999"];
            let mut attacks: Vec<Attack> = Vec::new();
            for (amount, verdict) in amounts.into_iter().chain(odd.map(|amount| (amount, unreadable.to_owned()))) {
                attacks.push(attack(format!("the amount {amount}"), verdict, move |app, order| {
                    Message::of(app, order, &Change { amount: Some(amount.to_owned()), ..Change::default() })
                }));
            }
            try_all(app, &till, attacks).await;
        })
        .await;
    }
}

#[tokio::test]
async fn a_word_that_is_no_payment_is_refused() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let till = cheap(app, provider).await;
            let words = ["PAID", "trade_success", "SUCCESS", "2", "true", "TRADE_SUCCESS1"];
            let attacks = words.map(|word| {
                attack(format!("the word {word}"), format!("支付状态无法识别：{word}"), move |app, order| {
                    Message::of(app, order, &Change { status: Some(word.to_owned()), ..Change::default() })
                })
            });
            try_all(app, &till, attacks.into()).await;
        })
        .await;
    }
}

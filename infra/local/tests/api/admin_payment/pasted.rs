//! RSA keys, in every shape that copying leaves them in: what is saved signs and verifies.

use serde_json::{Value, json};

use super::{PATH, list};
use crate::app::{ADMIN, TestApp};
use crate::shop::paying::notified;
use crate::shop::{asks, channel, params, sells, trade};

/// A key with the armour of its kind, in lines that end so.
fn armoured(label: &str, key: &str, ending: &str, dashes: &str) -> String {
    let lines: Vec<&str> = key.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
    let body = lines.join(ending);
    format!("{dashes}BEGIN {label}{dashes}{ending}{body}{ending}{dashes}END {label}{dashes}{ending}")
}

/// The ways in which a key is pasted.
fn pastes(label: &str, key: &str) -> Vec<(&'static str, String)> {
    let of = |ending: &str, dashes: &str| armoured(label, key, ending, dashes);
    let usual = of("\n", "-----");
    vec![
        ("lines", usual.clone()),
        ("CRLF", of("\r\n", "-----")),
        ("one line", of("", "-----")),
        ("blanks for line breaks", of(" ", "-----")),
        ("spelt line breaks", of("\\n", "-----")),
        ("spelt CRLF", of("\\r\\n", "-----")),
        ("four dashes", of("\n", "----")),
        ("one line, four dashes", of("", "----")),
        ("a word processor's dashes", of("\n", "—–")),
        ("no dashes", of("\n", "")),
        ("no armour", key.to_owned()),
        (
            "no armour, in lines",
            of("\n", "-----").lines().filter(|line| !line.starts_with('-')).collect::<Vec<_>>().join("\n"),
        ),
        ("only the end of the armour", usual.lines().skip(1).collect::<Vec<_>>().join("\n")),
        ("only its beginning", usual.lines().filter(|line| !line.contains("END ")).collect::<Vec<_>>().join("\n")),
        ("no blanks in the armour", of("", "-----").replace(' ', "")),
        ("escaped slashes", usual.replace('/', "\\/")),
        ("no padding", key.trim_end_matches('=').to_owned()),
    ]
}

#[tokio::test]
async fn a_key_is_the_same_however_it_was_pasted() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let fine = params(app, "alipay");
        let (private, public) = (fine["privateKey"].as_str().unwrap(), fine["alipayPublicKey"].as_str().unwrap());
        for ((what, private), (_, public)) in
            pastes("PRIVATE KEY", private).into_iter().zip(pastes("PUBLIC KEY", public))
        {
            let mut pasted = fine.clone();
            (pasted["privateKey"], pasted["alipayPublicKey"]) = (json!(private), json!(public));
            let answer = app.post(PATH, &admin.token, &channel("alipay", &pasted)).await;
            assert_eq!(answer.status, 200, "{what}: {}", answer.text());
            let row = answer.data();
            // The provider takes our signature, and we take its answer's.
            let tried =
                app.post(&format!("{PATH}/{}/test", row["id"].as_str().unwrap()), &admin.token, &Value::Null).await;
            assert_eq!(tried.data()["status"], 1, "{what}: {}", tried.text());
            app.send(hyper::Method::DELETE, &format!("{PATH}/{}", row["id"].as_str().unwrap()), &admin.token, "").await;
        }
        assert_eq!(list(app, &admin).await["count"], 0);
    })
    .await;
}

/// And a payment goes through with them.
#[tokio::test]
async fn an_order_is_paid_with_keys_of_one_line() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        let mut pasted = params(app, "alipay");
        for (name, label) in [("privateKey", "PRIVATE KEY"), ("alipayPublicKey", "PUBLIC KEY")] {
            pasted[name] = json!(armoured(label, pasted[name].as_str().unwrap(), "\\n", "----"));
        }
        app.post(PATH, &admin.token, &channel("alipay", &pasted)).await.data();
        let wish = json!({"pay_type": "alipay", "product_id": sells(app).await, "quantity": 1});
        let order = asks(app, &ada, &wish).await.data()["order_id"].as_str().unwrap().to_owned();
        assert_eq!(trade(app, &order).amount_fen, 1000);
        assert!(app.stack.payments.pay(&order));
        assert_eq!((notified(app, &order).await.as_str(), ada.credits().await), ("success", 1010));
    })
    .await;
}

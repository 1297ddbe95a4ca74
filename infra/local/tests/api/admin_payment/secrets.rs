//! Secrets go in and never come out again: not in an answer, not in the table, not in a log.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use testkit::payments::{epay_params, payjs_params, xunhupay_params};

use super::{PATH, change, list, makes, masked, read_params, secret};
use crate::app::{ADMIN, TestApp};
use crate::books;
use crate::house;
use crate::shop::{PROVIDERS, asks, channel, params, sells, settles, trade};
use crate::stranger::Stranger;

/// What the functions log while this lives, as they do when deployed.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

/// Buys one of a product.
fn wish(product: &str) -> Value {
    json!({"pay_type": "alipay", "product_id": product, "quantity": 1})
}

#[tokio::test]
async fn no_answer_no_item_and_no_log_holds_a_secret() {
    for provider in PROVIDERS {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::INFO);
        let _logged = tracing::subscriber::set_default(subscriber.with_writer(move || writer.clone()).finish());
        TestApp::run(async |app| {
            let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
            let params = params(app, provider);
            let secret = params[secret(provider)].as_str().unwrap();
            let mut answers = vec![app.post(PATH, &admin.token, &channel(provider, &params)).await];
            let row = answers[0].data();
            answers.push(app.get(PATH, &admin.token).await);
            answers.push(app.put(PATH, &admin.token, &row).await);
            let id = row["id"].as_str().unwrap();
            answers.push(app.post(&format!("{PATH}/{id}/test"), &admin.token, &Value::Null).await);
            let product = sells(app).await;
            answers.push(app.get("/api/product", &ada.token).await);
            answers.push(asks(app, &ada, &wish(&product)).await);
            let order = answers[5].data()["order_id"].as_str().unwrap().to_owned();
            answers.push(app.post(&format!("/api/admin/orders/{order}/refresh"), &admin.token, &Value::Null).await);
            assert_eq!(settles(app, &order).await.body, "success");
            answers.push(app.get("/api/admin/orders", &admin.token).await);
            answers.push(app.get(&format!("/api/admin/orders/{order}"), &admin.token).await);
            answers.push(app.get(&format!("/api/pay/order/{order}"), &ada.token).await);
            // What goes wrong is told without it too.
            app.stack.payments.fail_next(2);
            answers.push(asks(app, &ada, &wish(&product)).await);
            answers.push(app.post(&format!("{PATH}/{id}/test"), &admin.token, &Value::Null).await);
            for answer in &answers {
                assert!(!answer.text().contains(secret), "{provider}: {}", answer.text());
            }
            let leaves: Vec<String> = app.table().iter().flat_map(books::leaves).collect();
            assert!(leaves.iter().any(|leaf| leaf == id), "the channel is there");
            for leaf in leaves {
                assert!(!leaf.contains(secret), "{provider}: {leaf}");
                let bytes = STANDARD.decode(&leaf).unwrap_or_default();
                let holds = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(!holds, "{provider}: not sealed in {leaf}");
            }
            assert!(log.text().contains("an order was credited"), "what is logged is heard here: {}", log.text());
            assert!(!log.text().contains(secret), "{provider}: {}", log.text());
        })
        .await;
    }
}

/// The proof is that the provider takes an order that is signed with it.
#[tokio::test]
async fn a_mask_that_comes_back_keeps_the_secret() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
            let product = sells(app).await;
            let row = makes(app, &admin, &channel(provider, &params(app, provider))).await;
            let shown = read_params(&row);
            let secret = secret(provider);
            assert_eq!(shown[secret], masked(params(app, provider)[secret].as_str().unwrap()));
            for kept in [shown[secret].clone(), json!(format!(" {} ", shown[secret].as_str().unwrap()))] {
                let mut sent = shown.clone();
                sent[secret] = kept;
                if provider != "alipay" {
                    sent["return_url"] = json!("https://shop.example.com/done");
                }
                let fields = json!({"name": "改名", "params": sent.to_string()});
                let row = change(app, &admin, &row["id"], fields).await;
                let expected = if provider == "alipay" { Value::Null } else { sent["return_url"].clone() };
                assert_eq!((&row["name"], &read_params(&row)["return_url"]), (&json!("改名"), &expected));
                assert_eq!(read_params(&row)[secret], shown[secret]);
                let order = asks(app, &ada, &wish(&product)).await.data()["order_id"].as_str().unwrap().to_owned();
                assert_eq!(trade(app, &order).amount_fen, 1000, "{provider}");
                assert_eq!(settles(app, &order).await.body, "success", "{provider}");
            }
            assert_eq!(ada.credits().await, 2010, "{provider}");
        })
        .await;
    }
}

#[tokio::test]
async fn a_new_secret_takes_the_old_ones_place() {
    for (provider, merchant) in [("yipay", "pid"), ("jspay", "mchid"), ("hpjpay", "appid")] {
        TestApp::run(async |app| {
            let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
            let (product, url) = (sells(app).await, app.stack.url());
            let row = makes(app, &admin, &channel(provider, &params(app, provider))).await;
            let other = match provider {
                "yipay" => epay_params(&url, "2002"),
                "jspay" => payjs_params(&url, "2002"),
                _ => xunhupay_params(&url, "2002"),
            };
            // Another merchant with the first one's secret: the provider refuses it.
            let mut mixed = other.clone();
            mixed["key"] = read_params(&row)["key"].clone();
            change(app, &admin, &row["id"], json!({"params": mixed.to_string()})).await;
            assert_eq!(asks(app, &ada, &wish(&product)).await.refusal(502), "支付错误，稍后再试", "{provider}");
            let shown = change(app, &admin, &row["id"], json!({"params": other.to_string()})).await;
            assert_eq!(read_params(&shown)["key"], masked(other["key"].as_str().unwrap()));
            assert_eq!(read_params(&shown)[merchant], "2002");
            let order = asks(app, &ada, &wish(&product)).await.data()["order_id"].as_str().unwrap().to_owned();
            assert_eq!(trade(app, &order).merchant, "2002", "{provider}");
            assert_eq!(settles(app, &order).await.body, "success", "{provider}");
        })
        .await;
    }
}

/// Alipay's simulator knows one key only: another one is refused, and the right one works again.
#[tokio::test]
async fn a_new_private_key_takes_the_old_ones_place() {
    TestApp::run(async |app| {
        let (admin, ada, product) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await, sells(app).await);
        let row = makes(app, &admin, &channel("alipay", &params(app, "alipay"))).await;
        let file = house::root().join("shared/payment/tests/vectors/keys.json");
        let keys: Value = serde_json::from_str(&house::read(&file)).unwrap();
        let mut other = params(app, "alipay");
        other["privateKey"] = keys["rsa4096_pkcs8"].clone();
        let shown = change(app, &admin, &row["id"], json!({"params": other.to_string()})).await;
        assert_eq!(read_params(&shown)["privateKey"], masked(other["privateKey"].as_str().unwrap()));
        assert_eq!(asks(app, &ada, &wish(&product)).await.refusal(502), "支付错误，稍后再试");
        change(app, &admin, &row["id"], json!({"params": params(app, "alipay").to_string()})).await;
        let order = asks(app, &ada, &wish(&product)).await.data()["order_id"].as_str().unwrap().to_owned();
        assert_eq!(settles(app, &order).await.body, "success");
        assert_eq!(list(app, &admin).await["count"], 1);
    })
    .await;
}

/// An epay site is sent the key itself, so who does not know it must not choose where it goes.
#[tokio::test]
async fn a_kept_secret_goes_to_no_other_address() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let admin = app.log_in(ADMIN).await;
            let row = makes(app, &admin, &channel(provider, &params(app, provider))).await;
            let server = Stranger::answering("200 OK", "", "{}").await;
            let mut moved = read_params(&row);
            moved["api"] = json!(server.url());
            let form = json!({"id": row["id"], "params": moved.to_string()});
            let answer = app.put(PATH, &admin.token, &form).await;
            assert_eq!(answer.refusal(400), "更换接口地址时，请重新填写密钥", "{provider}");
            let path = format!("{PATH}/{}/test", row["id"].as_str().unwrap());
            app.post(&path, &admin.token, &Value::Null).await.data();
            assert_eq!(
                (list(app, &admin).await["rows"][0].clone(), server.seen().len()),
                (row.clone(), 0),
                "{provider}"
            );
            // Who knows it may.
            let mut whole = params(app, provider);
            whole["api"] = moved["api"].clone();
            change(app, &admin, &row["id"], json!({"params": whole.to_string()})).await;
            app.post(&path, &admin.token, &Value::Null).await.data();
            assert_eq!(server.seen().len(), 1, "{provider}");
        })
        .await;
    }
}

/// The deployment's secret was lost: nothing is ordered with keys that nobody can read, and they can be typed anew.
#[tokio::test]
async fn keys_that_do_not_open_any_more_can_be_typed_anew() {
    TestApp::run(async |app| {
        let (admin, ada, product) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await, sells(app).await);
        let row = makes(app, &admin, &channel("yipay", &params(app, "yipay"))).await;
        let id = row["id"].as_str().unwrap();
        let garbled = json!({
            "TableName": app.stack.environment("shop").text("TABLE_NAME").unwrap(),
            "Key": {"pk": {"S": "shop"}, "sk": {"S": format!("channel#{id}")}},
            "UpdateExpression": "SET sealed = :other",
            "ConditionExpression": "attribute_exists(sealed)",
            "ExpressionAttributeValues": {":other": {"B": STANDARD.encode([7; 64])}},
        });
        assert_eq!(app.stack.dynamo.execute("UpdateItem", garbled.to_string().as_bytes()).0, 200);
        assert_eq!(asks(app, &ada, &wish(&product)).await.refusal(502), "支付错误，稍后再试");
        let is_order = |item: &serde_json::Map<String, Value>| item["pk"].as_str().unwrap().starts_with("order#");
        assert!(!app.table().iter().any(is_order), "an order that nobody can be asked for");
        let answer = app.post(&format!("{PATH}/{id}/test"), &admin.token, &Value::Null).await;
        let expected = json!({"status": 0, "reason": "渠道密钥无法解密，请重新填写"});
        assert_eq!(answer.data(), expected);
        // What is shown stands for nothing any more.
        let form = json!({"id": id, "params": row["params"]});
        let refused = app.put(PATH, &admin.token, &form).await.refusal(400);
        assert_eq!(refused, "密钥不能包含 *，请填写完整的密钥(key)");
        change(app, &admin, &row["id"], json!({"params": params(app, "yipay").to_string()})).await;
        let order = asks(app, &ada, &wish(&product)).await.data()["order_id"].as_str().unwrap().to_owned();
        assert_eq!(settles(app, &order).await.body, "success");
    })
    .await;
}

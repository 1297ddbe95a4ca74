//! Addresses to pay at, in every shape in which providers write them.

use hyper::Method;

use super::{id_of, sells_as, wish};
use crate::app::{ADMIN, TestApp};
use crate::shop::{PROVIDERS, asks};

const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1";

#[tokio::test]
async fn an_address_is_resolved_and_encoded_before_it_is_handed_on() {
    for provider in PROVIDERS {
        for (link, query) in [("path", ""), ("host", ""), ("odd", "?name=%E4%B8%80%20%E5%8F%AA")] {
            TestApp::run(async |app| {
                let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
                let product = sells_as(app, &admin, provider, &format!("一千积分[[link={link}]]")).await;
                for user_agent in ["", PHONE] {
                    let headers = [("token", ada.token.as_str()), ("user-agent", user_agent)];
                    let body = wish(&product).to_string();
                    let made = app.http.send(Method::POST, "/api/pay/precreate", &headers, body).await.data();
                    // On a desktop xunhupay's is read from a picture, whose own address was written so.
                    let query = if provider == "hpjpay" && user_agent.is_empty() { "" } else { query };
                    let page = format!("{}/_local/pay/{}{query}", app.stack.url(), id_of(&made));
                    assert_eq!(made["pay_url"], page, "{provider}, {link}, {user_agent}");
                }
            })
            .await;
        }
    }
}

#[tokio::test]
async fn an_address_inside_a_network_is_not_handed_on() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
            let product = sells_as(app, &admin, provider, "一千积分[[link=private]]").await;
            let refused = asks(app, &ada, &wish(&product)).await;
            assert_eq!(refused.refusal(502), "支付错误，稍后再试", "{provider}");
            assert!(!refused.text().contains("10.0.0.1"), "{provider}");
        })
        .await;
    }
}

/// Some epay sites put all but their code under `data`.
#[tokio::test]
async fn an_address_under_data_is_found() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        let product = sells_as(app, &admin, "yipay", "一千积分[[nested]][[link=path]]").await;
        let made = asks(app, &ada, &wish(&product)).await.data();
        assert_eq!(made["pay_url"], format!("{}/_local/pay/{}", app.stack.url(), id_of(&made)));
    })
    .await;
}

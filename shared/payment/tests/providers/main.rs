//! The four providers as scripted servers on this machine: what they are sent, what is made of their answers, and what
//! neither hostile answers nor forged notifications can do.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the exception for tests does not reach the functions that tests share"
)]

mod alipay;
mod attacks;
mod epay;
mod payjs;
mod server;
mod signing;
mod trouble;
mod xunhupay;

use std::future::Future;
use std::time::Duration;

use payment::{Asked, Client, Device, Failure, Fen, Loopback, Offer, Order, Params, PayType, Provider, Report};
use serde_json::{Value, json};
use server::Server;
use tokio::time::Instant;

const NUMBER: &str = "51370316848435200";
const KEY: &str = "k9Xw2mQ7tR4vB8nZ";
/// 2025-01-02 03:04:05 in China.
const NOW: i64 = 1_735_758_245_678;

/// Runs one test's future on a runtime like the one of a function.
fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// An account at a provider that lives at this address.
fn params(provider: Provider, api: &str) -> Params {
    let typed = match provider {
        Provider::Alipay => json!({
            "appId": signing::APP_ID,
            "privateKey": signing::vector("alipay.json", "/keys/app_private_pkcs8"),
            "alipayPublicKey": signing::vector("alipay.json", "/keys/alipay_public_spki"),
            "api": format!("{api}/gateway.do"),
        }),
        Provider::Epay => json!({ "pid": "1001", "key": KEY, "api": api, "return_url": "https://shop.example.com/r" }),
        Provider::PayJs => json!({ "mchid": "1530000001", "key": KEY, "api": api }),
        Provider::Xunhupay => json!({ "appid": "20250100001", "key": KEY, "api": api }),
    };
    Params::parse(provider, &typed.to_string(), Loopback::Allow).unwrap()
}

fn order() -> Order<'static> {
    Order {
        number: NUMBER,
        amount: Fen::new(8_888).unwrap(),
        title: "会员 A&B=C",
        pay_type: PayType::Alipay,
        notify_url: "https://shop.example.com/api/pay/notify/x/51370316848435200",
        client_ip: "203.0.113.9",
        device: Device::Desktop,
        now: NOW,
        nonce: "0123456789abcdef",
    }
}

fn asked() -> Asked<'static> {
    Asked { number: NUMBER, provider_number: Some("2025010203041500812345678"), now: NOW, nonce: "abcdef0123456789" }
}

/// A client that may call this machine.
fn client() -> Client {
    Client::new(outbound::Client::new(Loopback::Allow).unwrap())
}

/// Longer than any answer that comes takes, on any machine.
const PATIENT_MILLIS: u64 = 60_000;

fn create_within(provider: Provider, api: &str, order: &Order<'_>, millis: u64) -> Result<Offer, Failure> {
    run(async {
        let until = Instant::now() + Duration::from_millis(millis);
        client().create(provider, &params(provider, api), order, until).await
    })
}

fn create(provider: Provider, server: &Server, order: &Order<'_>) -> Result<Offer, Failure> {
    create_within(provider, &server.url, order, PATIENT_MILLIS)
}

fn query_within(provider: Provider, api: &str, millis: u64) -> Result<Report, Failure> {
    run(async {
        let until = Instant::now() + Duration::from_millis(millis);
        client().query(provider, &params(provider, api), &asked(), until).await
    })
}

fn query(provider: Provider, server: &Server) -> Result<Report, Failure> {
    query_within(provider, &server.url, PATIENT_MILLIS)
}

/// The members of an object of texts and numbers, as the pairs that are signed.
fn pairs(object: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    object.as_object().unwrap().iter().map(|(name, value)| (name.clone(), text(value))).collect()
}

/// The work may be awaited inside the body of an answer, which may move between threads.
const _: () = {
    const fn is_send<T: Send>(_: &T) {}
    fn works(client: &Client, params: &Params, order: &Order<'_>, asked: &Asked<'_>, until: Instant) {
        is_send(&client.create(Provider::Epay, params, order, until));
        is_send(&client.query(Provider::Epay, params, asked, until));
    }
    let _ = works;
};

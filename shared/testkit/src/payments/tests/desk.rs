//! The pages for people, and what is sent from them.

use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio::task::JoinSet;

use super::*;
use crate::testing::serve;

/// A merchant on this machine that answers `says` and keeps what it is told.
async fn merchant(says: &'static str) -> (String, Arc<Mutex<Vec<String>>>, JoinSet<()>) {
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let hearing = Arc::clone(&heard);
    let (address, server) = serve(move |request: Request<Bytes>| {
        let body = String::from_utf8(request.body().to_vec()).unwrap();
        lock(&hearing).push(format!("{} {} {body}", request.method(), request.uri()));
        async move { Response::new(UpstreamBody::text(says.to_owned())) }
    })
    .await;
    (format!("http://{address}/n"), heard, server)
}

/// A trade `42` at epay whose merchant is at `notify_url`.
async fn trade_at(notify_url: &str, name: &str) -> Payments {
    let payments = payments();
    let form = epay_signed(with(epay("42", name), "notify_url", notify_url));
    assert_eq!(ask(&payments, "/epay/mapi.php", &form).await["code"], 1);
    payments
}

async fn act(payments: &Payments, path: &str, form: &str) -> (StatusCode, Value) {
    let mut request = post(path, form.to_owned());
    request.headers_mut().insert("accept", "application/json".parse().unwrap());
    let answer = payments.answer(request, URL).await;
    (answer.status(), serde_json::from_str(&text(answer).await).unwrap())
}

#[tokio::test]
async fn a_person_pays_with_one_button() {
    let (address, heard, _server) = merchant("success").await;
    let payments = trade_at(&address, "VIP <b>").await;
    let page = text(payments.answer(get("/42"), URL).await).await;
    assert!(page.contains("易支付") && page.contains("¥ 12.50") && page.contains("待支付"), "{page}");
    assert!(page.contains("VIP &lt;b&gt;") && page.contains("formaction=\"/_local/pay/42/pay\""), "{page}");

    let answer = payments.answer(post("/42/pay", ""), URL).await;
    assert_eq!(
        (answer.status(), &answer.headers()["location"]),
        (StatusCode::SEE_OTHER, &"http://127.0.0.1:3200/_local/pay/42".parse().unwrap())
    );
    assert!(lock(&heard)[0].starts_with("GET /n?pid=1001&"), "{heard:?}");
    let page = text(payments.answer(get("/42"), URL).await).await;
    assert!(page.contains("已支付") && page.contains("200 success") && page.contains("42/refund"), "{page}");
    let trade = payments.trades().remove(0);
    assert_eq!((trade.state, trade.deliveries.len()), (State::Paid, 1));
    assert!(trade.deliveries[0].accepted());
}

#[tokio::test]
async fn programs_are_told_what_came_of_it() {
    let (address, heard, _server) = merchant("fail").await;
    let payments = trade_at(&address, "VIP").await;
    assert_eq!(act(&payments, "/42/refund", "").await, (StatusCode::CONFLICT, json!({"state": "waiting", "sent": []})));
    let fail = json!({"status": 200, "body": "fail"});
    let paid = act(&payments, "/42/pay", "repeat=2&amount=0.01&fields=pid%3D1002").await;
    assert_eq!(paid, (StatusCode::OK, json!({"state": "paid", "sent": [fail, fail]})));
    assert!(lock(&heard).iter().all(|it| it.contains("pid=1002&") && it.contains("&money=0.01&")), "{heard:?}");
    let lost = act(&payments, "/42/notify", "lost=1").await;
    assert_eq!(lost, (StatusCode::OK, json!({"state": "paid", "sent": []})));
    // An epay site says nothing of money that it sends back.
    assert_eq!(act(&payments, "/42/refund", "").await.1, json!({"state": "refunded", "sent": []}));
    assert_eq!(lock(&heard).len(), 2);
    assert!(payments.trades()[0].deliveries.iter().all(|delivery| !delivery.accepted()));
    assert_eq!(act(&payments, "/43/pay", "").await.0, StatusCode::NOT_FOUND);
    assert_eq!(act(&payments, "/42/eat", "").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_late_notification_comes_by_itself() {
    let (address, heard, _server) = merchant("success").await;
    let payments = trade_at(&address, "VIP").await;
    assert_eq!(act(&payments, "/42/pay", "late=1").await.1, json!({"state": "paid", "sent": []}));
    assert!(lock(&heard).is_empty());
    tokio::time::timeout(Duration::from_secs(10), async {
        while payments.trades()[0].deliveries.is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .unwrap();
    assert_eq!(lock(&heard).len(), 1);
}

#[tokio::test]
async fn notifications_stay_on_this_machine() {
    for (address, why) in [
        ("http://192.0.2.1/n", "127.0.0.1 and localhost only"),
        ("http://127.0.0.1.example.com/n", "127.0.0.1 and localhost only"),
        ("http://127.0.0.1@192.0.2.1/n", "127.0.0.1 and localhost only"),
        ("https://127.0.0.1/n", "not an http address"),
    ] {
        let payments = trade_at(address, "VIP").await;
        let delivery = payments.deliver("42", &Change::default()).await;
        assert_eq!(delivery.status, 0);
        assert!(delivery.body.contains(why), "{delivery:?}");
    }
}

#[tokio::test]
async fn no_answer_is_noted_too() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/n", listener.local_addr().unwrap());
    let payments = trade_at(&address, "VIP").await;
    let change = Change::default();
    let ends = tokio::join!(payments.deliver("42", &change), async {
        drop(listener.accept().await.unwrap());
    });
    assert_eq!(ends.0.status, 0);
    assert_eq!(payments.trades()[0].deliveries, [ends.0]);
}

#[tokio::test]
async fn orders_are_listed_newest_first() {
    let payments = payments();
    let empty = text(payments.answer(get("/_local/pay"), URL).await).await;
    assert!(empty.contains("还没有订单"), "{empty}");
    for number in ["1", "2"] {
        ask(&payments, "/epay/mapi.php", &epay(number, "VIP")).await;
    }
    let page = text(payments.answer(get("/_local/pay"), URL).await).await;
    assert!(page.find("/_local/pay/2\"").unwrap() < page.find("/_local/pay/1\"").unwrap(), "{page}");
    let request = Request::get("/").header("accept", "application/json").body(Bytes::new()).unwrap();
    let listed: Value = serde_json::from_str(&text(payments.answer(request, URL).await).await).unwrap();
    assert_eq!(
        (&listed[0]["number"], &listed[0]["amount"], &listed[0]["state"]),
        (&"2".into(), &"12.50".into(), &"waiting".into())
    );
    assert_eq!(payments.answer(get("/3"), URL).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn odd_numbers_have_pages_of_their_own() {
    let payments = payments();
    ask(&payments, "/xunhupay/payment/do.html", &xunhupay("a/b?c#%20", "VIP")).await;
    let page = super::address("", "a/b?c#%20");
    assert_eq!(page, "/_local/pay/a%2Fb%3Fc%23%2520");
    assert_eq!(payments.answer(get(&page), URL).await.status(), StatusCode::OK);
}

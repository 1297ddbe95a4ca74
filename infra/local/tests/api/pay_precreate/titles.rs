//! Titles that people write, through the signatures of all providers and back.

use serde_json::json;

use super::{id_of, wish};
use crate::app::{ADMIN, TestApp};
use crate::shop::{PROVIDERS, asks, connects, product, settles, trade};

/// As administrators type them, and as they are kept.
const TITLES: [(&str, &str); 10] = [
    ("🚀尝鲜🎉", "🚀尝鲜🎉"),
    ("🎉🎉🎉", "🎉🎉🎉"),
    ("A&B=C/D?E#F%20+g", "A&B=C/D?E#F%20+g"),
    ("引号\"'`和\\反斜杠\\\\", "引号\"'`和\\反斜杠\\\\"),
    ("<b>粗</b>体<img src=x>", "粗体"),
    ("3 < 5 & 7 > 2", "3 &lt; 5 & 7 &gt; 2"),
    ("1&total_fee=1&out_trade_no=1&sign=x", "1&total_fee=1&out_trade_no=1&sign=x"),
    ("{\"subject\":\"x\"}", "{\"subject\":\"x\"}"),
    ("　全角　空格　", "全角　空格"),
    ("e\u{301}té — ½", "e\u{301}té — ½"),
];

#[tokio::test]
async fn any_title_is_bought_and_paid_at_any_provider() {
    for provider in PROVIDERS {
        TestApp::run(async |app| {
            let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
            connects(app, provider).await;
            let (long, wide) = ("长".repeat(50), "🎉".repeat(50));
            let titles = TITLES.into_iter().chain([(long.as_str(), long.as_str()), (wide.as_str(), wide.as_str())]);
            let mut bought = Vec::new();
            for (typed, kept) in titles {
                let mut form = product();
                form["title"] = json!(typed);
                let row = app.post("/api/admin/products", &admin.token, &form).await.data();
                assert_eq!(row["title"], kept, "{typed}");
                let answer = asks(app, &ada, &wish(row["id"].as_str().unwrap())).await;
                assert_eq!(answer.status, 200, "{provider}, {typed}: {}", answer.text());
                let id = id_of(&answer.data());
                let trade = trade(app, &id);
                assert!(!trade.title.is_empty() && trade.amount_fen == 1000, "{provider}, {typed}: {trade:?}");
                let delivery = settles(app, &id).await;
                assert_eq!((delivery.status, delivery.body.as_str()), (200, "success"), "{provider}, {typed}");
                bought.insert(0, ("1000积分".to_owned(), format!("购买-{kept}")));
            }
            let (count, rows) = ada.statement().await;
            assert_eq!((count, &rows[..12]), (13, &bought[..]), "{provider}");
            assert_eq!(ada.credits().await, 12_010, "{provider}");
        })
        .await;
    }
}

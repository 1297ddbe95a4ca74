//! `GET /api/turnover`

use serde_json::Value;

use crate::app::TestApp;

#[tokio::test]
async fn pages_are_exact_and_newest_first() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        for credits in 1..=24 {
            ada.is_given(credits);
        }
        let page = async |query: &str| app.get(&format!("/api/turnover{query}"), &ada.token).await.data();
        let values = |data: &Value| -> Vec<String> {
            data["rows"].as_array().unwrap().iter().map(|row| row["value"].as_str().unwrap().to_owned()).collect()
        };
        let first = page("").await;
        assert_eq!(first["count"], 25);
        let expected: Vec<String> = (15..=24).rev().map(|credits| format!("{credits}积分")).collect();
        assert_eq!(values(&first), expected);
        assert_eq!(values(&page("?page=3&pageSIze=10").await), ["4积分", "3积分", "2积分", "1积分", "10积分"]);
        assert!(values(&page("?page=4&page_size=10").await).is_empty());
        assert_eq!(values(&page("?page=undefined&page_size=1000").await).len(), 25);
        assert_eq!(values(&page("?page=0&pageSize=-1").await), expected);
        assert_eq!(page("?page=18446744073709551615&page_size=100").await["rows"], Value::Array(vec![]));
        let oldest = &page("?page=25&page_size=1").await["rows"][0];
        assert_eq!(oldest["describe"], "注册奖励");
        assert_eq!(oldest["user_id"], ada.id.as_str());
        assert_eq!(oldest["create_time"], "2026-01-01 08:00:00");
        assert!(oldest["id"].is_string());
    })
    .await;
}

#[tokio::test]
async fn nobody_sees_the_rows_of_others() {
    TestApp::run(async |app| {
        let (ada, bob) = (app.log_in("ada@example.com").await, app.log_in("bob@example.com").await);
        ada.is_given(7);
        assert_eq!(bob.statement().await.0, 1);
        let query = format!("/api/turnover?user_id={}", ada.id);
        assert_eq!(app.get(&query, &bob.token).await.data()["count"], 1);
    })
    .await;
}

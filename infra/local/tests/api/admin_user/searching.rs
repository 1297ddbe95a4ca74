//! Users by the beginning of their account.

use serde_json::json;

use super::{accounts, create, delete};
use crate::app::{ADMIN, TestApp};

#[tokio::test]
async fn a_prefix_finds_who_begins_so_and_nobody_else() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let all = ["ada@example.com", "ADA+Tag@Example.com", "a%b@example.com", "a#b@example.com", "bob@example.com"];
        for account in all {
            create(app, &admin, account).await;
        }
        let cases: [(&str, &[&str]); 14] = [
            ("a", &["a#b@example.com", "a%b@example.com", "ada+tag@example.com", "ada@example.com", ADMIN]),
            ("ad", &["ada+tag@example.com", "ada@example.com", ADMIN]),
            ("ADA", &["ada+tag@example.com", "ada@example.com"]),
            ("ada@", &["ada@example.com"]),
            ("ada+tag@", &["ada+tag@example.com"]),
            ("ada%2Btag@", &["ada+tag@example.com"]),
            ("%20ada%2Bt", &["ada+tag@example.com"]),
            ("a%25", &["a%b@example.com"]),
            ("a%23b", &["a#b@example.com"]),
            ("bob@example.com", &["bob@example.com"]),
            ("bob@example.com.", &[]),
            ("%F0%9F%98%80", &[]),
            ("da", &[]),
            ("%", &[]),
        ];
        for (prefix, expected) in cases {
            let (count, found) = accounts(app, &admin, &format!("?account={prefix}")).await;
            assert_eq!((usize::try_from(count).unwrap(), &found), (expected.len(), &owned(expected)), "{prefix}");
        }
        let long = "a".repeat(5_000);
        assert_eq!(accounts(app, &admin, &format!("?account={long}")).await, (0, vec![]));
    })
    .await;
}

#[tokio::test]
async fn pages_are_exact_in_the_order_of_the_accounts() {
    TestApp::run(async |app| {
        let admin = app.log_in(ADMIN).await;
        let mut expected = Vec::new();
        let mut ids = Vec::new();
        for number in (0..25).rev() {
            let account = format!("user{number:02}@example.com");
            ids.insert(0, create(app, &admin, &account).await);
            expected.insert(0, account);
        }
        // So that the markers fill three megabytes.
        for account in &expected {
            pad(app, account);
        }
        assert_eq!(accounts(app, &admin, "?account=user").await, (25, expected[..10].to_vec()));
        assert_eq!(accounts(app, &admin, "?account=user&page=2").await, (25, expected[10..20].to_vec()));
        assert_eq!(accounts(app, &admin, "?account=user&page=3").await, (25, expected[20..].to_vec()));
        assert_eq!(accounts(app, &admin, "?account=user&page=4").await, (25, vec![]));
        assert_eq!(accounts(app, &admin, "?account=user&page=18446744073709551615").await, (25, vec![]));
        assert_eq!(accounts(app, &admin, "?account=user1&page_size=3").await, (10, expected[10..13].to_vec()));
        assert_eq!(delete(app, &admin, &ids[11]).await.data(), 1);
        expected.remove(11);
        assert_eq!(accounts(app, &admin, "?account=user&page=2").await, (24, expected[10..20].to_vec()));
    })
    .await;
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// Makes a marker large.
fn pad(app: &TestApp, account: &str) {
    let body = json!({
        "TableName": app.stack.environment("auth").text("TABLE_NAME").unwrap(),
        "Key": {"pk": {"S": "accounts"}, "sk": {"S": account}},
        "UpdateExpression": "SET padding = :x",
        "ExpressionAttributeValues": {":x": {"S": "x".repeat(120_000)}},
    });
    let (status, answer) = app.stack.dynamo.execute("UpdateItem", body.to_string().as_bytes());
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
}

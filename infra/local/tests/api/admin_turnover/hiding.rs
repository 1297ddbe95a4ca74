//! Rows leave the lists and statements; credits and sums stay.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{give, hide, page, row_ids, values};
use crate::app::{ADMIN, Person, TestApp};

/// The values of all pages of a statement, one after the other; each but the last is full, and each has the same count.
async fn statement(app: &TestApp, person: &Person<'_>, size: usize, count: usize) -> Vec<String> {
    let mut read = Vec::new();
    for number in 1..=count.div_ceil(size) + 1 {
        let query = format!("/api/turnover?page={number}&page_size={size}");
        let data = app.get(&query, &person.token).await.data();
        assert_eq!(data["count"], count, "{query}");
        let rows = values(&data);
        assert_eq!(rows.len(), size.min(count - read.len()), "{query}");
        read.extend(rows);
    }
    read
}

#[tokio::test]
async fn a_row_is_hidden_once_and_the_credits_stay() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        give(app, &ada, 3);
        let ids = row_ids(app, &ada).await;
        assert_eq!(hide(app, &admin, &ids[1]).await.envelope(), json!({"code": 0, "data": 1, "message": ""}));
        assert_eq!(hide(app, &admin, &ids[1]).await.data(), 0);
        assert_eq!(hide(app, &admin, "7").await.data(), 0);
        assert_eq!(hide(app, &admin, "x").await.refusal(404), "数据不存在");
        assert_eq!(hide(app, &ada, &ids[0]).await.refusal(403), "拒绝访问");

        assert_eq!((ada.credits().await, statement(app, &ada, 10, 3).await), (16, texts(&[3, 1, 10])));
        assert_eq!(values(&page(app, &admin, "").await)[..2], texts(&[3, 1]));
        assert_eq!(page(app, &admin, "").await["count"], 4);
        // Later rows take the next ordinals.
        ada.chat("hi [[usage=100,50]]").await;
        assert_eq!((ada.credits().await, statement(app, &ada, 2, 4).await), (14, texts(&[-2, 3, 1, 10])));
    })
    .await;
}

fn texts(credits: &[i64]) -> Vec<String> {
    credits.iter().map(|credits| format!("{credits}积分")).collect()
}

#[tokio::test]
async fn statements_have_no_holes_wherever_rows_are_hidden() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        give(app, &ada, 12);
        let ids = row_ids(app, &ada).await;
        let mut left: Vec<(String, String)> =
            ids.into_iter().zip(texts(&[12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 10])).collect();
        // At the borders of pages of three, side by side, the newest, the oldest, and then all that is left.
        for place in [2, 2, 4, 4, 0, 8, 4, 1, 0, 0, 1, 1, 0] {
            let (id, _) = left.remove(place.min(left.len() - 1));
            assert_eq!(hide(app, &admin, &id).await.data(), 1);
            let expected: Vec<String> = left.iter().map(|(_, value)| value.clone()).collect();
            for size in [1, 3, 100] {
                assert_eq!(statement(app, &ada, size, left.len()).await, expected, "{size} a page");
            }
        }
        assert!(left.is_empty());
        assert_eq!(ada.credits().await, 10 + 78);
        let query = format!("?user_id={}", ada.id);
        assert_eq!(page(app, &admin, &query).await, json!({"count": 0, "rows": []}));
        ada.chat("hi [[usage=100,50]]").await;
        assert_eq!(statement(app, &ada, 10, 1).await, ["-2积分"]);
    })
    .await;
}

/// Rows of one user and the same row twenty times, all at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_once_each_row_is_hidden_once() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        give(app, &ada, 4);
        let ids = row_ids(app, &ada).await;
        let same = join_all((0..20).map(|_| hide(app, &admin, &ids[0])));
        let others = join_all(ids[1..4].iter().map(|id| hide(app, &admin, id)));
        let (same, others, turn) = tokio::join!(same, others, ada.chat("hi [[usage=100,50]]"));
        let hidden = |answers: &[crate::http::Answer]| answers.iter().filter(|answer| answer.data() == 1).count();
        assert_eq!((hidden(&same), hidden(&others), turn.cost()), (1, 3, 2));
        assert_eq!((ada.credits().await, statement(app, &ada, 10, 2).await), (18, texts(&[-2, 10])));
    })
    .await;
}

/// As many hidden rows as a user can have; one more is refused and changes nothing.
#[tokio::test]
async fn the_hidden_rows_of_a_user_are_bounded() {
    TestApp::run(async |app| {
        let (admin, ada) = (app.log_in(ADMIN).await, app.log_in("ada@example.com").await);
        let id = row_ids(app, &ada).await.remove(0);
        let execute = |operation: &str, rest: Value| {
            let mut body = json!({"TableName": app.stack.environment("auth").text("TABLE_NAME").unwrap()});
            body.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            let (status, answer) = app.stack.dynamo.execute(operation, body.to_string().as_bytes());
            assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
        };
        let key = json!({"pk": {"S": format!("ledger#{}", ada.id)}, "sk": {"S": "hidden"}});
        let mut item = key.clone();
        let ordinals: Vec<String> = (1..=5_000).map(|ordinal| (ordinal + 1_000).to_string()).collect();
        item["ordinals"] = json!({"NS": ordinals});
        item["v"] = json!({"N": "1"});
        execute("PutItem", json!({"Item": item}));
        assert_eq!(hide(app, &admin, &id).await.refusal(400), "该用户已删除的消费记录过多，不能再删除");
        assert_eq!(ada.statement().await.0, 1);
        execute("DeleteItem", json!({"Key": key}));
        assert_eq!(hide(app, &admin, &id).await.data(), 1);
        assert_eq!(ada.statement().await.0, 0);
    })
    .await;
}

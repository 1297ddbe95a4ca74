//! `GET /api/images`

use std::time::Duration;

use serde_json::{Value, json};

use crate::app::{ADMIN, TestApp};
use crate::pictures::ids;

async fn gallery(app: &TestApp, query: &str) -> (u64, Vec<Value>) {
    let data = app.get(&format!("/api/images?{query}"), "").await.data();
    (data["count"].as_u64().unwrap(), data["rows"].as_array().unwrap().clone())
}

#[tokio::test]
async fn people_page_through_their_own() {
    TestApp::run(async |app| {
        let (ada, bob) = (app.log_in("ada@example.com").await, app.log_in("bob@example.com").await);
        ada.is_given(100);
        assert_eq!(ada.pictures(app, "").await, (0, vec![]));
        let mut drawn = Vec::new();
        for count in [3, 1, 3] {
            drawn.extend(ada.draws(app, "a cat", count).await);
            app.clock.advance(Duration::from_secs(60));
        }
        bob.draws(app, "a dog", 1).await;
        let newest_first: Vec<&str> = ids(&drawn).into_iter().rev().collect();
        let (count, rows) = ada.pictures(app, "&page_size=100").await;
        assert_eq!((count, ids(&rows)), (7, newest_first.clone()));
        assert_eq!(rows[0]["create_time"], "2026-01-01 08:02:00");
        for size in [1, 2, 3, 7] {
            let mut seen = Vec::new();
            for page in 1..=7_usize.div_ceil(size) {
                let (count, rows) = ada.pictures(app, &format!("&page={page}&pageSIze={size}")).await;
                assert_eq!((count, rows.len()), (7, size.min(7 - seen.len())), "page {page} of {size}");
                seen.extend(ids(&rows).into_iter().map(str::to_owned));
            }
            assert_eq!(seen, newest_first, "pages of {size}");
            let beyond = format!("&page={}&page_size={size}", 8_usize.div_ceil(size) + 1);
            assert_eq!(ada.pictures(app, &beyond).await, (7, vec![]));
        }
        assert_eq!(ids(&bob.pictures(app, "").await.1).len(), 1);
        // Holes that deletions leave are no rows.
        for place in [0, 3, 6] {
            let body = json!({"id": drawn[place]["id"], "status": 0});
            app.put("/api/images", &ada.token, &body).await.data();
        }
        let left: Vec<&str> = [5, 4, 2, 1].map(|place| drawn[place]["id"].as_str().unwrap()).to_vec();
        assert_eq!(ids(&ada.pictures(app, "").await.1), left);
        assert_eq!(ids(&ada.pictures(app, "&page=2&page_size=2").await.1), left[2..]);
        assert_eq!(ada.pictures(app, "").await.0, 4);
    })
    .await;
}

#[tokio::test]
async fn ones_own_list_needs_a_session() {
    TestApp::run(async |app| {
        for token in ["", "undefined", "x"] {
            assert_eq!(app.get("/api/images?type=me", token).await.refusal(401), "请登陆");
            assert_eq!(app.get("/api/images", token).await.data(), json!({"count": 0, "rows": []}));
        }
        let ada = app.log_in("ada@example.com").await;
        app.ban(&ada);
        assert_eq!(app.get("/api/images?type=me", &ada.token).await.refusal(401), "请登陆");
    })
    .await;
}

#[tokio::test]
async fn everybody_sees_what_is_published_and_nothing_of_its_people() {
    TestApp::run(async |app| {
        let (ada, bob) = (app.log_in("ada@example.com").await, app.log_in("bob@example.com").await);
        let admin = app.log_in(ADMIN).await;
        ada.is_given(100);
        let mut published = Vec::new();
        for (person, place) in [(&ada, 0), (&bob, 0), (&ada, 2)] {
            let drawn = person.draws(app, "a cat [[partial=9]]", place + 1).await;
            let id = drawn.last().unwrap()["id"].clone();
            app.put("/api/images", &person.token, &json!({"id": id, "status": 1})).await.data();
            published.insert(0, id);
            app.clock.advance(Duration::from_secs(1));
        }
        for (query, token) in [("type=gallery", ""), ("", ""), ("type=gallery", &bob.token), ("type=x", &admin.token)] {
            let answer = app.get(&format!("/api/images?{query}"), token).await;
            let text = answer.text();
            for private in ["ada@example.com", "bob@example.com", "account", "@", "route", "upstream", "public/\""] {
                assert!(!text.contains(private), "{private}: {text}");
            }
            let data = answer.data();
            assert_eq!(data["count"], 3);
            let rows = data["rows"].as_array().unwrap();
            assert_eq!(rows.iter().map(|row| row["id"].clone()).collect::<Vec<_>>(), published);
            for row in rows {
                assert_eq!((&row["status"], &row["images"][0]), (&json!(1), &row["url"]));
                assert_eq!(row["user"], json!({"nickname": "Chat用户", "avatar": row["user"]["avatar"]}));
            }
        }
        for (page, id) in (1..).zip(&published) {
            let (count, rows) = gallery(app, &format!("type=gallery&page={page}&page_size=1")).await;
            assert_eq!((count, &rows[0]["id"]), (3, id));
        }
        assert_eq!(gallery(app, "page=4&page_size=1").await, (3, vec![]));
        // The picture that one was made from may be somebody else's secret.
        let body = json!({"prompt": "with a hat", "size": "256x256", "model": "dall-e-2", "image": app.stack.url()});
        app.post(crate::pictures::DRAW, &ada.token, &body).await.refusal(400);
        let first = ada.pictures(app, "&page_size=1").await.1[0]["url"].clone();
        let body = json!({"prompt": "with a hat", "size": "256x256", "model": "dall-e-2", "image": first});
        let made = app.post(crate::pictures::DRAW, &ada.token, &body).await.data();
        app.put("/api/images", &ada.token, &json!({"id": made[0]["id"], "status": 1})).await.data();
        let (count, rows) = gallery(app, "").await;
        assert_eq!((count, &rows[0]["inset_image_url"]), (4, &Value::Null));
        assert_eq!(ada.pictures(app, "&page_size=1").await.1[0]["inset_image_url"], first);
    })
    .await;
}

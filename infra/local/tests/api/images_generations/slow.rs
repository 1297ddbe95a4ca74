//! Draws that take longer than proxies and clients wait for the head of an answer.

use std::time::{Duration, Instant};

use domain::limits::SLOW_HEAD_SECONDS;
use serde_json::Value;

use super::NO_DRAWING;
use crate::app::TestApp;
use crate::http::Answer;

/// What a client reads of an answer whose head went out before it was known: blanks, and one JSON text.
fn read(answer: &Answer, began: Instant) -> Value {
    assert_eq!((answer.status.as_u16(), &answer.headers["content-type"]), (200, &"application/json".parse().unwrap()));
    assert!(!answer.headers.contains_key("content-length"));
    let (first, blank) = &answer.chunks[0];
    assert!(*first - began >= Duration::from_secs(SLOW_HEAD_SECONDS), "a failure until then has its status");
    assert!(!blank.is_empty() && blank.iter().all(|byte| *byte == b' '), "{blank:?}");
    assert!(answer.chunks.len() > 1, "the answer itself comes later");
    assert!(answer.text().trim_start().starts_with("{\"code\":"));
    serde_json::from_str(&answer.text()).expect("one JSON text")
}

/// The only test that takes as long as it says.
#[tokio::test]
async fn a_long_draw_is_one_answer() {
    TestApp::run(async |app| {
        let (ada, bob) = (app.log_in("ada@example.com").await, app.log_in("bob@example.com").await);
        let began = Instant::now();
        let (drawn, failed) = tokio::join!(
            ada.asks_to_draw(app, "a cat [[delay_ms=27000]]", 1),
            bob.asks_to_draw(app, "a cat [[delay_ms=26500]] [[status=422]]", 1),
        );
        let drawn = read(&drawn, began);
        assert_eq!((&drawn["code"], drawn["data"].as_array().unwrap().len()), (&0.into(), 1), "{drawn}");
        assert_eq!(app.fetch(&drawn["data"][0]["url"]).await.status, 200);
        let failed = read(&failed, began);
        assert_eq!((&failed["code"], &failed["data"]), (&(-1).into(), &serde_json::json!({})));
        assert_ne!(failed["message"], NO_DRAWING, "the provider refused it");
        assert_eq!((ada.credits().await, bob.credits().await), (0, 10));
        app.check_nothing_held();
    })
    .await;
}

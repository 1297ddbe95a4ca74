//! `GET /api/docs`

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::digest::{SHA256, digest};

use crate::app::TestApp;

#[tokio::test]
async fn everybody_is_shown_the_page() {
    TestApp::run(async |app| {
        for (path, token) in [("/api/docs", ""), ("/prod/api/docs", "garbage")] {
            let answer = app.get(path, token).await;
            assert_eq!(answer.status, 200);
            assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8");
            assert_eq!(answer.headers["x-content-type-options"], "nosniff");
            assert_eq!(answer.headers["cache-control"], "no-store");
            assert!(answer.text().starts_with("<!doctype html>"));
        }
    })
    .await;
}

/// Browsers run and apply what has the hash that the policy names; after a change of the page the test tells the new one.
#[tokio::test]
async fn the_page_may_do_nothing_but_what_it_does() {
    TestApp::run(async |app| {
        let answer = app.get("/api/docs", "").await;
        let page = answer.text();
        let hash = |tag: &str| {
            let inside = inside(&page, tag).unwrap_or_else(|| panic!("one {tag}"));
            format!("'sha256-{}'", BASE64.encode(digest(&SHA256, inside.as_bytes())))
        };
        let policy = format!(
            "default-src 'none'; style-src {}; script-src {}; connect-src 'self'; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'",
            hash("style"),
            hash("script"),
        );
        assert_eq!(answer.headers["content-security-policy"], policy);
    })
    .await;
}

/// What it shows is a text of the document, of an answer or of the person, never markup; and it loads nothing.
#[tokio::test]
async fn the_page_makes_no_markup_of_texts_and_names_no_other_place() {
    TestApp::run(async |app| {
        let page = app.get("/api/docs", "").await.text();
        for word in
            ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "DOMParser"]
        {
            assert!(!page.contains(word), "{word}");
        }
        for word in ["http:", "https:", "//cdn", " src=", "<link", "@import", ": url("] {
            assert!(!page.contains(word), "{word}");
        }
        assert!(page.contains("fetch(\"openapi.json\""), "the document beside it, below any stage");
    })
    .await;
}

/// What stands between the one pair of these tags.
fn inside<'a>(page: &'a str, tag: &str) -> Option<&'a str> {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    let (_, rest) = page.split_once(&open)?;
    let (inside, after) = rest.split_once(&close)?;
    (!after.contains(&open)).then_some(inside)
}

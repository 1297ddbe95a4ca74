use domain::{Error, Result};
use http::Response;
use lambda_http::Body;
use serde_json::{Value, json};

use super::calls::{call, event};
use crate::Reply;

fn answer(result: Result<Reply>) -> Response<Body> {
    call(&event()).answer(result)
}

fn text(answer: &Response<Body>) -> &str {
    let Body::Text(text) = answer.body() else { panic!("a body of another kind") };
    text
}

#[test]
fn an_envelope_is_json_and_kept_by_nobody() {
    let answer = answer(Reply::list(3, &[json!({"id": "7"})]));
    assert_eq!(answer.status(), 200);
    let envelope = json!({"code": 0, "data": {"count": 3, "rows": [{"id": "7"}]}, "message": ""});
    assert_eq!(serde_json::from_str::<Value>(text(&answer)).unwrap(), envelope);
    for (name, value) in
        [("content-type", "application/json"), ("cache-control", "no-store"), ("access-control-allow-origin", "*")]
    {
        assert_eq!(answer.headers()[name], value, "{name}");
    }
    assert!(!answer.headers().contains_key("content-disposition"));
}

#[test]
fn a_refusal_says_when_to_come_back() {
    let answer = answer(Err(Error::Limited { retry_after_seconds: 9 }));
    assert_eq!((answer.status().as_u16(), &answer.headers()["retry-after"]), (429, &"9".parse().unwrap()));
    assert_eq!(answer.headers()["content-type"], "application/json");
}

#[test]
fn a_file_is_saved_under_a_harmless_name() {
    let answer = answer(Ok(Reply::file("卡密 \"1\"\r\n.csv", crate::csv::CONTENT_TYPE, "\u{feff}a\r\n")));
    assert_eq!((answer.status().as_u16(), text(&answer)), (200, "\u{feff}a\r\n"));
    for (name, value) in [
        ("content-type", "text/csv; charset=utf-8"),
        ("content-disposition", "attachment; filename=\"____1___.csv\""),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
        ("access-control-allow-origin", "*"),
        ("access-control-expose-headers", "x-request-id,retry-after,content-disposition"),
    ] {
        assert_eq!(answer.headers()[name], value, "{name}");
    }
    assert!(answer.headers().contains_key("x-request-id"));
}

//! Which failures move on to another key.

use super::*;

fn verdict(status: u16, body: &str) -> Verdict {
    Complaint::read_body(body.as_bytes()).judge(status, Some(7))
}

#[test]
fn the_status_decides_when_the_body_names_nothing() {
    for (status, cause) in [
        (401, Cause::Unauthorized),
        (402, Cause::Quota),
        (403, Cause::Forbidden),
        (404, Cause::NotFound),
        (408, Cause::Server(408)),
        (429, Cause::RateLimited { retry_after_seconds: Some(7) }),
        (302, Cause::Server(302)),
        (500, Cause::Server(500)),
        (529, Cause::Server(529)),
    ] {
        for body in ["", "<html>", "{}", r#"{"error":{"message":"x"}}"#, r#"{"error":"x"}"#, "[[[["] {
            assert_eq!(verdict(status, body), Verdict::Next(cause), "{status} {body}");
        }
    }
    for status in [400, 413, 422] {
        assert!(matches!(verdict(status, "{}"), Verdict::Refuse(..)), "{status}");
    }
}

#[test]
fn a_name_in_the_body_is_more_exact_than_the_status() {
    for (status, name, expected) in [
        (429, "insufficient_quota", Verdict::Next(Cause::Quota)),
        (400, "invalid_api_key", Verdict::Next(Cause::Unauthorized)),
        (503, "model_not_found", Verdict::Next(Cause::NotFound)),
        (400, "context_length_exceeded", Verdict::Refuse(400, Refusal::TooLong)),
        (403, "content_filter", Verdict::Refuse(403, Refusal::Filtered)),
        (400, "anything_else", Verdict::Refuse(400, Refusal::Other)),
    ] {
        assert_eq!(verdict(status, &format!(r#"{{"error":{{"code":"{name}"}}}}"#)), expected, "{name}");
        assert_eq!(verdict(status, &format!(r#"{{"error":{{"type":"{name}","code":null}}}}"#)), expected, "{name}");
        assert_eq!(verdict(status, &format!(r#"{{"message":"x","code":"{name}"}}"#)), expected, "{name}");
    }
}

#[test]
fn an_error_inside_a_stream_is_judged_by_its_own_status() {
    for (error, expected) in [
        (r#"{"code":429}"#, Verdict::Next(Cause::RateLimited { retry_after_seconds: None })),
        (r#"{"code":400}"#, Verdict::Refuse(400, Refusal::Other)),
        (r#"{"code":7}"#, Verdict::Next(Cause::Server(500))),
        (r#"{"type":"rate_limit_error"}"#, Verdict::Next(Cause::RateLimited { retry_after_seconds: None })),
        (r#"{"message":"overloaded"}"#, Verdict::Next(Cause::Server(500))),
        (r#""overloaded""#, Verdict::Next(Cause::Server(500))),
    ] {
        let complaint = Complaint::read(&serde_json::from_str(error).unwrap()).unwrap();
        assert_eq!(complaint.judge_in_stream(), expected, "{error}");
    }
    for nothing in ["null", "{}", "\"\"", "false"] {
        assert_eq!(Complaint::read(&serde_json::from_str(nothing).unwrap()), None);
    }
}

#[test]
fn the_text_names_keys_and_causes() {
    let attempt = |key_id: &str, cause| Attempt { key_id: key_id.to_owned(), cause };
    let failure = Failure::Exhausted(vec![
        attempt("7", Cause::Server(503)),
        attempt("8", Cause::Blocked(AddressError::NotPublic)),
    ]);
    assert_eq!(
        failure.to_string(),
        "every upstream key failed: 7 (status 503), 8 (blocked: not an address of the public internet)"
    );
    assert_eq!(failure.tried().len(), 2);
    let by = Refused { key_id: "9".to_owned(), tried: vec![attempt("7", Cause::Quota)] };
    let refused = Failure::Refused { status: 400, refusal: Refusal::TooLong, by };
    assert_eq!(refused.to_string(), "upstream key 9 refused the request with status 400: too long for the model");
    assert_eq!(refused.tried().len(), 1);
}

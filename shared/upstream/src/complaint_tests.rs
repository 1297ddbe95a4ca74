//! Which failures move on to another key, and what they say of the key.

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
        for body in ["", "{}", r#"{"error":{"message":"x"}}"#, r#"{"error":"x"}"#, "[[[["] {
            assert_eq!(verdict(status, body), Verdict::Next(cause), "{status} {body}");
        }
    }
    assert_eq!(verdict(401, "<html>"), Verdict::Next(Cause::Unauthorized));
    assert_eq!(verdict(403, " \n<html>"), Verdict::Next(Cause::Firewall));
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
        (429, "exceeded_current_quota_error", Verdict::Next(Cause::Quota)),
        (400, "Arrearage", Verdict::Next(Cause::Quota)),
        (400, "InvalidApiKey", Verdict::Next(Cause::Unauthorized)),
        (403, "unsupported_country_region_territory", Verdict::Next(Cause::Region)),
        (403, "model_not_found", Verdict::Next(Cause::NotFound)),
        (403, "permission_error", Verdict::Next(Cause::Forbidden)),
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
fn a_403_about_the_model_the_region_or_the_content_is_not_the_keys_fault() {
    for (message, expected) in [
        ("该令牌无权使用模型：gpt-4", Verdict::Next(Cause::NotFound)),
        ("Project does not have access to model `gpt-4`", Verdict::Next(Cause::NotFound)),
        ("Country, region, or territory not supported", Verdict::Next(Cause::Region)),
        ("Your input was flagged", Verdict::Refuse(403, Refusal::Filtered)),
        ("输入包含敏感内容", Verdict::Refuse(403, Refusal::Filtered)),
        ("Your account may not use this model", Verdict::Next(Cause::Forbidden)),
        ("账号已被封禁", Verdict::Next(Cause::Forbidden)),
        ("no", Verdict::Next(Cause::Forbidden)),
    ] {
        for body in [
            format!(r#"{{"error":{{"message":"{message}"}}}}"#),
            format!(r#"{{"error":"{message}"}}"#),
            format!(r#"[{{"error":{{"message":"{message}","type":"one_api_error"}}}}]"#),
        ] {
            assert_eq!(verdict(403, &body), expected, "{body}");
            assert_eq!(verdict(401, &body), Verdict::Next(Cause::Unauthorized), "{body}");
        }
    }
    let flagged = r#"{"error":{"code":403,"message":"no","metadata":{"flagged_input":"x"}}}"#;
    assert_eq!(verdict(403, flagged), Verdict::Refuse(403, Refusal::Filtered));
}

#[test]
fn a_reason_among_the_details_is_more_exact_than_the_rest() {
    let body = r#"[{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT",
        "details":[{"@type":"x","reason":"API_KEY_INVALID"}]}}]"#;
    assert_eq!(verdict(400, body), Verdict::Next(Cause::Unauthorized));
}

#[test]
fn an_error_without_a_field_around_it_is_told_from_other_objects() {
    let bare = |json: &str| Complaint::read_bare(&serde_json::from_str(json).unwrap());
    for (json, expected) in [
        (r#"{"object":"error","message":"x","code":40303}"#, Verdict::Next(Cause::Server(500))),
        (r#"{"code":401,"message":"x","data":null}"#, Verdict::Next(Cause::Unauthorized)),
        (r#"{"code":"Arrearage","message":"x","request_id":"7"}"#, Verdict::Next(Cause::Quota)),
        (r#"{"type":"error","message":"x"}"#, Verdict::Next(Cause::Server(500))),
        (r#"{"code":429,"msg":"x"}"#, Verdict::Next(Cause::RateLimited { retry_after_seconds: None })),
    ] {
        assert_eq!(bare(json).unwrap().judge_in_stream(), expected, "{json}");
    }
    for json in
        [r#"{"type":"ping"}"#, r#"{"code":0,"message":"ok"}"#, r#"{"code":200,"msg":"ok"}"#, r#"{"message":"x"}"#, "{}"]
    {
        assert_eq!(bare(json), None, "{json}");
    }
}

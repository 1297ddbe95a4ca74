//! Every answer that any test gets, against the site's own description of its API: a route, a status, a media type or a
//! field that is sent and not described fails whatever test sees it, and so does one that is described as always there
//! and is not.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use hyper::Method;
use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

use crate::house;
use crate::http::Answer;

/// The document, as the function embeds it.
static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let text = house::read(&house::root().join("functions/site/src/openapi.json"));
    serde_json::from_str(&text).expect("JSON")
});

/// The validators that were needed so far, by the place of their schema.
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// The description.
pub fn document() -> &'static Value {
    &DOCUMENT
}

/// Checks an answer that came for `method` and `target`, a path with or without stage and query.
pub fn check(method: &Method, target: &str, answer: &Answer) {
    let path = target.split('?').next().unwrap_or_default();
    let path = path.strip_prefix("/prod").filter(|rest| rest.starts_with('/')).unwrap_or(path);
    let is_ours = path.starts_with("/api/") || house::is_for_programs(path);
    // Answers to preflights and to `HEAD` are a head alone.
    if !is_ours || [Method::OPTIONS, Method::HEAD].contains(method) {
        return;
    }
    let about = format!("{method} {path}: {} {}", answer.status.as_u16(), shown(&answer.text()));
    match operation(method, path) {
        Some((place, operation)) => check_answer(&place, operation, answer, &about),
        // A function answers, in the form that programs read.
        None if path.starts_with("/v1/") && answer.json().get("request_id").is_none() => {
            assert_eq!(answer.status, 404, "nothing of this is described: {about}");
            let refusal = json!({"$ref": "#/components/schemas/OpenAiRefusal"});
            conforms("OpenAiRefusal", &refusal, &answer.json(), &about);
        }
        None => check_gateways(answer, &about),
    }
}

/// The gateway answers by itself where there is no route: both forms in one, because it does not know who reads it.
fn check_gateways(answer: &Answer, about: &str) {
    assert!([404, 413].contains(&answer.status.as_u16()), "nothing of this is described: {about}");
    conforms("Refusal", &json!({"$ref": "#/components/schemas/Refusal"}), &answer.json(), about);
    assert!(answer.json()["request_id"].is_string(), "a function has answered what is not described: {about}");
    assert_eq!(answer.json()["error"]["message"], answer.json()["message"], "{about}");
}

fn check_answer(place: &str, operation: &'static Value, answer: &Answer, about: &str) {
    let status = answer.status.as_u16();
    let responses = &operation["responses"];
    let key = if status >= 500 { "5XX".to_owned() } else { status.to_string() };
    let response = resolved(&responses[&key]);
    assert!(response.is_object(), "this status is not described: {about}");
    let form = answer.headers["content-type"].to_str().expect("a text");
    let media = &response["content"][form];
    assert!(media.is_object(), "{form} is not described: {about}");
    let place = format!("{place} {key} {form}");
    let text = answer.text();
    let value = if form == "application/json" {
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {about}"))
    } else {
        json!(text)
    };
    conforms(&place, &media["schema"], &value, about);
    if let Some(item) = media.get("x-item-schema") {
        for item_text in items(form, &text) {
            let value = serde_json::from_str(item_text).unwrap_or_else(|error| panic!("{error}: {about}"));
            conforms(&format!("{place} item"), item, &value, about);
        }
    }
}

/// The JSON texts of a stream: lines, or the parts of the site's own form or of server-sent events.
fn items<'a>(form: &str, text: &'a str) -> impl Iterator<Item = &'a str> {
    let end = if form == "application/x-ndjson" { "\n" } else { "\n\n" };
    let parts = text.split(end).map(|part| part.strip_prefix("data: ").unwrap_or(part));
    parts.filter(|part| !part.is_empty() && !part.starts_with(':') && *part != "[DONE]")
}

fn conforms(place: &str, schema: &Value, value: &Value, about: &str) {
    let validator = validator(place, schema);
    let errors: Vec<String> =
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).take(5).collect();
    assert!(errors.is_empty(), "not as described: {}\n{about}", errors.join("\n"));
}

fn validator(place: &str, schema: &Value) -> Arc<Validator> {
    let mut validators = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    let make = || {
        let mut root = schema.clone();
        // References begin at the root.
        root["components"] = DOCUMENT["components"].clone();
        let options = jsonschema::options().with_draft(Draft::Draft202012);
        Arc::new(options.build(&root).unwrap_or_else(|error| panic!("{place}: {error}")))
    };
    Arc::clone(validators.entry(place.to_owned()).or_insert_with(make))
}

/// A description, or what it refers to.
fn resolved(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str().and_then(|place| place.strip_prefix('#')) {
        Some(pointer) => DOCUMENT.pointer(pointer).unwrap_or(&Value::Null),
        None => value,
    }
}

/// What is described for a method at a path, chosen as the gateway chooses; with a name for it.
fn operation(method: &Method, path: &str) -> Option<(String, &'static Value)> {
    let paths = DOCUMENT["paths"].as_object()?;
    let matching = paths.iter().filter(|(route, _)| matches(route, path));
    let (route, methods) = matching.min_by_key(|(route, _)| variables(route))?;
    // Payment providers use any method; two are described.
    let verb = if house::is_for_providers(route) { "post".to_owned() } else { method.as_str().to_lowercase() };
    Some((format!("{verb} {route}"), methods.get(&verb)?))
}

fn matches(route: &str, path: &str) -> bool {
    let (route, path): (Vec<&str>, Vec<&str>) = (route.split('/').collect(), path.split('/').collect());
    let fits = |(part, segment): (&&str, &&str)| part == segment || (part.starts_with('{') && !segment.is_empty());
    // Names of models have slashes.
    let is_as_long = route.len() == path.len() || (route.last() == Some(&"{model}") && route.len() < path.len());
    is_as_long && route.iter().zip(&path).all(fits)
}

/// Which segments are variables: fixed ones win, the earlier the better.
fn variables(route: &str) -> Vec<bool> {
    route.split('/').map(|part| part.starts_with('{')).collect()
}

fn shown(text: &str) -> String {
    text.chars().take(600).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use bytes::Bytes;
    use hyper::{HeaderMap, StatusCode};

    use super::*;

    fn is_fine(method: &Method, path: &str, status: u16, form: &str, body: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", form.parse().unwrap());
        let chunks = vec![(Instant::now(), Bytes::from(body.to_owned()))];
        let answer = Answer { status: StatusCode::from_u16(status).unwrap(), headers, chunks };
        std::panic::catch_unwind(|| check(method, path, &answer)).is_ok()
    }

    const JSON: &str = "application/json";

    #[test]
    fn what_is_described_passes_and_nothing_else() {
        let get = |path: &str, status, body: Value| is_fine(&Method::GET, path, status, JSON, &body.to_string());
        let deleted = |status, body: Value| {
            is_fine(&Method::DELETE, "/prod/api/admin/carmi/7?x=1", status, JSON, &body.to_string())
        };
        assert!(deleted(200, json!({"code": 0, "data": 1, "message": "删除成功"})));
        assert!(deleted(404, json!({"code": -1, "data": {}, "message": "数据不存在"})));
        assert!(deleted(503, json!({"code": -1, "data": {}, "message": "服务繁忙", "request_id": "r"})));
        // Another value, a field too many, one too few, a status that is not described, another form.
        assert!(!deleted(200, json!({"code": 0, "data": 2, "message": ""})));
        assert!(!deleted(200, json!({"code": 0, "data": 1, "message": "", "more": 1})));
        assert!(!deleted(200, json!({"code": 0, "data": 1})));
        assert!(!deleted(503, json!({"code": -1, "data": {}, "message": "服务繁忙"})));
        assert!(!deleted(409, json!({"code": -1, "data": {}, "message": "x"})));
        assert!(!is_fine(&Method::DELETE, "/api/admin/carmi/7", 200, "text/plain", "1"));
        // Nothing but the gateway's refusal where there is no route; the local stack's own pages are no routes.
        let error =
            json!({"message": "接口不存在", "type": "invalid_request_error", "param": null, "code": "unknown_url"});
        let both = json!({
            "code": -1, "data": {}, "message": "接口不存在", "request_id": "r", "type": "error", "error": error,
        });
        assert!(get("/api/nothing", 404, both.clone()) && get("/v1/", 404, both));
        assert!(get("/v1/nothing", 404, json!({"error": error})) && !get("/v1/nothing", 200, json!({"error": error})));
        assert!(!get("/api/nothing", 404, json!({"code": -1, "data": {}, "message": "接口不存在", "request_id": "r"})));
        assert!(!get("/api/nothing", 404, json!({"code": -1, "data": {}, "message": "接口不存在"})));
        assert!(!get("/api/nothing", 200, json!({"code": 0, "data": {}, "message": ""})));
        assert!(get("/_local/mailbox", 200, json!([])));
    }

    #[test]
    fn frames_of_a_stream_are_checked_one_by_one() {
        let form = "text/event-stream; charset=utf-8";
        let frame = json!({
            "role": "assistant", "id": "7", "parentMessageId": "c", "model": "m", "dateTime": "2026-01-01 08:00:00",
            "content": "", "segment": "start",
        });
        let chat = |body: &str| is_fine(&Method::POST, "/api/chat/completions", 200, form, body);
        assert!(chat(&format!("{frame}\n\n\n\n{frame}\n\n")));
        assert!(!chat(&format!("{frame}\n\n{{}}\n\n")));
        let program = |body: &str| is_fine(&Method::POST, "/v1/chat/completions", 200, form, body);
        let error = json!({"error": {"message": "x", "type": "server_error", "param": null, "code": null}});
        assert!(program(&format!(": ping\n\ndata: {error}\n\ndata: [DONE]\n\n")));
        assert!(!program(&format!("data: {frame}\n\n")));
    }

    #[test]
    fn fixed_segments_win() {
        let place = |method: Method, path: &str| operation(&method, path).map(|(place, _)| place);
        assert_eq!(place(Method::GET, "/api/admin/carmi/batch").as_deref(), Some("get /api/admin/carmi/batch"));
        assert_eq!(place(Method::DELETE, "/api/admin/carmi/7").as_deref(), Some("delete /api/admin/carmi/{id}"));
        assert_eq!(place(Method::PUT, "/api/pay/notify").as_deref(), Some("post /api/pay/notify"));
        assert_eq!(place(Method::PATCH, "/api/admin/carmi/7"), None);
        assert_eq!(place(Method::GET, "/v1/models/a/b:free").as_deref(), Some("get /v1/models/{model}"));
    }
}

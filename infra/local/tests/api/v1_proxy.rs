//! `ANY /v1/{proxy+}`: everything below `/v1` that is not served, and what the gateway itself answers programs.

use hyper::Method;
use serde_json::{Value, json};

use crate::app::TestApp;

fn unknown() -> Value {
    json!({"message": "接口不存在", "type": "invalid_request_error", "param": null, "code": "unknown_url"})
}

#[tokio::test]
async fn unknown_paths_are_told_as_openai_tells_them() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        let key = ada.makes_key(json!({})).await["key"].as_str().unwrap().to_owned();
        for (method, path) in [
            (Method::POST, "/v1/audio/speech"),
            (Method::POST, "/v1/fine_tuning/jobs"),
            (Method::GET, "/v1/files/file-7/content"),
            (Method::DELETE, "/v1/assistants/a:b"),
            (Method::PATCH, "/prod/v1/nothing"),
        ] {
            for key in [key.as_str(), "", "sk-nobodys"] {
                let answer = app.call(method.clone(), path, key, &json!({"model": "m"})).await;
                assert_eq!((answer.status.as_u16(), answer.json()), (404, json!({"error": unknown()})), "{path}");
                assert_eq!(answer.headers["access-control-allow-origin"], "*");
            }
        }
    })
    .await;
}

/// Where no function is asked, nobody knows who reads: each finds the form that it reads.
#[tokio::test]
async fn the_gateways_own_answers_have_both_forms() {
    TestApp::run(async |app| {
        for path in ["/v1", "/v1/", "/v1/chat/completions", "/api/nothing", "/nothing"] {
            let answer = app.call(Method::DELETE, path, "sk-nobodys", &Value::Null).await;
            let told = answer.json();
            assert_eq!((answer.status.as_u16(), &told["code"], &told["data"]), (404, &json!(-1), &json!({})), "{path}");
            assert_eq!((&told["type"], &told["error"]), (&json!("error"), &unknown()), "{path}");
            assert_eq!(told["request_id"], answer.headers["x-request-id"].to_str().unwrap());
        }
        let long = "x".repeat(12_000);
        let headers = [("authorization", "Bearer sk-nobodys"), ("x-title", long.as_str())];
        let answer = app.http.send(Method::GET, "/v1/models", &headers, "").await;
        let told = answer.json();
        assert_eq!((answer.status.as_u16(), &told["error"]["code"]), (413, &json!("request_too_large")));
        assert_eq!((&told["code"], &told["message"]), (&json!(-1), &told["error"]["message"]));
    })
    .await;
}

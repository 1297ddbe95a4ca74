use domain::{Error, Result};
use http::Response;
use lambda_http::Body;
use serde_json::{Value, json};

use super::calls::{call, event, v1_event};
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
    for (name, value) in [
        ("content-type", "application/json"),
        ("cache-control", "no-store"),
        ("access-control-allow-origin", "*"),
        ("x-content-type-options", "nosniff"),
    ] {
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

#[test]
fn each_error_has_its_form_in_either_dialect() {
    let fault = |text: &str| -> Box<dyn std::error::Error + Send + Sync> { text.into() };
    let model = "管理员未配置对应AI模型";
    let money = "账户积分余额不足, 请充值后在使用。";
    for (error, api, v1, code) in [
        (Error::missing(), (400, "缺少必要参数"), (400, "缺少必要参数"), Value::Null),
        (Error::no_credits(), (400, money), (429, money), json!("insufficient_quota")),
        (Error::NoModel, (400, model), (404, model), json!("model_not_found")),
        (Error::LoggedOut, (401, "请登陆"), (401, "API密钥无效或已失效"), json!("invalid_api_key")),
        (Error::Forbidden, (403, "拒绝访问"), (403, "拒绝访问"), json!("permission_denied")),
        (Error::absent(), (404, "数据不存在"), (404, "数据不存在"), Value::Null),
        (Error::no_route(), (404, "接口不存在"), (404, "接口不存在"), json!("unknown_url")),
        (Error::Conflict("x"), (409, "x"), (409, "x"), json!("conflict")),
        (
            Error::Limited { retry_after_seconds: 9 },
            (429, "请求次数过多，请稍后再试！"),
            (429, "请求次数过多，请稍后再试！"),
            json!("rate_limit_exceeded"),
        ),
        (Error::Upstream { message: "y", source: fault("secret") }, (502, "y"), (502, "y"), Value::Null),
        (
            Error::Unavailable { source: fault("secret") },
            (503, "服务繁忙，请稍后再试！"),
            (503, "服务繁忙，请稍后再试！"),
            Value::Null,
        ),
        (Error::internal("secret"), (500, "系统错误，请稍后再试！"), (500, "系统错误，请稍后再试！"), Value::Null),
    ] {
        let is_limit = matches!(error, Error::Limited { .. });
        let is_fault = api.0 >= 500;
        let is_poor = matches!(error, Error::NoCredits(_));
        let envelope = call(&event()).answering().refusal(&error);
        let body: Value = serde_json::from_str(&envelope.text).unwrap();
        assert_eq!((envelope.status.as_u16(), body["message"].as_str().unwrap()), api);
        let bare = call(&v1_event()).answering().refusal(&error);
        let body: Value = serde_json::from_str(&bare.text).unwrap();
        assert_eq!((bare.status.as_u16(), body["error"]["message"].as_str().unwrap()), v1);
        assert_eq!(body["error"]["code"], code, "{body}");
        assert_eq!(body["error"]["type"] == "server_error", is_fault, "{body}");
        assert_eq!(body.as_object().unwrap().len(), 1);
        assert_eq!(bare.headers.contains(&("x-should-retry", "false".to_owned())), is_poor);
        for answer in [envelope, bare] {
            assert_eq!(answer.headers.contains(&("retry-after", "9".to_owned())), is_limit);
            assert!(!answer.text.contains("secret"));
        }
    }
}

#[test]
fn a_page_comes_with_what_browsers_let_it_do() {
    let page = answer(Ok(Reply::page("<!doctype html>", "default-src 'none'")));
    assert_eq!((page.status().as_u16(), text(&page)), (200, "<!doctype html>"));
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", "default-src 'none'"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(page.headers()[name], value, "{name}");
    }
    let bare = answer(Ok(Reply::json_text("{\"a\":1}".to_owned())));
    assert_eq!((text(&bare), &bare.headers()["content-type"]), ("{\"a\":1}", &"application/json".parse().unwrap()));
    assert!(!bare.headers().contains_key("content-security-policy"));
}

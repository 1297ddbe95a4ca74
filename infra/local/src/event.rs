//! The event that a REST API (payload version 1) hands to a function.

use std::collections::BTreeMap;
use std::net::IpAddr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, request};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use crate::routes::Found;
use crate::template::AWS_ACCOUNT;

/// The id of the API in events and headers.
pub(crate) const API_ID: &str = "local";

/// What the event says beside the request itself.
#[derive(Debug)]
pub(crate) struct Circumstances<'a> {
    /// The stage's name.
    pub(crate) stage: &'a str,
    /// The template's path of the route.
    pub(crate) resource: &'a str,
    /// API Gateway's id of the request.
    pub(crate) request_id: &'a str,
    /// The client's address.
    pub(crate) source: IpAddr,
    /// The host and port that the request was sent to.
    pub(crate) authority: &'a str,
    /// Milliseconds since the Unix epoch.
    pub(crate) millis: i64,
    /// Media types whose bodies travel in base64.
    pub(crate) binary_media_types: &'a [String],
}

/// The event for one request.
pub(crate) fn build(request: &request::Parts, body: &[u8], found: &Found<'_>, about: &Circumstances<'_>) -> Value {
    let headers = headers(request, about);
    let query = query(request.uri.query().unwrap_or_default());
    let (text, is_base64) = body_text(body, content_type(&request.headers), about.binary_media_types);
    let parameters: Map<String, Value> =
        found.parameters.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    json!({
        "resource": about.resource,
        "path": found.path,
        "httpMethod": request.method.as_str(),
        "headers": last_of_each(&headers),
        "multiValueHeaders": headers,
        "queryStringParameters": or_null(last_of_each(&query)),
        "multiValueQueryStringParameters": or_null(json!(query)),
        "pathParameters": or_null(Value::Object(parameters)),
        "stageVariables": null,
        "requestContext": context(request, found, about),
        "body": text,
        "isBase64Encoded": is_base64,
    })
}

fn context(request: &request::Parts, found: &Found<'_>, about: &Circumstances<'_>) -> Value {
    let user_agent = request.headers.get(http::header::USER_AGENT).and_then(|value| value.to_str().ok());
    json!({
        "resourceId": "local",
        "resourcePath": about.resource,
        "httpMethod": request.method.as_str(),
        "path": format!("/{}{}", about.stage, found.path),
        "protocol": format!("{:?}", request.version),
        "accountId": AWS_ACCOUNT,
        "apiId": API_ID,
        "stage": about.stage,
        "domainName": host_of(about.authority),
        "domainPrefix": API_ID,
        "requestId": about.request_id,
        "extendedRequestId": about.request_id,
        "requestTime": request_time(about.millis),
        "requestTimeEpoch": about.millis,
        "identity": {
            "accessKey": null,
            "accountId": null,
            "caller": null,
            "cognitoAuthenticationProvider": null,
            "cognitoAuthenticationType": null,
            "cognitoIdentityId": null,
            "cognitoIdentityPoolId": null,
            "principalOrgId": null,
            "sourceIp": about.source.to_string(),
            "user": null,
            "userAgent": user_agent,
            "userArn": null,
        },
    })
}

/// The request's headers with those that API Gateway adds. Hop-by-hop headers end here.
fn headers(request: &request::Parts, about: &Circumstances<'_>) -> BTreeMap<String, Vec<String>> {
    let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in &request.headers {
        if !matches!(name.as_str(), "connection" | "keep-alive" | "transfer-encoding" | "te" | "upgrade" | "expect") {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            headers.entry(name.as_str().to_owned()).or_default().push(value);
        }
    }
    let mut forwarded = headers.get("x-forwarded-for").cloned().unwrap_or_default();
    forwarded.push(about.source.to_string());
    let port = about.authority.rsplit_once(':').map_or("80", |(_, port)| port);
    headers.insert("host".to_owned(), vec![about.authority.to_owned()]);
    headers.insert("x-forwarded-for".to_owned(), vec![forwarded.join(", ")]);
    headers.insert("x-forwarded-port".to_owned(), vec![port.to_owned()]);
    headers.insert("x-forwarded-proto".to_owned(), vec!["http".to_owned()]);
    headers
}

/// The query's parameters, decoded once as API Gateway does for a REST API: a bare `+` becomes a space. Bytes that are
/// no UTF-8 become U+FFFD.
pub(crate) fn query(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut parameters: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        parameters.entry(decoded(name)).or_default().push(decoded(value));
    }
    parameters
}

fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

fn last_of_each(values: &BTreeMap<String, Vec<String>>) -> Value {
    values.iter().filter_map(|(name, values)| Some((name.clone(), json!(values.last()?)))).collect::<Map<_, _>>().into()
}

/// API Gateway sends null, not an empty object.
fn or_null(value: Value) -> Value {
    if value.as_object().is_some_and(Map::is_empty) { Value::Null } else { value }
}

fn body_text(body: &[u8], content_type: &str, binary_media_types: &[String]) -> (Value, bool) {
    if body.is_empty() {
        return (Value::Null, false);
    }
    match str::from_utf8(body) {
        Ok(text) if !is_binary(content_type, binary_media_types) => (json!(text), false),
        _ => (json!(BASE64_STANDARD.encode(body)), true),
    }
}

/// Whether a media type is among the binary ones, in which `*/*` and `image/*` may stand.
pub(crate) fn is_binary(media_type: &str, binary_media_types: &[String]) -> bool {
    let media_type = media_type.split([';', ',']).next().unwrap_or_default().trim().to_lowercase();
    binary_media_types.iter().any(|binary| match binary.strip_suffix("/*") {
        Some("*") => true,
        Some(family) => media_type.split_once('/').is_some_and(|(kind, _)| kind == family),
        None => *binary == media_type,
    })
}

fn content_type(headers: &HeaderMap) -> &str {
    headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn host_of(authority: &str) -> &str {
    authority.rsplit_once(':').map_or(authority, |(host, _)| host)
}

/// `09/Apr/2015:12:34:56 +0000`, the form of access logs.
fn request_time(millis: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(millis).unwrap_or_default();
    time.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string()
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use http::Request;
    use lambda_http::{Body, RequestExt};

    use super::*;

    const STAGE: &str = "prod";

    fn event(request: Request<()>, body: &[u8]) -> Value {
        let found = Found {
            path: request.uri().path().to_owned(),
            parameters: vec![("id".to_owned(), "7%2F8".to_owned())],
            outcome: Err(Vec::new()),
        };
        let about = Circumstances {
            stage: STAGE,
            resource: "/api/note/{id}",
            request_id: "11111111-2222-4333-8444-555555555555",
            source: IpAddr::V4(Ipv4Addr::LOCALHOST),
            authority: "127.0.0.1:3200",
            millis: 1_750_000_000_123,
            binary_media_types: &["image/*".to_owned()],
        };
        build(&request.into_parts().0, body, &found, &about)
    }

    fn query_of(uri: &str) -> Value {
        event(Request::get(uri).body(()).unwrap(), b"")["queryStringParameters"].clone()
    }

    #[test]
    fn has_the_shape_that_the_rust_runtime_reads() {
        let request = Request::post("http://x/api/note/7%2F8?a=1&a=2")
            .header("Token", "t")
            .header("x-forwarded-for", "203.0.113.9")
            .body(())
            .unwrap();
        let event = event(request, b"{}");
        assert_eq!(event["path"], "/api/note/7%2F8");
        assert_eq!(event["requestContext"]["path"], "/prod/api/note/7%2F8");
        assert_eq!(event["requestContext"]["requestTime"], "15/Jun/2025:15:06:40 +0000");
        assert_eq!(event["multiValueQueryStringParameters"]["a"], json!(["1", "2"]));
        assert_eq!(event["queryStringParameters"]["a"], "2");
        assert_eq!(event["headers"]["x-forwarded-for"], "203.0.113.9, 127.0.0.1");
        let request = lambda_http::request::from_str(&event.to_string()).unwrap();
        assert_eq!(request.raw_http_path(), "/api/note/7%2F8");
        assert_eq!(request.headers()["token"], "t");
        assert_eq!(request.path_parameters().first("id"), Some("7%2F8"));
        assert_eq!(request.body(), &Body::Text("{}".to_owned()));
    }

    #[test]
    fn query_values_are_decoded_once_as_in_forms() {
        assert_eq!(query_of("/?source=a+b%2Bc@d.ee"), json!({ "source": "a b+c@d.ee" }));
        assert_eq!(query_of("/?q=%E5%8D%A1%2525&e=&n"), json!({ "q": "卡%25", "e": "", "n": "" }));
        assert_eq!(query_of("/?q=%FF%zz"), json!({ "q": "\u{fffd}%zz" }));
        assert_eq!(query_of("/?"), Value::Null);
        assert_eq!(query_of("/"), Value::Null);
    }

    #[test]
    fn bodies_are_text_unless_they_cannot_be() {
        let body = |content_type: &str, body: &[u8]| {
            let request = Request::post("/").header("content-type", content_type).body(()).unwrap();
            let event = event(request, body);
            (event["body"].clone(), event["isBase64Encoded"] == true)
        };
        assert_eq!(body("application/json", "{\"a\":\"好\"}".as_bytes()), (json!("{\"a\":\"好\"}"), false));
        assert_eq!(body("application/json", &[0xff, 0x00]), (json!("/wA="), true));
        assert_eq!(body("image/png; q=1", b"text"), (json!("dGV4dA=="), true));
        assert_eq!(body("application/json", b""), (Value::Null, false));
    }

    #[test]
    fn header_values_that_are_no_text_do_not_break_the_event() {
        let value = http::HeaderValue::from_bytes(&[b'a', 0xff]).unwrap();
        let event = event(Request::get("/").header("token", value).body(()).unwrap(), b"");
        assert_eq!(event["headers"]["token"], "a\u{fffd}");
        lambda_http::request::from_str(&event.to_string()).unwrap();
    }

    #[test]
    fn binary_media_types_match_whole_families() {
        let types = |list: &[&str]| list.iter().map(|entry| (*entry).to_owned()).collect::<Vec<_>>();
        assert!(is_binary("anything", &types(&["*/*"])));
        assert!(is_binary("Image/PNG, */*", &types(&["image/png"])));
        assert!(!is_binary("imagex/png", &types(&["image/*"])));
        assert!(!is_binary("application/json", &types(&[])));
    }
}

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use domain::{Clock, Error, Result, SessionToken, UserId};
use platform::{Base, Outside};
use serde_json::{Map, Value, json};
use tokio::sync::Barrier;

use super::views::item;
use crate::Call;

const NOW: i64 = 1_767_225_600_000;

/// A table that knows one user and answers every read with it, when `gate` lets it.
#[derive(Debug)]
struct OneUser {
    item: Value,
    gate: Option<Arc<Barrier>>,
}

impl HttpConnector for OneUser {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let (body, gate) = (json!({"Item": self.item}).to_string(), self.gate.clone());
        HttpConnectorFuture::new(async move {
            if let Some(gate) = gate {
                gate.wait().await;
            }
            Ok(HttpResponse::new(200.try_into().unwrap(), SdkBody::from(body)))
        })
    }
}

/// Plain JSON in DynamoDB's words.
fn attribute(value: &Value) -> Value {
    match value {
        Value::Bool(flag) => json!({"BOOL": flag}),
        Value::Number(number) => json!({"N": number.to_string()}),
        Value::String(text) => json!({"S": text}),
        Value::Object(fields) => json!({"M": attributes(fields)}),
        other => panic!("{other} is not in these tests"),
    }
}

fn attributes(fields: &Map<String, Value>) -> Value {
    fields.iter().map(|(name, value)| (name.clone(), attribute(value))).collect::<Map<_, _>>().into()
}

fn client(role: &str, token: &SessionToken, gate: Option<Arc<Barrier>>) -> SharedHttpClient {
    let mut item = item(role);
    item["sessions"] = json!({token.hash().as_str(): NOW + 1});
    let item = attributes(item.as_object().unwrap());
    let connector = SharedHttpConnector::new(OneUser { item, gate });
    http_client_fn(move |_, _| connector.clone())
}

fn base(aws_http: SharedHttpClient) -> Base {
    let variables = [
        ("TABLE_NAME", "main"),
        ("BUSINESS_TIME_ZONE", "Asia/Shanghai"),
        ("ALLOWED_ORIGIN", "*"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ];
    let environment = variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Base::new(&Outside { environment, clock: Clock::fixed(NOW), aws_http }).unwrap()
}

/// A request as the gateway hands it on.
pub(super) fn event() -> Value {
    json!({
        "resource": "/api/admin/user/{id}", "path": "/api/admin/user/7", "httpMethod": "DELETE", "headers": {},
        "multiValueHeaders": {}, "queryStringParameters": null, "multiValueQueryStringParameters": null,
        "pathParameters": null, "stageVariables": null, "body": null, "isBase64Encoded": false,
        "requestContext": {
            "resourcePath": "/api/admin/user/{id}", "httpMethod": "DELETE", "path": "/prod/api/admin/user/7",
            "accountId": "1", "resourceId": "1", "stage": "prod", "requestId": "r", "apiId": "a", "identity": {},
        },
    })
}

/// The same for a route of OpenAI's.
pub(super) fn v1_event() -> Value {
    let mut event = event();
    event["resource"] = json!("/v1/chat/completions");
    event["requestContext"]["resourcePath"] = json!("/v1/chat/completions");
    event
}

/// The call that `event` makes, over a table that nobody asks.
pub(super) fn call(event: &Value) -> Call {
    let token = SessionToken::issue(UserId::from_i64(7).unwrap()).unwrap();
    let request = lambda_http::request::from_str(&event.to_string()).unwrap();
    Call::new(&base(client("user", &token, None)), request)
}

/// The call of somebody of this role.
fn call_of(role: &str, gate: Option<Arc<Barrier>>) -> Call {
    let token = SessionToken::issue(UserId::from_i64(7).unwrap()).unwrap();
    let mut event = event();
    event["multiValueHeaders"] = json!({"token": [token.reveal()]});
    let request = lambda_http::request::from_str(&event.to_string()).unwrap();
    Call::new(&base(client(role, &token, gate)), request)
}

#[test]
fn path_variables_come_decoded() {
    let variable = |value: Value| {
        let mut event = event();
        event["pathParameters"] = json!({"id": value});
        let call = call(&event);
        (call.path("id"), call.id("id").map(UserId::as_i64).map_err(|error| error.to_string()))
    };
    let nothing = || Err("数据不存在".to_owned());
    assert_eq!(
        variable(json!("912359229838370988")),
        (Some("912359229838370988".to_owned()), Ok(912_359_229_838_370_988))
    );
    assert_eq!(variable(json!("%37")), (Some("7".to_owned()), Ok(7)));
    assert_eq!(variable(json!("a%2Fb%20%E5%8D%A1+")), (Some("a/b 卡+".to_owned()), nothing()));
    for text in ["0", "-1", "undefined", "7%00", "%zz"] {
        assert_eq!(variable(json!(text)).1, nothing(), "{text}");
    }
    for text in ["", "%FF"] {
        assert_eq!(variable(json!(text)), (None, nothing()), "{text}");
    }
    let bare = call(&event());
    assert!(bare.path("id").is_none() && Result::<UserId>::is_err(&bare.id("id")));
}

#[test]
fn a_query_names_a_thing_or_nothing_or_is_refused() {
    let query = |value: Value| {
        let mut event = event();
        event["multiValueQueryStringParameters"] = json!({"user_id": [value]});
        call(&event).query_id("user_id").map(|id| id.map(UserId::as_i64)).map_err(|error| error.to_string())
    };
    assert_eq!(query(json!(" 7 ")), Ok(Some(7)));
    for text in ["", " ", "undefined", "null"] {
        assert_eq!(query(json!(text)), Ok(None), "{text:?}");
    }
    for text in ["0", "x", "7.0", "9223372036854775808"] {
        assert_eq!(query(json!(text)), Err("参数不正确".to_owned()), "{text}");
    }
}

#[tokio::test]
async fn only_administrators_pass() {
    assert_eq!(call_of("administrator", None).administrator().await.unwrap().id, UserId::from_i64(7).unwrap());
    assert!(matches!(call_of("user", None).administrator().await, Err(Error::Forbidden)));
    assert!(matches!(call(&event()).administrator().await, Err(Error::LoggedOut)));
}

#[tokio::test]
async fn a_read_goes_beside_the_identity() {
    // Each waits for the other to have begun: one after the other, they would wait for ever.
    let gate = Arc::new(Barrier::new(2));
    let call = call_of("administrator", Some(gate.clone()));
    let both = call.administrator_and(async {
        gate.wait().await;
        Ok("rows")
    });
    let (user, rows) = tokio::time::timeout(Duration::from_secs(5), both).await.unwrap().unwrap();
    assert_eq!((user.account.as_str(), rows), ("ada@example.com", "rows"));
}

#[tokio::test]
async fn without_a_token_the_read_does_not_begin() {
    let mut begun = false;
    let read = async {
        begun = true;
        Ok(())
    };
    assert!(matches!(call(&event()).administrator_and(read).await, Err(Error::LoggedOut)));
    assert!(!begun);
}

#[tokio::test]
async fn the_identity_has_the_first_word() {
    let failing = || async { Result::<()>::Err(Error::absent()) };
    assert!(matches!(call_of("user", None).administrator_and(failing()).await, Err(Error::Forbidden)));
    assert!(matches!(call_of("administrator", None).administrator_and(failing()).await, Err(Error::NotFound(_))));
    // A refusal does not wait for the read.
    let endless = std::future::pending::<Result<()>>();
    let call = call_of("user", None);
    let answer = tokio::time::timeout(Duration::from_secs(5), call.administrator_and(endless)).await;
    assert!(matches!(answer, Ok(Err(Error::Forbidden))));
}

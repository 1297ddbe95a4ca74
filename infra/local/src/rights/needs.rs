//! Which rights a call to AWS needs.
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde_json::Value;
use testkit::Objects;

use crate::template::{AWS_ACCOUNT, REGION};

/// One action on one resource, and what conditions may ask about it.
#[derive(Debug)]
pub(super) struct Need {
    pub(super) action: String,
    pub(super) resource: String,
    pub(super) context: Vec<(&'static str, Vec<String>)>,
}

impl Need {
    fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self { action: action.into(), resource: resource.into(), context: Vec::new() }
    }
}

/// Everything that `request` needs. A call that nobody knows needs a right that nobody has.
pub(super) fn of(request: &HttpRequest) -> Vec<Need> {
    let body = request.body().bytes().unwrap_or_default();
    let json = || serde_json::from_slice::<Value>(body).unwrap_or_default();
    match request.headers().get("x-amz-target").and_then(|target| target.split_once('.')) {
        Some((api, operation)) if api.starts_with("DynamoDB_") => of_table(operation, &json()),
        Some(("secretsmanager", operation)) => {
            vec![Need::new(format!("secretsmanager:{operation}"), text(&json()["SecretId"]))]
        }
        Some((api, operation)) => vec![Need::new(format!("{api}:{operation}"), "")],
        None => of_object(request).unwrap_or_else(|| of_mail(body)),
    }
}

/// A transaction needs the rights of the items it holds, not one of its own.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html>
fn of_table(operation: &str, asked: &Value) -> Vec<Need> {
    match operation {
        "TransactWriteItems" | "TransactGetItems" => {
            let parts = asked["TransactItems"].as_array().into_iter().flatten();
            let parts = parts.filter_map(Value::as_object).flatten();
            parts.map(|(verb, part)| on_table(&format!("{verb}Item"), part, leading_key(part))).collect()
        }
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = asked["RequestItems"].as_object().into_iter().flatten();
            tables
                .map(|(table, parts)| {
                    let keys = parts["Keys"].as_array().into_iter().flatten();
                    let gets = keys.map(|key| text(&key["pk"]["S"]));
                    let writes = parts.as_array().into_iter().flatten().filter_map(Value::as_object).flatten();
                    let leading = gets.chain(writes.flat_map(|(_, part)| leading_key(part))).collect();
                    on_table(operation, &serde_json::json!({ "TableName": table }), leading)
                })
                .collect()
        }
        // A query names its partition in an expression; what it is called there is the value's name.
        "Query" => {
            let condition = asked["KeyConditionExpression"].as_str().unwrap_or_default();
            let name =
                condition.split('=').nth(1).and_then(|after| after.split_whitespace().next()).unwrap_or_default();
            vec![on_table(operation, asked, vec![text(&asked["ExpressionAttributeValues"][name]["S"])])]
        }
        _ => vec![on_table(operation, asked, leading_key(asked))],
    }
}

fn on_table(operation: &str, part: &Value, leading: Vec<String>) -> Need {
    let index = part["IndexName"].as_str().map(|index| format!("/index/{index}")).unwrap_or_default();
    let table = text(&part["TableName"]);
    let resource = format!("arn:aws:dynamodb:{REGION}:{AWS_ACCOUNT}:table/{table}{index}");
    Need { context: vec![("dynamodb:LeadingKeys", leading)], ..Need::new(format!("dynamodb:{operation}"), resource) }
}

/// The partition of a part that carries a key or a whole item.
fn leading_key(part: &Value) -> Vec<String> {
    let named = if part["Key"].is_null() { &part["Item"] } else { &part["Key"] };
    named["pk"]["S"].as_str().map(str::to_owned).into_iter().collect()
}

fn of_object(request: &HttpRequest) -> Option<Vec<Need>> {
    let signed = request.headers().get("authorization")?;
    let address = Objects::asked(signed, request.method(), request.uri())?;
    // Looking at an object is getting it without its body.
    let action = if address.operation == "HeadObject" { "GetObject" } else { address.operation };
    Some(vec![Need::new(format!("s3:{action}"), format!("arn:aws:s3:::{}/{}", address.bucket, address.key))])
}

/// A mail needs the right on its sender, and on the configuration set that it names.
fn of_mail(body: &[u8]) -> Vec<Need> {
    let field = |name: &str| {
        url::form_urlencoded::parse(body).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    let action = format!("ses:{}", field("Action").unwrap_or_default());
    let sender = field("Source").unwrap_or_default();
    let arn = |kind: &str, name: &str| format!("arn:aws:ses:{REGION}:{AWS_ACCOUNT}:{kind}/{name}");
    let resources =
        [Some(arn("identity", &sender)), field("ConfigurationSetName").map(|set| arn("configuration-set", &set))];
    let need = |resource| Need {
        context: vec![("ses:FromAddress", vec![sender.clone()])],
        ..Need::new(action.clone(), resource)
    };
    resources.into_iter().flatten().map(need).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

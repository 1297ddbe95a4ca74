//! What a request is: its service, its operation and what it works on.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde_json::{Value, json};

use super::calls::{Call, Service};
use crate::Objects;

/// The log entry of `request`, with nothing measured yet.
pub(super) fn of(request: &HttpRequest) -> Call {
    let body = request.body().bytes().unwrap_or_default();
    let target = request.headers().get("x-amz-target").and_then(|target| target.split_once('.'));
    let (service, operation, targets) = match target {
        Some((api, operation)) if api.starts_with("DynamoDB_") => {
            let asked = serde_json::from_slice(body).unwrap_or_default();
            (Service::DynamoDb, operation.to_owned(), targets(operation, &asked))
        }
        Some(("secretsmanager", operation)) => {
            let asked: Value = serde_json::from_slice(body).unwrap_or_default();
            (Service::Secrets, operation.to_owned(), vec![text(&asked["SecretId"])])
        }
        Some((api, operation)) => (Service::Other, operation.to_owned(), vec![api.to_owned()]),
        None => of_object(request).unwrap_or_else(|| of_form(request, body)),
    };
    Call {
        service,
        operation,
        targets,
        units_read: 0.0,
        units_written: 0.0,
        began: 0,
        ended: 0,
        status: None,
        fault: None,
    }
}

/// The body of a DynamoDB call, made to report what it consumes. Calls on tables have nothing to report.
pub(super) fn with_capacity(operation: &str, body: &[u8]) -> Vec<u8> {
    let on_items = operation.ends_with("Item") || operation.ends_with("Items") || matches!(operation, "Query" | "Scan");
    match serde_json::from_slice::<Value>(body) {
        Ok(mut request @ Value::Object(_)) if on_items => {
            request["ReturnConsumedCapacity"] = json!("TOTAL");
            request.to_string().into_bytes()
        }
        _ => body.to_vec(),
    }
}

/// S3 speaks REST: method and path say it all, and the signature that it is S3.
fn of_object(request: &HttpRequest) -> Option<(Service, String, Vec<String>)> {
    let address = Objects::asked(request.headers().get("authorization")?, request.method(), request.uri())?;
    Some((Service::S3, address.operation.to_owned(), vec![address.key]))
}

/// SES speaks the query protocol: a form with an `Action`.
fn of_form(request: &HttpRequest, body: &[u8]) -> (Service, String, Vec<String>) {
    let field = |name: &str| url::form_urlencoded::parse(body).find(|(key, _)| key == name).map(|(_, value)| value);
    match field("Action") {
        Some(action) if action.starts_with("Send") => {
            let to = field("Destination.ToAddresses.member.1").or_else(|| field("Destinations.member.1"));
            (Service::Ses, action.into_owned(), to.map(Into::into).into_iter().collect())
        }
        Some(action) => (Service::Other, action.into_owned(), vec![request.uri().to_owned()]),
        None => (Service::Other, request.method().to_owned(), vec![request.uri().to_owned()]),
    }
}

fn targets(operation: &str, asked: &Value) -> Vec<String> {
    let table = text(&asked["TableName"]);
    match operation {
        "Query" => {
            let index = asked["IndexName"].as_str().map(|index| format!("#{index}")).unwrap_or_default();
            let values = asked["ExpressionAttributeValues"].as_object().into_iter().flatten();
            let values: Vec<String> = values.map(|(name, value)| format!("{name}={}", scalar(value))).collect();
            vec![format!("{table}{index} {} {}", text(&asked["KeyConditionExpression"]), values.join(" "))]
        }
        "TransactWriteItems" | "TransactGetItems" => {
            let parts = asked["TransactItems"].as_array().into_iter().flatten().filter_map(Value::as_object).flatten();
            parts.map(|(verb, part)| format!("{verb} {} {}", text(&part["TableName"]), key(part))).collect()
        }
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = asked["RequestItems"].as_object().into_iter().flatten();
            tables.flat_map(|(table, parts)| batch(table, parts)).collect()
        }
        _ if asked.get("Key").is_some() || asked.get("Item").is_some() => vec![format!("{table} {}", key(asked))],
        _ => vec![table],
    }
}

/// The parts of a batch on one table: a list of keys to get, or of puts and deletes.
fn batch(table: &str, parts: &Value) -> Vec<String> {
    let gets = parts["Keys"].as_array().into_iter().flatten();
    let gets = gets.map(|one| format!("Get {table} {}", key(&json!({"Key": one}))));
    let writes = parts.as_array().into_iter().flatten().filter_map(Value::as_object).flatten();
    gets.chain(writes.map(|(verb, part)| format!("{verb} {table} {}", key(part)))).collect()
}

/// `pk/sk` of a part that carries a key or a whole item.
fn key(part: &Value) -> String {
    let named = if part.get("Key").is_some() { &part["Key"] } else { &part["Item"] };
    format!("{}/{}", scalar(&named["pk"]), scalar(&named["sk"]))
}

/// A typed attribute value as bare text.
fn scalar(typed: &Value) -> String {
    typed.as_object().and_then(|tagged| tagged.values().next()).map(text).unwrap_or_default()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

//! The engine's wire answers and the plain view of its items.

use std::sync::Arc;

use serde_json::{Value, json};

use super::flight::Flight;

use crate::Dynamo;
use crate::testing;

fn call(dynamo: &Dynamo, operation: &str, request: &Value) -> (u16, Value) {
    let (status, body) = dynamo.execute(operation, request.to_string().as_bytes());
    (status, serde_json::from_slice(&body).unwrap())
}

#[test]
fn items_come_out_as_plain_json_in_key_order() {
    let (_, dynamo) = testing::wire();
    for sk in ["b", "a"] {
        let item = json!({
            "pk": {"S": "p"}, "sk": {"S": sk}, "n": {"N": "-7"}, "half": {"N": "0.5"},
            "big": {"N": "123456789012345678901234567890"}, "yes": {"BOOL": true}, "none": {"NULL": true},
            "list": {"L": [{"N": "1"}, {"S": "x"}]}, "map": {"M": {"k": {"S": "v"}}}, "set": {"NS": ["10", "9"]},
        });
        assert_eq!(call(&dynamo, "PutItem", &json!({"TableName": "main", "Item": item})).0, 200);
    }
    let items = dynamo.items("main");
    assert_eq!(items.iter().map(|item| &item["sk"]).collect::<Vec<_>>(), ["a", "b"]);
    let expected = json!({
        "pk": "p", "sk": "a", "n": -7, "half": 0.5, "big": "123456789012345678901234567890", "yes": true,
        "none": null, "list": [1, "x"], "map": {"k": "v"}, "set": [9, 10],
    });
    assert_eq!(Value::Object(items[0].clone()), expected);
}

#[test]
fn items_reads_every_page() {
    let (_, dynamo) = testing::wire();
    for n in 0..12 {
        let item = json!({"pk": {"S": "p"}, "sk": {"S": format!("{n:02}")}, "blob": {"S": "x".repeat(200_000)}});
        assert_eq!(call(&dynamo, "PutItem", &json!({"TableName": "main", "Item": item})).0, 200);
    }
    assert_eq!(dynamo.items("main").len(), 12);
}

#[test]
fn a_file_keeps_its_tables() {
    let folder = std::env::temp_dir().join(format!("testkit-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("tables.db");
    let table = json!({
        "TableName": "kept", "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    });
    let dynamo = Dynamo::file(&path).unwrap();
    assert_eq!(call(&dynamo, "CreateTable", &table).0, 200);
    drop(dynamo);
    let names = call(&Dynamo::file(&path).unwrap(), "ListTables", &json!({})).1;
    assert_eq!(names["TableNames"], json!(["kept"]));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn time_to_live_is_stored_and_swept() {
    let (_, dynamo) = testing::wire();
    let setting = json!({"AttributeName": "ttl", "Enabled": true});
    let request = json!({"TableName": "main", "TimeToLiveSpecification": setting});
    assert_eq!(call(&dynamo, "UpdateTimeToLive", &request).0, 200);
    let described = call(&dynamo, "DescribeTimeToLive", &json!({"TableName": "main"})).1;
    assert_eq!(described["TimeToLiveDescription"]["AttributeName"], "ttl");
    // A day old: the real service leaves alone what ended more than five years ago.
    let yesterday = domain::Clock::system().millis() / 1000 - 86_400;
    let item = json!({"pk": {"S": "p"}, "sk": {"S": "s"}, "ttl": {"N": yesterday.to_string()}});
    assert_eq!(call(&dynamo, "PutItem", &json!({"TableName": "main", "Item": item})).0, 200);
    assert_eq!(dynamo.sweep(), Ok(1));
    assert!(dynamo.items("main").is_empty());
}

#[test]
fn errors_have_the_wire_form() {
    let (_, dynamo) = testing::wire();
    let cases = [
        ("GetItem", json!({"TableName": "absent", "Key": {"pk": {"S": "a"}}}), "ResourceNotFoundException"),
        ("GetItem", json!({"TableName": "main", "Key": {"pk": {"S": "a"}}}), "ValidationException"),
        ("GetItem", json!({"TableName": 7}), "SerializationException"),
        ("PutItem", json!({"TableName": "main", "Item": {"pk": {"X": "a"}}}), "ValidationException"),
        ("Frobnicate", json!({}), "ValidationException"),
    ];
    for (operation, request, name) in cases {
        let (status, body) = call(&dynamo, operation, &request);
        let kind = body["__type"].as_str().unwrap();
        assert!(status == 400 && kind.ends_with(name), "{operation} {request}: {status} {body}");
    }
}

/// The service's limits, each at its largest and one beyond.
#[test]
fn what_is_too_large_is_refused_as_the_service_refuses_it() {
    let (_, dynamo) = testing::wire();
    let item = |sk: &str, blob: usize| {
        let blob = json!({"S": "x".repeat(blob)});
        json!({"pk": {"S": "p"}, "sk": {"S": sk}, "blob": blob})
    };
    let put = |item: Value| json!({"TableName": "main", "Item": item});
    let key = |pk: usize, sk: usize| put(json!({"pk": {"S": "k".repeat(pk)}, "sk": {"S": "k".repeat(sk)}}));
    let puts = |number: usize, blob: usize| {
        let puts = (0..number).map(|place| json!({"Put": put(item(&format!("{number}-{place}"), blob))}));
        json!({"TransactItems": puts.collect::<Vec<_>>()})
    };
    let update = |length: usize| {
        let clause = "SET #n = :n";
        json!({
            "TableName": "main", "Key": {"pk": {"S": "p"}, "sk": {"S": "s"}},
            "UpdateExpression": format!("{clause}{}", " ".repeat(length - clause.len())),
            "ExpressionAttributeNames": {"#n": "n"}, "ExpressionAttributeValues": {":n": {"N": "1"}},
        })
    };
    let transaction = |length: usize| json!({"TransactItems": [{"Update": update(length)}]});
    // "pk", "p", "sk", "item" and "blob" are 13 bytes of it.
    let whole = 400 * 1024 - 13;
    for (operation, largest, beyond) in [
        ("UpdateItem", update(4096), update(4097)),
        ("TransactWriteItems", transaction(4096), transaction(4097)),
        ("TransactWriteItems", puts(100, 1), puts(101, 1)),
        ("TransactWriteItems", puts(10, 409_000), puts(11, 409_000)),
        ("PutItem", put(item("item", whole)), put(item("item", whole + 1))),
        ("PutItem", key(2048, 1), key(2049, 1)),
        ("PutItem", key(1, 1024), key(1, 1025)),
    ] {
        let (status, answer) = call(&dynamo, operation, &largest);
        assert_eq!(status, 200, "{operation}: {answer}");
        let (status, answer) = call(&dynamo, operation, &beyond);
        let kind = answer["__type"].as_str().unwrap_or_default();
        assert!(status == 400 && kind.ends_with("ValidationException"), "{operation}: {status} {answer}");
    }
    let query = json!({
        "TableName": "main", "KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "p"}},
    });
    let page = call(&dynamo, "Query", &query).1;
    let bytes = page["Items"].to_string().len();
    assert!(page["LastEvaluatedKey"].is_object() && (500_000..1_500_000).contains(&bytes), "{bytes} bytes");
}

#[test]
fn writes_that_meet_a_transaction_in_an_item_are_refused() {
    let write = |sk: &str| json!({"TableName": "main", "Key": {"pk": {"S": "p"}, "sk": {"S": sk}}});
    let put = |sk: &str| json!({"TableName": "main", "Item": {"pk": {"S": "p"}, "sk": {"S": sk}, "n": {"N": "1"}}});
    let both = |token: &str, one: &str, other: &str| {
        let items = json!([{"Update": write(one)}, {"Put": put(other)}]);
        json!({"TransactItems": items, "ClientRequestToken": token})
    };
    let flight = Arc::new(Flight::default());
    let enter = |operation: &str, request: &Value| flight.enter(operation, request.to_string().as_bytes());
    let kind = |refusal: Result<_, Value>| refusal.map(|_| ()).unwrap_err()["__type"].as_str().unwrap().to_owned();

    let first = enter("TransactWriteItems", &both("one", "a", "b")).unwrap();
    for (operation, request) in [("UpdateItem", write("a")), ("DeleteItem", write("b")), ("PutItem", put("b"))] {
        assert!(kind(enter(operation, &request)).ends_with("#TransactionConflictException"), "{operation}");
    }
    let refusal = enter("TransactWriteItems", &both("two", "c", "b")).unwrap_err();
    let codes: Vec<&Value> =
        refusal["CancellationReasons"].as_array().unwrap().iter().map(|reason| &reason["Code"]).collect();
    assert_eq!(codes, ["None", "TransactionConflict"]);
    assert!(kind(enter("TransactWriteItems", &both("one", "a", "b"))).ends_with("#TransactionInProgressException"));
    // Reads, other items and other tables are nobody's business, and what was refused holds nothing.
    let other = enter("UpdateItem", &write("c")).unwrap();
    enter("GetItem", &write("a")).unwrap();
    enter("UpdateItem", &json!({"TableName": "other", "Key": write("a")["Key"]})).unwrap();

    drop(first);
    let one = enter("UpdateItem", &write("a")).unwrap();
    let two = enter("PutItem", &put("a")).unwrap();
    assert!(kind(enter("TransactWriteItems", &both("one", "a", "b"))).ends_with("#TransactionCanceledException"));
    drop(one);
    assert!(kind(enter("TransactWriteItems", &both("one", "a", "b"))).ends_with("#TransactionCanceledException"));
    drop((two, other));
    enter("TransactWriteItems", &both("one", "a", "b")).unwrap();
}

#[test]
fn what_is_refused_for_a_conflict_has_no_effect() {
    let (_, dynamo) = testing::wire();
    let add = |sk: &str| {
        json!({
            "TableName": "main", "Key": {"pk": {"S": "p"}, "sk": {"S": sk}}, "UpdateExpression": "ADD n :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        })
    };
    let transaction = json!({"TransactItems": [{"Update": add("a")}, {"Update": add("b")}]}).to_string();
    let held = dynamo.flight.enter("TransactWriteItems", transaction.as_bytes()).unwrap();
    assert_eq!(call(&dynamo, "UpdateItem", &add("a")).0, 400);
    let other = json!({"TransactItems": [{"Update": add("c")}, {"Update": add("b")}]});
    assert_eq!(call(&dynamo, "TransactWriteItems", &other).0, 400);
    assert!(dynamo.items("main").is_empty());
    drop(held);
    assert_eq!(call(&dynamo, "TransactWriteItems", &other).0, 200);
    assert_eq!(dynamo.items("main").len(), 2);
}

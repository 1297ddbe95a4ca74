//! The engine's wire answers and the plain view of its items.

use serde_json::{Value, json};

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

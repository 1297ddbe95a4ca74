//! A ledger that takes several steps.

use serde_json::{Value, json};

use super::{DAY, check_for, outcome};
use crate::app::{Person, TestApp};

/// More than one step reads.
const ROWS: i64 = 2_600;

/// Gives Ada rows of one credit each, as so many adjustments would.
fn give(app: &TestApp, ada: &Person<'_>) {
    let name = app.stack.environment("auth").text("TABLE_NAME").unwrap().to_owned();
    let execute = |operation: &str, body: &Value| {
        let (status, answer) = app.stack.dynamo.execute(operation, body.to_string().as_bytes());
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    };
    let number = |number: i64| json!({"N": number.to_string()});
    let gift = app.table().into_iter().find(|item| item["pk"] == format!("ledger#{}", ada.id).as_str()).unwrap();
    let (first, total) = (gift["list_sk"].as_i64().unwrap() + 1, gift["total"].as_i64().unwrap());
    let rows: Vec<i64> = (0..ROWS).collect();
    for few in rows.chunks(25) {
        let puts: Vec<Value> = few
            .iter()
            .map(|row| {
                let (id, ordinal) = (first + row, row + 2);
                let cause = json!({"kind": {"S": "adjustment"}, "by": {"S": ada.id}, "request": {"S": id.to_string()}});
                json!({"PutRequest": {"Item": {
                    "pk": {"S": format!("ledger#{}", ada.id)}, "sk": {"S": format!("{ordinal:012}")}, "v": number(1),
                    "id": {"S": id.to_string()}, "user": {"S": ada.id}, "ordinal": number(ordinal),
                    "amount": number(1), "total": number(total + row + 1), "describe": {"S": "测试"},
                    "cause": {"M": cause}, "created": number(1), "list_pk": {"S": "list#ledger"}, "list_sk": number(id),
                }}})
            })
            .collect();
        execute("BatchWriteItem", &json!({"RequestItems": {name.as_str(): puts}}));
    }
    let mut leaves = std::collections::BTreeMap::<i64, i64>::new();
    for row in 0..ROWS {
        *leaves.entry((first + row) >> 42).or_default() += 1;
    }
    for (leaf, count) in leaves {
        let expression = format!("ADD n_l :count, d_l_{leaf} :count, m_d_19700101_ga :count SET v = :one");
        let values = json!({":count": number(count), ":one": number(1)});
        let key = json!({"pk": {"S": "tally"}, "sk": {"S": "00"}});
        execute(
            "UpdateItem",
            &json!({"TableName": name, "Key": key, "UpdateExpression": expression, "ExpressionAttributeValues": values}),
        );
    }
    app.edit_user(ada, "ADD balance :count, #rows :count", &json!({":count": number(ROWS)}));
}

#[tokio::test]
async fn a_ledger_of_any_length_is_added_up_in_steps() {
    TestApp::run(async |app| {
        let ada = app.log_in("ada@example.com").await;
        give(app, &ada);
        assert_eq!((check_for(app, 0).await.unwrap().users, check_for(app, 0).await.unwrap().users), (0, 1));
        let whole = outcome(app).await;
        assert_eq!((whole.users, whole.rows, whole.number), (1, 2_601, 0), "{whole:?}");

        // Rows that come between two steps of one ledger are added up with it.
        app.clock.advance(DAY);
        assert_eq!(check_for(app, 0).await.unwrap().users, 0);
        app.post("/api/signin", &ada.token, &Value::Null).await.data();
        ada.chat("hi [[usage=100,50]]").await;
        let grown = outcome(app).await;
        assert_eq!((grown.rows, grown.number), (2_603, 0), "{grown:?}");

        app.clock.advance(DAY);
        app.edit_user(&ada, "ADD balance :one", &json!({":one": {"N": "1"}}));
        let found = outcome(app).await;
        assert_eq!(serde_json::to_value(&found.differences).unwrap()[0]["kind"], "sum");
        app.edit_user(&ada, "SET balance = balance - :one", &json!({":one": {"N": "1"}}));
    })
    .await;
}

//! Makes the template's tables in the embedded engine.

use serde_json::{Value, json};
use testkit::Dynamo;

use crate::StackError;
use crate::template::Table;

/// What must be the same in the engine and in the template.
const SHAPE: [&str; 2] = ["AttributeDefinitions", "KeySchema"];

/// Makes each table that is missing.
///
/// # Errors
/// When one cannot be made, or is there with other keys or indexes than the template's.
pub(crate) fn make(dynamo: &Dynamo, tables: &[Table]) -> Result<(), StackError> {
    for table in tables {
        match call(dynamo, "DescribeTable", &json!({ "TableName": table.name })) {
            Ok(described) if shape(&described["Table"]) == shape(&table.create) => {}
            Ok(_) => return Err(StackError::OtherTable { name: table.name.clone() }),
            Err(refusal) if refusal.contains("ResourceNotFoundException") => make_one(dynamo, table)?,
            Err(refusal) => return Err(failed(table, refusal)),
        }
    }
    Ok(())
}

fn make_one(dynamo: &Dynamo, table: &Table) -> Result<(), StackError> {
    call(dynamo, "CreateTable", &table.create).map_err(|refusal| failed(table, refusal))?;
    if let Some(time_to_live) = &table.time_to_live {
        call(dynamo, "UpdateTimeToLive", time_to_live).map_err(|refusal| failed(table, refusal))?;
    }
    Ok(())
}

fn call(dynamo: &Dynamo, operation: &str, body: &Value) -> Result<Value, String> {
    let (status, answer) = dynamo.execute(operation, body.to_string().as_bytes());
    match serde_json::from_slice(&answer) {
        Ok(answer) if status == 200 => Ok(answer),
        _ => Err(String::from_utf8_lossy(&answer).into_owned()),
    }
}

fn failed(table: &Table, refusal: String) -> StackError {
    StackError::Table { name: table.name.clone(), refusal }
}

/// Keys and indexes in an order of their own.
fn shape(table: &Value) -> Vec<String> {
    let entries = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let indexes = entries(&table["GlobalSecondaryIndexes"]).into_iter().map(|index| {
        json!([index["IndexName"], index["KeySchema"], index["Projection"]["ProjectionType"]]).to_string()
    });
    let keys = SHAPE.iter().flat_map(|key| entries(&table[*key])).map(|entry| entry.to_string());
    let mut shape: Vec<String> = indexes.chain(keys).collect();
    shape.sort();
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(key: &str) -> Table {
        let create = json!({
            "TableName": "rows",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                { "AttributeName": key, "AttributeType": "S" },
                { "AttributeName": "due", "AttributeType": "N" },
            ],
            "KeySchema": [{ "AttributeName": key, "KeyType": "HASH" }],
            "GlobalSecondaryIndexes": [{
                "IndexName": "due",
                "KeySchema": [{ "AttributeName": "due", "KeyType": "HASH" }],
                "Projection": { "ProjectionType": "KEYS_ONLY" },
            }],
        });
        let time_to_live = json!({
            "TableName": "rows",
            "TimeToLiveSpecification": { "AttributeName": "ttl", "Enabled": true },
        });
        Table { name: "rows".to_owned(), create, time_to_live: Some(time_to_live) }
    }

    #[test]
    fn a_table_is_made_once_and_never_changed() {
        let dynamo = Dynamo::memory().unwrap();
        make(&dynamo, &[table("pk")]).unwrap();
        make(&dynamo, &[table("pk")]).unwrap();
        let described = call(&dynamo, "DescribeTimeToLive", &json!({ "TableName": "rows" })).unwrap();
        assert_eq!(described["TimeToLiveDescription"]["AttributeName"], "ttl");
        assert!(matches!(make(&dynamo, &[table("other")]), Err(StackError::OtherTable { .. })));
    }
}

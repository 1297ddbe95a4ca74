//! The law of the ledger, re-added from the rows of the table.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

type Item = Map<String, Value>;

pub fn number(item: &Item, name: &str) -> i64 {
    item.get(name).and_then(Value::as_i64).unwrap_or_else(|| panic!("{name} in {item:?}"))
}

fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    item.get(name).and_then(Value::as_str).unwrap_or_else(|| panic!("{name} in {item:?}"))
}

fn of_kind<'a>(items: &'a [Item], prefix: &'a str) -> impl Iterator<Item = &'a Item> {
    items.iter().filter(move |item| text(item, "pk").starts_with(prefix))
}

/// All texts and numbers of an item, names and keys included.
pub fn leaves(item: &Item) -> Vec<String> {
    fn gather(value: &Value, into: &mut Vec<String>) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| {
                into.push(name.clone());
                gather(value, into);
            }),
            Value::Array(elements) => elements.iter().for_each(|element| gather(element, into)),
            Value::String(text) => into.push(text.clone()),
            other => into.push(other.to_string()),
        }
    }
    let mut all = Vec::new();
    gather(&Value::Object(item.clone()), &mut all);
    all
}

/// Every invariant that holds at each commit.
pub fn check(items: &[Item]) {
    for item in items {
        assert_eq!(number(item, "v"), 1, "each item carries its schema version: {item:?}");
    }
    let mut ledgers: BTreeMap<&str, Vec<&Item>> = BTreeMap::new();
    for row in of_kind(items, "ledger#") {
        ledgers.entry(text(row, "user")).or_default().push(row);
    }
    let mut users = BTreeSet::new();
    for user in of_kind(items, "user#") {
        let id = text(user, "id");
        users.insert(id);
        let (balance, held) = (number(user, "balance"), number(user, "held"));
        assert!(balance >= 0 && held >= 0, "below zero: {user:?}");
        let holds = user["holds"].as_object().expect("holds");
        let set_aside: i64 = holds.values().map(|hold| hold["a"].as_i64().unwrap()).sum();
        assert_eq!(held, set_aside, "held is the sum of the holds: {user:?}");

        let mut rows = ledgers.remove(id).unwrap_or_default();
        rows.sort_by_key(|row| number(row, "ordinal"));
        assert_eq!(rows.len(), usize::try_from(number(user, "rows")).unwrap(), "the count is the number of rows");
        let (mut total, mut causes) = (0, BTreeSet::new());
        for (index, row) in rows.iter().enumerate() {
            assert_eq!(number(row, "ordinal"), i64::try_from(index).unwrap() + 1, "ordinals are dense");
            total += number(row, "amount");
            assert_eq!(number(row, "total"), total, "each row names the sum up to it: {row:?}");
            if text(row, "describe") != "测试" {
                let cause = (row["cause"]["kind"].to_string(), row["cause"].get("hold").map(Value::to_string));
                assert!(causes.insert(cause), "a cause came twice: {row:?}");
            }
        }
        assert_eq!(balance + held, total, "balance + held is the sum of the rows: {user:?}");
    }
    assert!(ledgers.is_empty(), "rows without a user: {ledgers:?}");
    for marker in of_kind(items, "account#").filter(|item| item["sk"] == "account") {
        assert!(users.remove(text(marker, "user")), "one account, one user: {marker:?}");
    }
    assert!(users.is_empty(), "users without an account: {users:?}");
}

/// Every reservation has ended, and nothing waits for the janitor.
pub fn check_nothing_held(items: &[Item]) {
    for user in of_kind(items, "user#") {
        assert_eq!(number(user, "held"), 0, "{user:?}");
        assert!(user["holds"].as_object().unwrap().is_empty(), "{user:?}");
        assert!(!user.contains_key("due_pk") && !user.contains_key("due_sk"), "{user:?}");
    }
}

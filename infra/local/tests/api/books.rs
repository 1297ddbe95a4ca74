//! The law of the ledger and of the lists, re-added from the rows of the table.

mod audit;
mod codes;
mod days;
mod ledger;
mod lists;
mod orders;
mod people;
mod pictures;

use serde_json::{Map, Value};
use testkit::Object;

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
pub fn check(items: &[Item], objects: &[Object]) {
    for item in items {
        assert_eq!(number(item, "v"), 1, "each item carries its schema version: {item:?}");
    }
    ledger::check(items);
    lists::check(items);
    people::check(items);
    codes::check(items);
    orders::check(items);
    days::check(items);
    pictures::check(items, objects);
    audit::check(items);
}

/// Every reservation has ended, and nothing waits for the janitor.
pub fn check_nothing_held(items: &[Item]) {
    for user in of_kind(items, "user#") {
        assert_eq!(number(user, "held"), 0, "{user:?}");
        assert!(user["holds"].as_object().unwrap().is_empty(), "{user:?}");
        assert!(!user.contains_key("due_pk") && !user.contains_key("due_sk"), "{user:?}");
    }
}

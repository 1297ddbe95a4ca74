//! Each user's ledger.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Item, number, of_kind, text};

pub(super) fn check(items: &[Item]) {
    let mut ledgers: BTreeMap<&str, Vec<&Item>> = BTreeMap::new();
    let (mut hidden, mut causes) = (BTreeMap::new(), BTreeSet::new());
    for row in of_kind(items, "ledger#") {
        if text(row, "sk") == "hidden" {
            let ordinals: Vec<i64> = row["ordinals"].as_array().unwrap().iter().map(|n| n.as_i64().unwrap()).collect();
            hidden.insert(text(row, "pk").strip_prefix("ledger#").unwrap(), ordinals);
            continue;
        }
        ledgers.entry(text(row, "user")).or_default().push(row);
        assert!(causes.insert(cause(row)), "a cause came twice: {row:?}");
    }
    for user in of_kind(items, "user#") {
        let id = text(user, "id");
        let mut rows = ledgers.remove(id).unwrap_or_default();
        rows.sort_by_key(|row| number(row, "ordinal"));
        check_user(user, &rows);
        let found: Vec<i64> =
            rows.iter().filter(|row| row.contains_key("hidden")).map(|row| number(row, "ordinal")).collect();
        assert_eq!(found, hidden.remove(id).unwrap_or_default(), "the hidden rows: {user:?}");
        assert_eq!(
            i64::try_from(found.len()).unwrap(),
            user.get("hidden").map_or(0, |count| count.as_i64().unwrap()),
            "their number: {user:?}"
        );
    }
    assert!(ledgers.is_empty() && hidden.is_empty(), "rows without a user: {ledgers:?} {hidden:?}");
}

/// What a row was written for. Those that happen once in a user's life are told apart by the user.
fn cause(row: &Item) -> String {
    match row["cause"]["kind"].as_str().unwrap() {
        "register" | "signin" | "deletion" => format!("{} {}", text(row, "user"), row["cause"]),
        "chat" | "draw" => row["cause"]["hold"].to_string(),
        "code" => row["cause"]["code"].to_string(),
        "order" => row["cause"]["order"].to_string(),
        "adjustment" => row["cause"]["request"].to_string(),
        other => panic!("{other}: {row:?}"),
    }
}

/// What a key has spent is what the rows say that it paid, and what is set aside for it.
fn check_api_keys(user: &Item, rows: &[&Item]) {
    let keys = user.get("api_keys").and_then(Value::as_object).cloned().unwrap_or_default();
    for (hash, key) in &keys {
        let (room, cap) = (key["r"].as_i64().unwrap(), key.get("c").map(|cap| cap.as_i64().unwrap()));
        let holds = user["holds"].as_object().unwrap().values().filter(|hold| hold["k"] == hash.as_str());
        let set_aside: i64 = holds.map(|hold| hold["a"].as_i64().unwrap()).sum();
        let paid = rows.iter().filter(|row| row["cause"]["api_key"] == key["i"]);
        let paid: i64 = paid.map(|row| -number(row, "amount")).sum();
        assert!(room >= 0, "a key's room: {user:?}");
        assert_eq!(cap.unwrap_or(UNCAPPED) - room, paid + set_aside, "what a key has spent: {user:?}");
    }
}

/// The room of a key without a cap.
const UNCAPPED: i64 = 1_000_000_000_000_000;

fn check_user(user: &Item, rows: &[&Item]) {
    let (balance, held) = (number(user, "balance"), number(user, "held"));
    assert!(balance >= 0 && held >= 0, "below zero: {user:?}");
    let holds = user["holds"].as_object().expect("holds");
    let set_aside: i64 = holds.values().map(|hold| hold["a"].as_i64().unwrap()).sum();
    assert_eq!(held, set_aside, "held is the sum of the holds: {user:?}");
    assert_eq!(rows.len(), usize::try_from(number(user, "rows")).unwrap(), "the count is the number of rows");
    let mut total = 0;
    for (index, row) in rows.iter().enumerate() {
        assert_eq!(number(row, "ordinal"), i64::try_from(index).unwrap() + 1, "ordinals are dense");
        total += number(row, "amount");
        assert_eq!(number(row, "total"), total, "each row names the sum up to it: {row:?}");
        let days = row.get("days").is_some_and(|days| days.as_i64() > Some(0));
        assert!(!days || number(row, "amount") == 0, "days are no credits: {row:?}");
    }
    assert_eq!(balance + held, total, "balance + held is the sum of the rows: {user:?}");
    check_api_keys(user, rows);
    if user.contains_key("gone") {
        assert_eq!(
            (total, &user["sessions"], &user["enabled"]),
            (0, &Value::Object([].into_iter().collect()), &Value::Bool(false))
        );
    }
}

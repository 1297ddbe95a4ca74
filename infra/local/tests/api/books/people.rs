//! Users, their accounts, messages and sign-ins.

use std::collections::{BTreeMap, BTreeSet};

use super::{Item, number, of_kind, text};

pub(super) fn check(items: &[Item]) {
    check_accounts(items);
    check_administrators(items);
    let is_withdrawn = |item: &Item| item.contains_key("withdrawn");
    check_owned(items, "messages#", "messages", "messages", |item| !is_withdrawn(item));
    check_owned(items, "messages#", "withdrawn", "kept_messages", is_withdrawn);
    check_owned(items, "images#", "images", "images", |_| true);
    check_owned(items, "uploads#", "uploads", "uploads", |_| true);
    check_withdrawn(items);
    check_signins(items);
}

fn living(items: &[Item]) -> impl Iterator<Item = &Item> {
    of_kind(items, "user#").filter(|user| !user.contains_key("gone"))
}

/// One account, one user; a deleted user has none.
fn check_accounts(items: &[Item]) {
    let mut users: BTreeMap<&str, &str> = living(items).map(|user| (text(user, "id"), text(user, "account"))).collect();
    for marker in items.iter().filter(|item| item["pk"] == "accounts") {
        assert_eq!(users.remove(text(marker, "user")), Some(text(marker, "sk")), "one account, one user: {marker:?}");
    }
    assert!(users.is_empty(), "users without an account: {users:?}");
}

/// The set that protects the last administrator names those who can act.
fn check_administrators(items: &[Item]) {
    let set = items.iter().find(|item| item["pk"] == "administrators");
    let named: BTreeSet<&str> = set
        .map_or(BTreeSet::new(), |set| set["ids"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect());
    let acting = living(items).filter(|user| user["role"] == "administrator" && user["enabled"] == true);
    assert_eq!(named, acting.map(|user| text(user, "id")).collect());
}

/// A user counts their messages, those that only administrators see, their pictures, and what they have put up.
fn check_owned(items: &[Item], prefix: &str, owner: &str, kind: &str, is_of_kind: impl Fn(&Item) -> bool) {
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    for owned in of_kind(items, prefix).filter(|item| is_of_kind(item)) {
        let user = text(owned, "user");
        *counts.entry(user).or_default() += 1;
        assert_eq!(text(owned, "owner_pk"), format!("{owner}#{user}"), "{owned:?}");
        assert_eq!(number(owned, "owner_sk").to_string(), text(owned, "id"), "{owned:?}");
    }
    for user in of_kind(items, "user#") {
        let counted = user.get(kind).map_or(0, |count| count.as_i64().unwrap());
        assert_eq!(counted, counts.remove(text(user, "id")).unwrap_or(0), "the {kind} of {user:?}");
    }
    assert!(counts.is_empty(), "{kind} without a user: {counts:?}");
}

/// What only administrators see is found when its time is over, and nothing else of messages is.
fn check_withdrawn(items: &[Item]) {
    for message in of_kind(items, "messages#") {
        let due = message.get("withdrawn").map(|at| at.as_i64().unwrap() / 1000);
        assert_eq!(message.get("due_sk").map(|second| second.as_i64().unwrap()), due, "{message:?}");
        let shard = text(message, "user").parse::<i64>().unwrap() % 4;
        let partition = due.map(|_| format!("withdrawn-messages#{shard}"));
        assert_eq!(message.get("due_pk").map(|pk| pk.as_str().unwrap().to_owned()), partition, "{message:?}");
    }
}

/// A reward for a day stands for a sign-in of that day.
fn check_signins(items: &[Item]) {
    let signed: BTreeSet<(&str, &str)> =
        of_kind(items, "signins#").map(|signin| (text(signin, "user"), text(signin, "sk"))).collect();
    for row in of_kind(items, "ledger#").filter(|row| row.get("cause").is_some_and(|cause| cause["kind"] == "signin")) {
        let day = row["cause"]["day"].as_str().unwrap();
        assert!(signed.contains(&(text(row, "user"), day)), "a reward without a sign-in: {row:?}");
    }
}

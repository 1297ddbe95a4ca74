//! Users, their accounts, messages and sign-ins.

use std::collections::{BTreeMap, BTreeSet};

use super::{Item, number, of_kind, text};

pub(super) fn check(items: &[Item]) {
    check_accounts(items);
    check_administrators(items);
    check_messages(items);
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

fn check_messages(items: &[Item]) {
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    for message in of_kind(items, "messages#") {
        let user = text(message, "user");
        *counts.entry(user).or_default() += 1;
        assert_eq!(text(message, "owner_pk"), format!("messages#{user}"), "{message:?}");
        assert_eq!(number(message, "owner_sk").to_string(), text(message, "id"), "{message:?}");
    }
    for user in of_kind(items, "user#") {
        let counted = user.get("messages").map_or(0, |count| count.as_i64().unwrap());
        assert_eq!(counted, counts.remove(text(user, "id")).unwrap_or(0), "the messages of {user:?}");
    }
    assert!(counts.is_empty(), "messages without a user: {counts:?}");
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

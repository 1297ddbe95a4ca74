//! Records of what administrators did: as many as are counted, each of its own administrator, and without secrets.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Item, number, of_kind, text};

/// Longest record, names and keys included, by what DynamoDB counts.
const BYTES_MAX: usize = 4096;

pub(super) fn check(items: &[Item]) {
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    let (numbers, records): (Vec<&Item>, Vec<&Item>) =
        of_kind(items, "audit#").partition(|item| text(item, "sk") == "count");
    for record in records {
        let user = text(record, "user");
        assert_eq!(text(record, "pk"), format!("audit#{user}"), "{record:?}");
        assert_eq!(text(record, "sk"), format!("{:0>19}", text(record, "id")), "{record:?}");
        assert!(!text(record, "action").is_empty(), "{record:?}");
        let changes: Value = serde_json::from_str(text(record, "changes")).expect("changes in JSON");
        let changes = changes.as_object().expect("changes by field");
        assert!(!changes.is_empty(), "a record of nothing: {record:?}");
        assert!(changes.values().all(|pair| pair.as_array().is_some_and(|pair| pair.len() == 2)), "{record:?}");
        let bytes: usize = record.iter().map(|(name, value)| name.len() + value.to_string().len()).sum();
        assert!(bytes <= BYTES_MAX, "{bytes} bytes: {record:?}");
        *counts.entry(user).or_default() += 1;
    }
    for item in numbers {
        let user = text(item, "pk").strip_prefix("audit#").unwrap();
        assert_eq!(number(item, "n"), counts.remove(user).unwrap_or(0), "the records of {user}");
    }
    assert!(counts.is_empty(), "records that nobody counts: {counts:?}");
}

//! Redemption codes and their batches.

use std::collections::BTreeMap;

use super::{Item, number, of_kind, text};

pub(super) fn check(items: &[Item]) {
    let caused = |row: &&Item| row.get("cause").is_some_and(|cause| cause["kind"] == "code");
    let mut rows: BTreeMap<&str, &Item> =
        of_kind(items, "ledger#").filter(caused).map(|row| (row["cause"]["code"].as_str().unwrap(), row)).collect();
    let mut used: BTreeMap<&str, i64> = BTreeMap::new();
    for row in rows.values() {
        *used.entry(row["cause"]["batch"].as_str().unwrap()).or_default() += 1;
    }
    let mut unused: BTreeMap<&str, i64> = BTreeMap::new();
    for code in of_kind(items, "redemption#") {
        let status = text(code, "status");
        let row = rows.remove(text(code, "id"));
        assert_eq!(status == "used", row.is_some(), "who has used a code has its row: {code:?}");
        if let Some(row) = row {
            assert_eq!(text(code, "user"), text(row, "user"), "{code:?}");
        }
        if status == "unused" {
            *unused.entry(text(code, "batch")).or_default() += 1;
        }
    }
    // Rows of codes that were deleted since remain.
    for batch in of_kind(items, "batch#") {
        let id = text(batch, "id");
        assert_eq!(number(batch, "used"), used.remove(id).unwrap_or(0), "used of {batch:?}");
        assert_eq!(number(batch, "left"), unused.remove(id).unwrap_or(0), "left of {batch:?}");
        assert!(number(batch, "used") + number(batch, "left") <= number(batch, "count"), "{batch:?}");
    }
    assert!(used.is_empty() && unused.is_empty(), "codes without a batch: {used:?} {unused:?}");
}

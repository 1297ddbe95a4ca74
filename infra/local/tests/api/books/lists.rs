//! The administrators' lists: as many rows as counted, each where it is counted.

use std::collections::{BTreeMap, BTreeSet};

use super::{Item, number, of_kind, text};

/// The lists and what stands for each in the names of its counts.
const LISTS: [(&str, &str); 16] = [
    ("users", "u"),
    ("deleted-users", "ud"),
    ("ledger", "l"),
    ("messages", "m"),
    ("signins", "s"),
    ("codes-unused", "cu"),
    ("codes-used", "cd"),
    ("codes-void", "cv"),
    ("batches", "b"),
    ("images-private", "ip"),
    ("images-public", "ig"),
    ("uploads", "up"),
    ("orders-await", "oa"),
    ("orders-paid", "op"),
    ("orders-closed", "oc"),
    ("audit", "a"),
];

pub(super) fn check(items: &[Item]) {
    let mut seen = 0;
    for (name, tag) in LISTS {
        seen += check_list(items, name, tag);
    }
    let listed = items.iter().filter(|item| item.contains_key("list_pk")).count();
    assert_eq!(listed, seen, "every list is checked");
    for item in items {
        check_membership(item);
    }
}

/// Rows by leaf of the ids' tree, as the index has them and as they are counted.
fn check_list(items: &[Item], name: &str, tag: &str) -> usize {
    let partition = format!("list#{name}");
    let mut rows: BTreeMap<i64, i64> = BTreeMap::new();
    let mut ids = BTreeSet::new();
    for row in items.iter().filter(|item| item.get("list_pk").is_some_and(|pk| *pk == partition.as_str())) {
        assert!(ids.insert(number(row, "list_sk")), "an id came twice in {name}: {row:?}");
        *rows.entry(number(row, "list_sk") >> 42).or_default() += 1;
    }
    let (mut total, mut open, mut leaves, mut branches) = (0, BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for tally in of_kind(items, "tally") {
        total += tally.get(&format!("n_{tag}")).map_or(0, |count| count.as_i64().unwrap());
        add(&mut open, tally, &format!("d_{tag}_"), 0);
    }
    for node in items.iter().filter(|item| item["pk"] == partition.as_str()) {
        let (level, at) = text(node, "sk").split_once('#').unwrap();
        let at: i64 = at.parse().unwrap();
        match level {
            "branch" => add(&mut leaves, node, "c_", at << 6),
            "trunk" => add(&mut branches, node, "c_", at << 9),
            other => panic!("{other}"),
        }
    }
    let by_branch = leaves.iter().fold(BTreeMap::new(), |mut sums, (leaf, count)| {
        *sums.entry(leaf >> 6).or_default() += count;
        sums
    });
    assert_eq!(filled(by_branch), filled(branches), "the levels of {name} agree");
    for (leaf, count) in open {
        *leaves.entry(leaf).or_default() += count;
    }
    assert_eq!(filled(leaves), rows, "each row of {name} is counted where it is");
    assert_eq!(usize::try_from(total).unwrap(), ids.len(), "the count of {name}");
    ids.len()
}

fn add(counts: &mut BTreeMap<i64, i64>, item: &Item, prefix: &str, base: i64) {
    for (name, count) in item {
        // `d_c…_1` is no count of the list `c`: what follows the prefix is a number.
        if let Some(at) = name.strip_prefix(prefix).and_then(|at| at.parse::<i64>().ok()) {
            *counts.entry(base + at).or_default() += count.as_i64().unwrap();
        }
    }
}

fn filled(counts: BTreeMap<i64, i64>) -> BTreeMap<i64, i64> {
    counts.into_iter().filter(|(_, count)| *count != 0).collect()
}

/// Each kind of item is in the list that it belongs to, under its own id.
fn check_membership(item: &Item) {
    let (pk, sk) = (text(item, "pk"), text(item, "sk"));
    let kind = pk.split('#').next().unwrap();
    let expected = match kind {
        "ledger" if sk != "hidden" && !item.contains_key("hidden") => Some("list#ledger"),
        "messages" => Some("list#messages"),
        "signins" => Some("list#signins"),
        "accounts" => Some("list#users"),
        "user" if item.contains_key("gone") => Some("list#deleted-users"),
        "audit" if sk != "count" => Some("list#audit"),
        "batch" => Some("list#batches"),
        "uploads" => Some("list#uploads"),
        "images" => Some(match text(item, "visibility") {
            "private" => "list#images-private",
            "public" => "list#images-public",
            other => panic!("{other}"),
        }),
        // What else belongs to an order stands in no list.
        "order" if sk == "order" => Some(match text(item, "state") {
            "await" => "list#orders-await",
            "paid" => "list#orders-paid",
            "closed" => "list#orders-closed",
            other => panic!("{other}"),
        }),
        "redemption" => Some(match text(item, "status") {
            "unused" => "list#codes-unused",
            "used" => "list#codes-used",
            "void" => "list#codes-void",
            other => panic!("{other}"),
        }),
        _ => None,
    };
    assert_eq!(item.get("list_pk").and_then(|list| list.as_str()), expected, "{item:?}");
    if expected.is_some() {
        let id = if kind == "accounts" { "user" } else { "id" };
        assert_eq!(text(item, id), number(item, "list_sk").to_string(), "{item:?}");
    }
}

//! Orders, what their payment gave, and who still waits for one.

use std::collections::{BTreeMap, BTreeSet};

use super::{Item, number, of_kind, text};

pub(super) fn check(items: &[Item]) {
    check_partitions(items);
    let of_order = |row: &&Item| row.get("cause").is_some_and(|cause| cause["kind"] == "order");
    let mut rows: BTreeMap<&str, Vec<&Item>> = BTreeMap::new();
    for row in of_kind(items, "ledger#").filter(of_order) {
        rows.entry(row["cause"]["order"].as_str().unwrap()).or_default().push(row);
    }
    let receipts = of_kind(items, "order#").filter(|item| text(item, "sk") == "receipt");
    let receipts: BTreeMap<&str, &Item> = receipts.map(|receipt| (text(receipt, "pk"), receipt)).collect();
    let mut open: BTreeMap<&str, i64> = BTreeMap::new();
    for order in of_kind(items, "order#").filter(|item| text(item, "sk") == "order") {
        check_places(order);
        let rows = rows.remove(text(order, "id")).unwrap_or_default();
        let receipt = receipts.get(text(order, "pk")).copied();
        match text(order, "state") {
            "paid" => check_paid(order, &rows, receipt),
            state => {
                assert!(rows.is_empty() && receipt.is_none(), "nobody has paid: {order:?} {rows:?} {receipt:?}");
                assert!(!order.contains_key("ordinal") && !order.contains_key("paid"), "{order:?}");
                *open.entry(text(order, "user")).or_default() += i64::from(state == "await");
            }
        }
    }
    assert!(rows.is_empty(), "rows of orders that are not there: {rows:?}");
    for user in of_kind(items, "user#") {
        let counted = user.get("open_orders").map_or(0, |count| count.as_i64().unwrap());
        assert_eq!(counted, open.remove(text(user, "id")).unwrap_or(0), "the open orders of {user:?}");
    }
    assert!(open.values().all(|count| *count == 0), "open orders without a user: {open:?}");
}

/// An order has its terms, and nothing belongs to an order that is not there.
fn check_partitions(items: &[Item]) {
    let parts: BTreeSet<(&str, &str)> =
        of_kind(items, "order#").map(|item| (text(item, "pk"), text(item, "sk"))).collect();
    for (pk, sk) in &parts {
        assert!(parts.contains(&(*pk, "order")) && parts.contains(&(*pk, "terms")), "{pk} has {sk} alone");
    }
}

/// An order stands among its user's, and among those to ask about as long as it waits.
fn check_places(order: &Item) {
    let id = text(order, "id");
    assert_eq!(text(order, "pk"), format!("order#{id}"), "{order:?}");
    assert_eq!(text(order, "owner_pk"), format!("orders#{}", text(order, "user")), "{order:?}");
    assert_eq!(number(order, "owner_sk").to_string(), id, "{order:?}");
    let due = order.get("due_pk").map(|_| (text(order, "due_pk"), number(order, "due_sk") * 1000));
    let is_due = due.is_some_and(|(pk, at)| pk == "unpaid-orders" && at > number(order, "created"));
    match text(order, "state") {
        "await" => assert!(is_due, "nobody will ask about it: {order:?}"),
        "paid" => assert!(!order.contains_key("due_pk") && !order.contains_key("due_sk"), "{order:?}"),
        "closed" => assert!(due.is_none() || is_due, "{order:?}"),
        other => panic!("{other}: {order:?}"),
    }
}

/// A payment gave once, to its user, what the order was made for; the row, the order and the receipt agree.
fn check_paid(order: &Item, rows: &[&Item], receipt: Option<&Item>) {
    let [row] = rows else { panic!("{} rows of a paid order: {order:?} {rows:?}", rows.len()) };
    let receipt = receipt.unwrap_or_else(|| panic!("no receipt: {order:?}"));
    assert_eq!(text(row, "user"), text(order, "user"), "{order:?} {row:?}");
    assert_eq!(number(row, "ordinal"), number(order, "ordinal"), "{order:?} {row:?}");
    assert_eq!(text(receipt, "row"), text(row, "id"), "{order:?} {receipt:?}");
    let (days, benefit) = (row.get("days").map_or(0, |days| days.as_i64().unwrap()), &order["benefit"]);
    let given = match benefit["type"].as_str().unwrap() {
        "integral" => (number(row, "amount"), 0),
        "day" => (days, number(row, "amount")),
        other => panic!("{other}: {order:?}"),
    };
    assert_eq!(given, (benefit["number"].as_i64().unwrap(), 0), "{order:?} {row:?}");
    assert_eq!(days != 0, benefit["type"] == "day", "{order:?} {row:?}");
}

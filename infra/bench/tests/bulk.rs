//! The rows that the list benchmark puts into the table at once are, item for item, those that the product writes.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "../benches/lists/bulk.rs"]
mod bulk;
#[path = "../benches/site.rs"]
mod site;
#[path = "../benches/table.rs"]
mod site_table;
#[path = "../benches/visitor.rs"]
mod visitor;

use std::time::Duration;

use domain::{Page, UserId};
use serde_json::{Map, Value, json};
use table::ledger::Row;
use table::list::{self, List};
use table::{ledger, user};

use bulk::Bulk;
use site::{ADMINISTRATOR, Site};
use visitor::Visitor;

const CONVERSATION: &str = "e24c1448-16bf-482e-bff3-db1bb9e21b39";

/// Some people register and chat, over some days.
async fn people_use(site: &Site) -> Vec<Row> {
    let (visitor, table) = (Visitor::of(site), site_table::of(site).unwrap());
    let chat = json!({"prompt": "你好", "parentMessageId": CONVERSATION, "options": {"model": "gpt-3.5-turbo"}});
    for account in [ADMINISTRATOR, "ada@example.com", "bob@example.com"] {
        let token = visitor.log_in(account).await.unwrap();
        for _ in 0..4 {
            site.clock.advance(Duration::from_secs(9 * 3600));
            let answer = visitor.send("POST", "/api/chat/completions", &token, &chat).await.unwrap();
            assert!(answer.contains("\"stop\""), "{answer}");
        }
    }
    let mut rows = Vec::new();
    for item in items(site, "user#") {
        let id = UserId::parse(item["id"].as_str().unwrap()).unwrap();
        let user = user::find(&table, id).await.unwrap().unwrap();
        rows.extend(ledger::page(&table, &user, Page { number: 1, size: 100 }).await.unwrap().1);
    }
    rows.sort_by_key(|row| row.id);
    rows
}

fn items(site: &Site, prefix: &str) -> Vec<Map<String, Value>> {
    let all = site.stack.dynamo.items(&site_table::name(site).unwrap());
    all.into_iter().filter(|item| item["pk"].as_str().unwrap().starts_with(prefix)).collect()
}

/// The ledger's counts when all that can be is rolled up, without the stamps, which are drawn; and its number of rows.
async fn counts(site: &Site) -> (Vec<Map<String, Value>>, i64) {
    site.clock.advance(Duration::from_secs(3600));
    while list::roll_up(&site_table::of(site).unwrap(), site.clock.millis(), true).await.unwrap() > 0 {}
    let mut nodes = items(site, "list#ledger");
    for node in &mut nodes {
        node.remove("s");
    }
    let rows = items(site, "tally").iter().filter_map(|shard| shard.get("n_l")?.as_i64()).sum();
    (nodes, rows)
}

#[tokio::test]
async fn the_bulk_way_leaves_what_the_product_writes() {
    let product = Site::start().await.unwrap();
    let rows = people_use(&product).await;
    assert_eq!(rows.len(), 3 * 5);

    let filled = Site::start().await.unwrap();
    let name = site_table::name(&filled).unwrap();
    let mut bulk = Bulk::of(&filled.stack.dynamo, &name);
    for row in &rows {
        bulk.row(row).unwrap();
    }
    bulk.finish().unwrap();
    assert_eq!(items(&filled, "ledger#"), items(&product, "ledger#"));
    assert_eq!(counts(&filled).await, counts(&product).await);

    many(&rows[0]).await;
    product.stack.stop().await;
    filled.stack.stop().await;
}

/// So many rows of one person that the bulk way rolls up by itself: every page is found by its counts.
async fn many(row: &Row) {
    let site = Site::start().await.unwrap();
    let (name, table) = (site_table::name(&site).unwrap(), site_table::of(&site).unwrap());
    let mut bulk = Bulk::of(&site.stack.dynamo, &name);
    for place in 0..300_u64 {
        let id = domain::MessageId::at(site::START_MILLIS.saturating_add_unsigned(place * 11 * 60_000));
        bulk.row(&Row { id, ordinal: place + 1, ..row.clone() }).unwrap();
    }
    bulk.finish().unwrap();
    assert!(!items(&site, "list#ledger").is_empty(), "something was rolled up");
    for number in 1..=4 {
        let counts = list::counts(&table, &[List::LEDGER]).await.unwrap();
        let rows = list::page(&table, &counts, Page { number, size: 100 }).await.unwrap();
        assert_eq!((counts.total(), rows.len()), (300, if number < 4 { 100 } else { 0 }));
    }
    site.stack.stop().await;
}

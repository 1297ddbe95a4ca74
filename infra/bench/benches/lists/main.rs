//! What a page of an administrator's list costs when the list has a thousand, a hundred thousand and a million rows:
//! `infra/bench/run lists [NUMBER…]`.

mod bulk;
mod rows;
#[path = "../site.rs"]
mod site;
#[path = "../table.rs"]
mod site_table;

use std::io::{self, Write};
use std::time::{Duration, Instant};

use domain::Page;
use serde_json::json;
use table::Table;
use table::ledger::Row;
use table::list::{self, List};
use testkit::round_trips;

use bulk::Bulk;
use rows::{Over, people, person, rows};
use site::Site;

const NUMBERS: [u64; 3] = [1_000, 100_000, 1_000_000];
const SIZES: [u64; 2] = [10, 100];
const TRIES: usize = 5;
/// After the authentication, beside which the counts are read.
const ROUND_TRIPS_MAX: usize = 3;
const READ_UNITS_MAX: f64 = 120.0;

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    // Cargo adds `--bench`.
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let numbers = if numbers.is_empty() { NUMBERS.to_vec() } else { numbers };
    let mut output = io::stdout();
    writeln!(
        output,
        "| rows | over | rows a page | page | round trips | read units | ms |\n|---|---|---|---|---|---|---|"
    )?;
    let mut dearest: Vec<(u64, f64)> = Vec::new();
    for over in Over::ALL {
        for number in &numbers {
            dearest.push((*number, measure(*number, over, &mut output).await?));
        }
    }
    let most =
        |of: u64| dearest.iter().filter(|(number, _)| *number == of).map(|(_, units)| *units).fold(0.0, f64::max);
    let (Some(fewest), Some(largest)) = (numbers.iter().min(), numbers.iter().max()) else { return Ok(()) };
    if most(*largest) > 2.0 * most(*fewest) || most(*largest) > READ_UNITS_MAX {
        return Err(io::Error::other("the read units of a page grow with the list"));
    }
    Ok(())
}

/// Fills a table and prints what its pages cost; returns the read units of the dearest.
async fn measure(number: u64, over: Over, output: &mut impl Write) -> io::Result<f64> {
    let site = Site::start().await?;
    let ids = fill(&site, number, over)?;
    let table = site_table::of(&site)?;
    let mut most = 0.0_f64;
    for size in SIZES {
        let last = number.div_ceil(size);
        for (name, page) in [("first", 1), ("middle", last.div_ceil(2)), ("last", last)] {
            let page = Page { number: page, size };
            let cost = cost(&site, &table, page, &ids).await?;
            let Cost { round_trips, units, time } = cost;
            let millis = time.as_secs_f64() * 1000.0;
            writeln!(
                output,
                "| {number} | {} | {size} | {name} | {round_trips} | {units} | {millis:.1} |",
                over.name()
            )?;
            if round_trips > ROUND_TRIPS_MAX {
                return Err(io::Error::other("a page takes too many round trips"));
            }
            most = most.max(units);
        }
    }
    site.stack.stop().await;
    Ok(most)
}

/// Puts rows and people into the table; returns the ids of the rows, oldest first.
fn fill(site: &Site, number: u64, over: Over) -> io::Result<Vec<i64>> {
    let (name, started) = (site_table::name(site)?, Instant::now());
    let mut bulk = Bulk::of(&site.stack.dynamo, &name);
    for place in 0..people(number) {
        let id = person(place);
        let user = json!({
            "id": id, "account": format!("someone{place}@example.com"), "nickname": "Chat用户", "avatar": "",
            "role": "user", "enabled": true, "balance": 1_000_000, "held": 0, "rows": 0, "hidden": 0, "messages": 0,
            "holds": {}, "sessions": {}, "vip_day": "2025-12-31", "svip_day": "2025-12-31", "ip": "192.0.2.1",
            "created": site::START_MILLIS, "updated": site::START_MILLIS,
        });
        bulk.put(&user, &json!({"pk": format!("user#{id}"), "sk": "user"}))?;
    }
    let mut ids = Vec::new();
    for row in rows(number, over) {
        bulk.row(&row)?;
        ids.push(row.id.as_i64());
    }
    bulk.finish()?;
    writeln!(io::stderr(), "{number} rows over {} in {:.0?}", over.name(), started.elapsed())?;
    Ok(ids)
}

struct Cost {
    round_trips: usize,
    units: f64,
    time: Duration,
}

/// A page through the product's own code, checked; the shortest of some tries.
async fn cost(site: &Site, table: &Table, page: Page, ids: &[i64]) -> io::Result<Cost> {
    let [skipped, shown] = [(page.number - 1) * page.size, page.size].map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    let expected: Vec<i64> = ids.iter().rev().skip(skipped).take(shown).copied().collect();
    let mut best: Option<Cost> = None;
    for _ in 0..TRIES {
        site.stack.wire.take_log();
        let started = Instant::now();
        let counts = list::counts(table, &[List::LEDGER]).await.map_err(io::Error::other)?;
        let listed = list::page(table, &counts, page).await.map_err(io::Error::other)?;
        let owned = list::load::<Row>(table, &listed).await.map_err(io::Error::other)?;
        let time = started.elapsed();
        let calls = site.stack.wire.take_log();
        let right = owned.iter().map(|owned| owned.row.id.as_i64()).eq(expected.iter().copied());
        if !right || counts.total() != ids.len() as u64 || owned.iter().any(|owned| owned.user.is_none()) {
            return Err(io::Error::other("the page shows other rows than it should"));
        }
        let units = calls.iter().map(|call| call.units_read).sum();
        let cost = Cost { round_trips: round_trips(&calls) - 1, units, time };
        if best.as_ref().is_none_or(|best| cost.time < best.time) {
            best = Some(cost);
        }
    }
    best.ok_or_else(|| io::Error::other("nothing was tried"))
}

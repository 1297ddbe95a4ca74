//! An import that is killed anywhere and begun again leaves the same table; and one that must not begin does nothing.

use std::io::Write as _;
use std::time::Duration;

use import::{Failure, Options, Summary};
use platform::Keys;
use serde_json::{Map, Value, json};
use testkit::{Fault, FaultKind};

use crate::dumps;
use crate::site::{File, Site, options};

const DUMP: dumps::Site = dumps::Site { people: 40, seed: 11 };

/// With the same secret, so that two tables can be compared.
async fn import(site: &Site, file: &File) -> Result<Summary, Failure> {
    site.import_with(&options(file), &Keys::of("the one secret of all sites of these tests")).await
}

async fn whole(file: &File) -> (Vec<Map<String, Value>>, usize) {
    let site = Site::start().await;
    site.stack.wire.take_log();
    assert!(import(&site, file).await.unwrap().is_clean());
    let calls = site.stack.wire.take_log().len();
    let items = site.items();
    site.stack.stop().await;
    (items, calls)
}

#[tokio::test]
async fn killed_at_any_call_it_ends_with_the_same_table() {
    let file = File::of(DUMP);
    let (expected, calls) = whole(&file).await;
    let mut chance = 1_u64;
    for round in 0..6_usize {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let nth = 1 + usize::try_from(chance >> 33).unwrap() % calls;
        let kind = if round % 2 == 0 { FaultKind::HangBefore } else { FaultKind::HangAfter };
        let site = Site::start().await;
        let planned = site.stack.wire.plan(Fault::new(kind).nth(nth));
        tokio::select! {
            done = import(&site, &file) => panic!("it came to its end before call {nth} of {calls}: {done:?}"),
            () = planned.reached() => {}
        }
        site.stack.wire.heal();
        // A later run, at a later time; it only matters when it is the first to write anything.
        if table::import::state(&site.table()).await.unwrap().is_some() {
            site.clock.advance(Duration::from_secs(600));
        }
        match import(&site, &file).await {
            Ok(summary) => assert!(summary.is_clean(), "killed at {nth}: {}", summary.text()),
            // It was killed within the check of the books.
            Err(Failure::Done(_)) => {}
            Err(failure) => panic!("killed at {nth}: {failure}"),
        }
        same(&site.items(), &expected, nth);
        assert_eq!(site.night().await["number"], 0, "killed at {nth}");
        site.stack.stop().await;
    }
}

/// The same items, but for how far and when.
fn same(found: &[Map<String, Value>], expected: &[Map<String, Value>], nth: usize) {
    let stable = |items: &[Map<String, Value>]| -> Vec<Value> {
        let mut items = items.to_vec();
        for item in items.iter_mut().filter(|item| item["pk"] == "import") {
            item.retain(|name, _| !["written", "finished", "began", "source"].contains(&name.as_str()));
        }
        items.into_iter().map(Value::Object).collect()
    };
    let (found, expected) = (stable(found), stable(expected));
    for (one, other) in found.iter().zip(&expected) {
        assert_eq!(one, other, "killed at {nth}");
    }
    assert_eq!(found.len(), expected.len(), "killed at {nth}");
}

/// Lost connections, throttles and items that the table did not take are asked for again.
#[tokio::test]
async fn passing_trouble_is_waited_out() {
    let file = File::of(DUMP);
    let (expected, _) = whole(&file).await;
    let site = Site::start().await;
    for kind in [FaultKind::Throttle, FaultKind::FailBefore, FaultKind::FailAfter, FaultKind::Http500] {
        let mut fault = Fault::new(kind).nth(3).times(6);
        fault.matching = Some("BatchWriteItem".to_owned());
        site.stack.wire.plan(fault);
    }
    assert!(import(&site, &file).await.unwrap().is_clean());
    same(&site.items(), &expected, 0);
    site.stack.stop().await;
}

#[tokio::test]
async fn a_table_that_people_use_is_left_alone() {
    let (site, file) = (Site::start().await, File::of(DUMP));
    site.log_in("ada@example.com").await.unwrap();
    let before = site.items();
    assert!(matches!(import(&site, &file).await, Err(Failure::InUse(rows)) if rows > 0));
    assert_eq!(site.items(), before);
    site.stack.stop().await;
}

#[tokio::test]
async fn another_dump_zone_or_secret_does_not_go_on_with_an_import() {
    let (site, file) = (Site::start().await, File::of(DUMP));
    import(&site, &file).await.unwrap();
    let before = site.items();
    assert!(matches!(import(&site, &file).await, Err(Failure::Done(_))));
    let other = File::of(dumps::Site { seed: 12, ..DUMP });
    assert!(matches!(import(&site, &other).await, Err(Failure::Other(_))));
    let elsewhere = Options { dump_zone: jiff::tz::TimeZone::UTC, ..options(&file) };
    assert!(matches!(
        site.import_with(&elsewhere, &Keys::of("the one secret of all sites of these tests")).await,
        Err(Failure::Other(_))
    ));
    assert!(matches!(site.import(&file).await, Err(Failure::Other(_))), "with the stack's own secret");
    assert_eq!(site.items(), before);
    site.stack.stop().await;
}

/// Also on a deployment whose janitor has run for days: its check of the books begins anew.
#[tokio::test]
async fn a_deployment_that_waited_is_as_good_as_a_new_one() {
    let (site, file) = (Site::start().await, File::of(DUMP));
    for _ in 0..3 {
        assert_eq!(site.night().await["number"], 0);
    }
    let summary = import(&site, &file).await.unwrap();
    assert!(summary.is_clean(), "{}", summary.text());
    let report = site.stack.run_janitor().await;
    assert_eq!(report.get("error"), None, "{report}");
    for _ in 0..3 {
        assert_eq!(
            site.night().await,
            json!({"number": 0, "differences": [], "rows": summary.books.as_ref().unwrap().rows})
        );
    }
    site.stack.stop().await;
}

#[tokio::test]
async fn a_compressed_dump_is_the_same_dump() {
    let (site, mut dump) = (Site::start().await, Vec::new());
    DUMP.write(&mut dump).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&dump).unwrap();
    let summary = import(&site, &File::with(&gzip.finish().unwrap())).await.unwrap();
    assert!(summary.is_clean());
    let (expected, _) = whole(&File::with(&dump)).await;
    same(&site.items(), &expected, 0);
    site.stack.stop().await;
}

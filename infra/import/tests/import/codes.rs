//! Batches of imported codes end, however far apart their codes were made.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use crate::dumps::{self, time};
use crate::site::{File, START_MILLIS, Site};

/// Codes of one batch.
const CODES: i64 = 130;
const HOUR: i64 = 3_600_000;
/// The ids of the classic schema count milliseconds from the beginning of 2023, in UTC.
const EPOCH_MILLIS: i64 = 1_672_531_200_000;
/// The last day of one of the batches, which is the day of the import.
const LAST_DAY: &str = "2026-01-01";

/// A dump with a batch worth `value` that has no end, and one of the next value that ends today, a code an hour.
fn dump(value: i64) -> File {
    let mut dump = Vec::new();
    dumps::Site { people: 5, seed: 3 }.write(&mut dump).unwrap();
    let dump = String::from_utf8(dump).unwrap();
    let mut codes = String::new();
    for number in 0..2 * CODES {
        let (value, end) = if number < CODES { (value, "") } else { (value + 1, LAST_DAY) };
        let made = START_MILLIS - (1 + number) * HOUR;
        let (id, at) = ((made - EPOCH_MILLIS) << 22, time(made));
        let row = format!("({id},NULL,NULL,'FARAPART{number:024}','{value}','integral','{end}',0,'{at}','{at}')");
        writeln!(codes, "INSERT INTO `carmi` VALUES {row};").unwrap();
    }
    let end = "/*!40000 ALTER TABLE `carmi` ENABLE KEYS */;";
    assert!(dump.contains(end));
    File::with(dump.replace(end, &format!("{codes}{end}")).as_bytes())
}

/// The codes of a value, as the administrator's list shows them.
async fn statuses(site: &Site, admin: &str, value: i64) -> Vec<i64> {
    let rows = site.list("/api/admin/carmi", admin).await;
    let rows = rows.iter().filter(|row| row["value"] == json!(value.to_string()));
    rows.map(|row| row["status"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn batches_whose_codes_lie_hours_apart_are_voided_and_expire() {
    let (site, value) = (Site::start().await, 9_000);
    let summary = site.import(&dump(value)).await.unwrap();
    assert!(summary.is_clean(), "{}", summary.text());
    let admin = site.log_in("admin@example.com").await.unwrap();
    let codes = usize::try_from(CODES).unwrap();
    for value in [value, value + 1] {
        assert_eq!(statuses(&site, &admin, value).await, vec![0; codes]);
    }

    let batches = site.list("/api/admin/carmi/batch", &admin).await;
    let batch = batches.iter().find(|batch| batch["value"].to_string().contains(&value.to_string()));
    let path = format!("/api/admin/carmi/batch/{}", batch.unwrap()["id"].as_str().unwrap());
    let voided = site.call("DELETE", &path, &admin, &Value::Null).await;
    assert_eq!(voided["code"], 0, "{voided}");
    assert_eq!(statuses(&site, &admin, value).await, vec![2; codes]);

    site.clock.advance(Duration::from_secs(24 * 3600));
    let report = site.stack.run_janitor().await;
    assert!(report.get("error").is_none(), "{report}");
    assert_eq!(statuses(&site, &admin, value + 1).await, vec![2; codes]);
    assert_eq!(site.night().await["number"], 0);
    site.stack.stop().await;
}

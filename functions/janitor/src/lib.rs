//! Scheduled work: gives back the reservations of dead functions, rolls up the counts of lists, expires redemption codes,
//! checks upstream keys, asks payment providers about orders that are not paid, deletes what people had deleted, and checks
//! the books.

mod erasures;
mod orders;
mod reservations;
mod upstreams;

use domain::{Clock, Error, Result, Zone};
use futures_util::future::{join, join5};
use platform::{Objects, Outside, StartError};
use serde_json::{Map, Value, json};
use table::{Table, books, list, message, redemption, site};

/// Milliseconds of one run in which new work is begun. Lambda ends a run after 55 s; the rest is for what was begun.
const WORK_MILLIS: i64 = 40_000;

/// What this function uses.
#[derive(Debug)]
pub struct App {
    table: Table,
    clock: Clock,
    zone: Zone,
    objects: Objects,
    /// For the secret, which few runs need: what dead functions left must be given back also without it.
    outside: Outside,
}

impl App {
    /// Reads the environment and opens the table's connection.
    ///
    /// # Errors
    /// When it lacks something.
    pub async fn start(outside: &Outside) -> Result<Self, StartError> {
        let table = platform::table(outside)?;
        let zone = outside.environment.parsed("BUSINESS_TIME_ZONE")?;
        platform::reach(&table).await;
        let objects = Objects::new(outside)?;
        Ok(Self { table, clock: outside.clock.clone(), zone, objects, outside: outside.clone() })
    }
}

/// Does all that is due and tells what it did, part by part. The books come last and take the time that is left.
///
/// # Errors
/// When a part failed. The others were done all the same, and the next run does what is left.
pub async fn run(app: &App) -> Result<Value> {
    let App { table, clock, zone, .. } = app;
    let now = clock.millis();
    let until = now + WORK_MILLIS;
    let all = join5(
        reservations::give_back(table, clock, until),
        list::roll_up(table, now, false),
        redemption::expire_due(table, zone, clock, until),
        upstreams::check(app),
        orders::look_after(app),
    );
    let deletions = join(messages(app, until), erasures::carry_out(app, until));
    let ((reservations, counts, codes, upstreams, orders), (messages, erasures)) = join(all, deletions).await;
    let mut report = Report::default();
    report.add("reservations", reservations);
    report.add("counts", counts.map(|moved| json!({"moved": moved})));
    report.add("codes", codes.map(|expired| json!({"expired": expired})));
    report.add("upstreams", upstreams);
    report.add("orders", orders);
    report.add("messages", messages);
    report.add("erasures", erasures);
    report.add("books", checked(app, until).await);
    report.end()
}

/// Deletes the messages that administrators have seen for long enough.
async fn messages(App { table, clock, .. }: &App, until: i64) -> Result<Value> {
    let days = site::load(table).await?.settings.content_log_days;
    Ok(json!({"forgotten": message::forget_due(table, days, clock, until).await?}))
}

async fn checked(App { table, clock, zone, .. }: &App, until: i64) -> Result<Value> {
    if clock.millis() >= until {
        return Ok(Value::Null);
    }
    Ok(books::check(table, clock, zone, until).await?.map_or(Value::Null, |progress| {
        json!({
            "night": progress.night,
            "is_through": progress.is_through,
            "users": progress.users,
            "rows": progress.rows,
            "differences": progress.differences,
        })
    }))
}

/// What the parts of a run did.
#[derive(Debug, Default)]
struct Report {
    parts: Map<String, Value>,
    failed: Vec<&'static str>,
}

impl Report {
    fn add(&mut self, part: &'static str, outcome: Result<Value>) {
        match outcome {
            Ok(report) => _ = self.parts.insert(part.to_owned(), report),
            Err(error) => {
                tracing::error!(part, causes = error.causes(), "a part of the scheduled work failed");
                self.failed.push(part);
            }
        }
    }

    fn end(self) -> Result<Value> {
        let parts = Value::Object(self.parts);
        if self.failed.is_empty() {
            tracing::info!(report = %parts, "did the scheduled work");
            return Ok(parts);
        }
        Err(Error::Unavailable { source: format!("failed: {}; done: {parts}", self.failed.join(", ")).into() })
    }
}

//! One person's parallel chats: `infra/bench/run lanes [SECONDS] [alone] [administrator] [conflicts]`. Four people, whose upstream takes 0, 30, 100 and 200 ms,
//! have five chats open each, again and again, for five minutes; then the same beside an administrator who changes each
//! one's credits in three lanes; then the same once more on a table whose calls take a network's time, so that writes
//! meet in flight and are refused. Every answer must be charged, none may wait a second beyond the upstream's own time,
//! and the books must agree.

#![allow(clippy::indexing_slicing, reason = "JSON, whose index never fails")]

#[path = "../site.rs"]
mod site;
#[path = "../visitor.rs"]
mod visitor;

use std::io::{self, Write};
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all, try_join_all};
use serde_json::{Value, json};

use site::{ADMINISTRATOR, Site};
use visitor::Visitor;

/// What the upstreams take before they answer.
const UPSTREAM_MILLIS: [u64; 4] = [0, 30, 100, 200];
const LANES: usize = 5;
const ADMINISTRATORS: usize = 3;
/// An administrator types slower than this.
const BETWEEN_CHANGES: Duration = Duration::from_millis(50);
const SECONDS: u64 = 300;
/// What a call of DynamoDB takes.
const TABLE_LATENCY: Duration = Duration::from_millis(4);
const CREDITS: i64 = 1_000_000;
const WAIT_MAX: Duration = Duration::from_secs(1);

/// What one person's lanes saw.
#[derive(Default)]
struct Seen {
    answers: usize,
    uncharged: usize,
    refused: Vec<String>,
    /// What each answer took beyond the upstream's own time.
    waits: Vec<Duration>,
}

impl Seen {
    fn with(mut self, other: Self) -> Self {
        self.answers += other.answers;
        self.uncharged += other.uncharged;
        self.refused.extend(other.refused);
        self.waits.extend(other.waits);
        self
    }
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let seconds = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(SECONDS);
    let mut output = io::stdout();
    writeln!(
        output,
        "| upstream, ms | round | answers | uncharged | refused | wait p50, ms | p99 | most | changes of credits |"
    )?;
    writeln!(output, "|---|---|---|---|---|---|---|---|---|")?;
    let mut is_well = true;
    let rounds = [
        ("alone", 0, Duration::ZERO),
        ("administrator", ADMINISTRATORS, Duration::ZERO),
        ("conflicts", ADMINISTRATORS, TABLE_LATENCY),
    ];
    let named = |name: &str| std::env::args().any(|argument| argument == name);
    let are_all_meant = !rounds.iter().any(|(name, ..)| named(name));
    for (name, administrators, latency) in rounds.into_iter().filter(|(name, ..)| are_all_meant || named(name)) {
        is_well &= round(&mut output, name, administrators, latency, Duration::from_secs(seconds)).await?;
    }
    if is_well { Ok(()) } else { Err(io::Error::other("not every answer was charged in time")) }
}

/// One round of all four people; whether all was well.
async fn round(
    output: &mut impl Write,
    beside: &str,
    administrators: usize,
    latency: Duration,
    length: Duration,
) -> io::Result<bool> {
    let site = Site::start().await?;
    let visitor = Visitor::of(&site);
    let administrator = visitor.log_in(ADMINISTRATOR).await?;
    let mut people = Vec::new();
    for millis in UPSTREAM_MILLIS {
        let token = visitor.log_in(&format!("waits{millis}@example.com")).await?;
        let info = visitor.call("GET", "/api/user/info", &token, &Value::Null).await?;
        let id = info["data"]["id"].as_str().unwrap_or_default().to_owned();
        change(&visitor, &administrator, &id, CREDITS).await?;
        people.push((millis, token, id));
    }
    site.stack.dynamo.set_latency(latency);
    let end = Instant::now() + length;
    let rounds = people.iter().map(|(millis, token, id)| {
        let lanes = join_all((0..LANES).map(|number| lane(&visitor, token, *millis, number, end)));
        let changes = join_all((0..administrators).map(|_| changes(&visitor, &administrator, id, end)));
        join(lanes, changes)
    });
    let rounds = join_all(rounds).await;
    site.stack.dynamo.set_latency(Duration::ZERO);
    let mut is_well = true;
    for ((millis, token, _), (lanes, changes)) in people.iter().zip(rounds) {
        let seen = lanes.into_iter().collect::<io::Result<Vec<_>>>()?.into_iter().fold(Seen::default(), Seen::with);
        let changed: usize = changes.into_iter().collect::<io::Result<Vec<_>>>()?.into_iter().sum();
        is_well &=
            tell(output, *millis, beside, &seen, changed)? && is_charged(&visitor, token, &seen, changed).await?;
    }
    Ok(is_well & books_agree(&site, &visitor, output).await?)
}

/// Sets a person's credits. Whether it was done.
async fn change(visitor: &Visitor<'_>, administrator: &str, id: &str, credits: i64) -> io::Result<bool> {
    let answer = visitor.call("PUT", "/api/admin/user", administrator, &json!({"id": id, "integral": credits})).await?;
    Ok(answer["code"] == 0)
}

/// Changes a person's credits again and again; how often it was done.
async fn changes(visitor: &Visitor<'_>, administrator: &str, id: &str, end: Instant) -> io::Result<usize> {
    let mut done = 0;
    while Instant::now() < end {
        // Credits that an open chat has set aside cannot be taken at once: that is told, and tried again.
        done += usize::from(change(visitor, administrator, id, CREDITS).await?);
        tokio::time::sleep(BETWEEN_CHANGES).await;
    }
    Ok(done)
}

/// Asks again and again, each time when the answer before is there.
async fn lane(visitor: &Visitor<'_>, token: &str, millis: u64, number: usize, end: Instant) -> io::Result<Seen> {
    let mut seen = Seen::default();
    let question = json!({
        "prompt": format!("hi [[usage=1,1]] [[first_ms={millis}]] [[text=k]]"),
        "parentMessageId": format!("00000000-0000-4000-8000-{number:012}"),
        "options": {"model": "gpt-3.5-turbo"},
    });
    while Instant::now() < end {
        let started = Instant::now();
        let answer = visitor.send("POST", "/api/chat/completions", token, &question).await?;
        let took = started.elapsed().saturating_sub(Duration::from_millis(millis));
        let stop = answer.rsplit("\n\n").find(|frame| !frame.is_empty()).unwrap_or_default();
        let stop: Value = serde_json::from_str(stop)?;
        if stop["segment"] != "stop" {
            seen.refused.push(answer);
            continue;
        }
        seen.answers += 1;
        seen.uncharged += usize::from(stop["usage"]["integral"] != 1);
        seen.waits.push(took);
    }
    Ok(seen)
}

/// A row of the table.
fn tell(output: &mut impl Write, millis: u64, beside: &str, seen: &Seen, changed: usize) -> io::Result<bool> {
    let mut waits = seen.waits.clone();
    waits.sort_unstable();
    let at = |part: usize| waits.get((waits.len() * part / 100).min(waits.len().saturating_sub(1)));
    let [half, most_of, most] = [50, 99, 100].map(|part| at(part).map_or(0, Duration::as_millis));
    writeln!(
        output,
        "| {millis} | {beside} | {} | {} | {} | {half} | {most_of} | {most} | {changed} |",
        seen.answers,
        seen.uncharged,
        seen.refused.len(),
    )?;
    if let Some(refusal) = seen.refused.first() {
        writeln!(output, "refused: {refusal}")?;
    }
    Ok(seen.answers > 0 && seen.uncharged == 0 && seen.refused.is_empty() && most < WAIT_MAX.as_millis())
}

/// Whether the person's statement has a row for each answer, and the credits are gone where nobody put them back.
async fn is_charged(visitor: &Visitor<'_>, token: &str, seen: &Seen, changed: usize) -> io::Result<bool> {
    let turnover = visitor.call("GET", "/api/turnover?page_size=1", token, &Value::Null);
    let info = visitor.call("GET", "/api/user/info", token, &Value::Null);
    let both = try_join_all([turnover, info]).await?;
    let rows = both[0]["data"]["count"].as_u64().unwrap_or(0);
    let answers = u64::try_from(seen.answers).unwrap_or(u64::MAX);
    if changed > 0 {
        // A change that finds the sum as it is to be writes no row.
        return Ok(rows >= answers);
    }
    let credits = both[1]["data"]["integral"].as_i64();
    // Beside the answers: the gift and the administrator's.
    Ok(rows == answers + 2 && credits == i64::try_from(answers).ok().map(|answers| CREDITS - answers))
}

async fn books_agree(site: &Site, visitor: &Visitor<'_>, output: &mut impl Write) -> io::Result<bool> {
    // Past the sessions' needs: the nightly check runs on another day.
    site.clock.advance(Duration::from_secs(24 * 3600));
    for _ in 0..100 {
        let report = site.stack.run_janitor().await;
        site.clock.advance(Duration::from_secs(60));
        if report["books"]["is_through"] == true {
            break;
        }
    }
    let administrator = visitor.log_in(ADMINISTRATOR).await?;
    let books = visitor.call("GET", "/api/admin/books", &administrator, &Value::Null).await?;
    let books = &books["data"];
    writeln!(output, "books: {} rows, differences: {}", books["rows"], books["differences"])?;
    Ok(books["differences"].as_array().is_some_and(Vec::is_empty) && !books["checked_at"].is_null())
}

//! Thirty-two people redeem codes and sign in at once, for a minute and over many days: `infra/bench/run contention`.
//! Each tries everything twice at the same time, and each code is tried by two people. Afterwards nothing is lost and
//! the books agree.

#![allow(clippy::indexing_slicing, reason = "JSON, whose index never fails")]

#[path = "../site.rs"]
mod site;
#[path = "../visitor.rs"]
mod visitor;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use futures_util::future::{join_all, try_join, try_join_all};
use serde_json::{Value, json};
use testkit::Service;

use site::{ADMINISTRATOR, Site};
use visitor::Visitor;

const PEOPLE: usize = 32;
const CODES_A_DAY: usize = 8;
const REWARD: i64 = 7;
const SECONDS: f64 = 60.0;
/// A session lasts thirty.
const DAYS_LOGGED_IN: usize = 25;
const TRIES_MAX: usize = 5;

/// What was answered, and what the table did for it.
#[derive(Default)]
struct Sums {
    answers: BTreeMap<String, usize>,
    committed: usize,
    refused: usize,
    writes: f64,
    seconds: f64,
    days: usize,
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let site = Site::start().await?;
    let visitor = Visitor::of(&site);
    let mut sums = Sums::default();
    let mut sessions = Vec::new();
    while sums.seconds < SECONDS {
        if sums.days.is_multiple_of(DAYS_LOGGED_IN) {
            sessions = log_in(&visitor).await?;
        }
        let codes = codes(&visitor, sessions.last().map_or("", String::as_str)).await?;
        site.stack.wire.take_log();
        let started = Instant::now();
        let people = sessions.iter().take(PEOPLE).enumerate().map(|(place, token)| {
            let [own, others] = [place, place + 1].map(|place| codes.iter().skip(place % PEOPLE * CODES_A_DAY));
            let (own, others) = (own.take(CODES_A_DAY), others.take(CODES_A_DAY));
            try_join(day(&visitor, token, own), day(&visitor, token, others))
        });
        let mut all = std::pin::pin!(async { tokio::join!(join_all(people), site.stack.run_janitor()).0 });
        let answers = loop {
            // The log keeps the newest calls only.
            tokio::select! {
                answers = &mut all => break answers,
                () = tokio::time::sleep(Duration::from_millis(100)) => sums.add_calls(&site),
            }
        };
        sums.seconds += started.elapsed().as_secs_f64();
        for (own, others) in answers.into_iter().collect::<io::Result<Vec<_>>>()? {
            for answer in own.into_iter().chain(others) {
                *sums.answers.entry(answer).or_default() += 1;
            }
        }
        sums.add_calls(&site);
        sums.days += 1;
        site.clock.advance(Duration::from_secs(24 * 3600));
    }
    sums.print()?;
    check(&site, &visitor, &sums).await
}

/// New sessions of all people, the administrator's last.
async fn log_in(visitor: &Visitor<'_>) -> io::Result<Vec<String>> {
    let mut sessions = Vec::new();
    for place in 0..PEOPLE {
        sessions.push(visitor.log_in(&format!("someone{place}@example.com")).await?);
    }
    sessions.push(visitor.log_in(ADMINISTRATOR).await?);
    Ok(sessions)
}

/// The codes of a day.
async fn codes(visitor: &Visitor<'_>, administrator: &str) -> io::Result<Vec<String>> {
    let order = json!({"type": "integral", "reward": REWARD, "quantity": PEOPLE * CODES_A_DAY, "level": 1});
    let made = visitor.call("POST", "/api/admin/carmi", administrator, &order).await?;
    let key = |row: &Value| ["key", "carmi"].iter().find_map(|name| row[*name].as_str().map(str::to_owned));
    let codes: Option<Vec<String>> = made["data"].as_array().and_then(|rows| rows.iter().map(key).collect());
    codes.ok_or_else(|| io::Error::other(format!("no codes: {made}")))
}

/// Signs in and tries codes, one after the other; returns what was answered.
async fn day(visitor: &Visitor<'_>, token: &str, codes: impl Iterator<Item = &String>) -> io::Result<Vec<String>> {
    let mut answers = vec![answer(visitor, "/api/signin", token, &json!({})).await?];
    for code in codes {
        answers.push(answer(visitor, "/api/use_carmi", token, &json!({"carmi": code})).await?);
    }
    Ok(answers)
}

/// The message of an answer; who is told to try again does.
async fn answer(visitor: &Visitor<'_>, path: &str, token: &str, body: &Value) -> io::Result<String> {
    let mut message = String::new();
    for _ in 0..TRIES_MAX {
        let answer = visitor.call("POST", path, token, body).await?;
        answer["message"].as_str().unwrap_or_default().clone_into(&mut message);
        if answer["code"] == 0 || answer["code"] == 1 {
            break;
        }
    }
    Ok(message)
}

impl Sums {
    fn add_calls(&mut self, site: &Site) {
        for call in site.stack.wire.take_log() {
            // The janitor's, which runs beside them, are on no user.
            let of_somebody = call.targets.iter().any(|target| target.contains(" user#"));
            if call.service == Service::DynamoDb && call.operation == "TransactWriteItems" && of_somebody {
                self.writes += call.units_written;
                let counter = if call.status == Some(200) { &mut self.committed } else { &mut self.refused };
                *counter += 1;
            }
        }
    }

    fn count(&self, start: &str) -> usize {
        self.answers.iter().filter(|(answer, _)| answer.starts_with(start)).map(|(_, count)| count).sum()
    }

    #[expect(clippy::cast_precision_loss, reason = "figures to read")]
    fn print(&self) -> io::Result<()> {
        let mut output = io::stdout();
        let tries = (self.committed + self.refused) as f64;
        writeln!(
            output,
            "| people | days | seconds | transactions | a second | refused by a condition | write units a transaction |"
        )?;
        writeln!(output, "|---|---|---|---|---|---|---|")?;
        writeln!(
            output,
            "| {PEOPLE} | {} | {:.0} | {} | {:.0} | {} ({:.1} %) | {:.1} |",
            self.days,
            self.seconds,
            self.committed,
            self.committed as f64 / self.seconds,
            self.refused,
            self.refused as f64 / tries * 100.0,
            self.writes / self.committed as f64,
        )?;
        for (answer, count) in &self.answers {
            writeln!(output, "{count:8} {answer}")?;
        }
        Ok(())
    }
}

/// Every code was used once, every day signed once, every credit of both is there, and the books agree.
async fn check(site: &Site, visitor: &Visitor<'_>, sums: &Sums) -> io::Result<()> {
    let tried = sums.days * PEOPLE;
    expect("codes used", sums.count("充值成功"), tried * CODES_A_DAY)?;
    expect("codes found used", sums.count("卡密已被使用"), tried * CODES_A_DAY)?;
    expect("days signed", sums.count("签到成功"), tried)?;
    expect("days found signed", sums.count("今日已经签到了"), tried)?;

    let sessions = log_in(visitor).await?;
    let administrator = sessions.last().map_or("", String::as_str);
    let infos = sessions.iter().take(PEOPLE).map(|token| visitor.call("GET", "/api/user/info", token, &Value::Null));
    let credits: i64 = try_join_all(infos).await?.iter().filter_map(|info| info["data"]["integral"].as_i64()).sum();
    let signed = sums.answers.keys().find_map(|answer| answer.strip_prefix("签到成功 +")?.strip_suffix("积分"));
    let signed: i64 = signed.and_then(|credits| credits.parse().ok()).unwrap_or(0);
    let whole = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    expect("credits", credits, whole(PEOPLE) * 10 + whole(tried) * (signed + whole(CODES_A_DAY) * REWARD))?;

    for _ in 0..100 {
        let report = site.stack.run_janitor().await;
        site.clock.advance(Duration::from_secs(60));
        if report["books"]["is_through"] == true {
            break;
        }
    }
    let books = visitor.call("GET", "/api/admin/books", administrator, &Value::Null).await?;
    let books = &books["data"];
    writeln!(
        io::stdout(),
        "books: {} users, {} rows, differences: {}",
        books["users"],
        books["rows"],
        books["differences"]
    )?;
    expect("differences", books["differences"].as_array().map(Vec::len), Some(0))?;
    expect("a check of the books", books["checked_at"].is_null(), false)
}

fn expect<T: PartialEq + std::fmt::Debug + Copy>(what: &str, found: T, expected: T) -> io::Result<()> {
    if found == expected {
        return Ok(());
    }
    Err(io::Error::other(format!("{what}: {found:?} instead of {expected:?}")))
}

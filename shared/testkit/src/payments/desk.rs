//! What people and tests do with a trade: look at it, pay it, close it, send its notification.

use std::time::Duration;

use http::request::Parts;
use http::{Method, Response, StatusCode, header};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::fields::{Fields, fen};
use super::notification::Change;
use super::trade::{Delivery, Provider, State, Trade};
use super::{Payments, address, page, reply};
use crate::upstream::UpstreamBody;

/// How many trades a list shows: the newest.
const LISTED_MAX: usize = 200;
/// The longest that a notification waits, in seconds.
const LATE_SECONDS_MAX: u64 = 3600;
/// The most times that a notification is sent at once.
const REPEAT_MAX: usize = 20;

/// How a notification is sent.
#[derive(Debug)]
struct Switches {
    change: Change,
    late: Duration,
    repeat: usize,
    lost: bool,
    /// How much of the money goes back, in fen, where it is not all.
    part: Option<i64>,
}

impl Switches {
    fn read(form: &[u8]) -> Self {
        let fields = Fields::of_form(form);
        let text = |name: &str| Some(fields.get(name).trim().to_owned()).filter(|text| !text.is_empty());
        let number = |name: &str| fields.get(name).trim().parse::<u64>().ok();
        let more = url::form_urlencoded::parse(fields.get("fields").trim().as_bytes()).into_owned();
        Self {
            change: Change {
                amount: text("amount"),
                status: text("status"),
                wrong_signature: fields.get("signature") == "wrong",
                fields: more.collect(),
                key: text("key"),
            },
            late: Duration::from_secs(number("late").unwrap_or(0).min(LATE_SECONDS_MAX)),
            repeat: number("repeat").and_then(|times| usize::try_from(times).ok()).unwrap_or(1).clamp(1, REPEAT_MAX),
            lost: !matches!(fields.get("lost"), "" | "0"),
            part: fen(fields.get("part").trim()),
        }
    }
}

impl Payments {
    /// Answers the pages for people: `/`, `/<order>` and `/<order>/<action>`.
    pub(super) async fn visit(&self, head: &Parts, path: &str, body: &[u8], url: &str) -> Response<UpstreamBody> {
        let path = path.trim_matches('/');
        let (number, action) = path.split_once('/').map_or((path, None), |(number, action)| (number, Some(action)));
        let number = percent_decode_str(number).decode_utf8_lossy();
        match (&head.method, action) {
            (&Method::GET, None) if number.is_empty() => self.list(head),
            (&Method::GET, None) => match self.book.scan(&number) {
                Some(trade) if wants_json(head) => reply::json(StatusCode::OK, &trade.json()),
                Some(trade) => page_of(page::trade(&trade, url)),
                None => absent(),
            },
            (&Method::POST, Some(action)) => self.act(head, &number, action, &Switches::read(body), url).await,
            _ => absent(),
        }
    }

    fn list(&self, head: &Parts) -> Response<UpstreamBody> {
        let trades = self.book.newest(LISTED_MAX);
        if wants_json(head) {
            return reply::json(StatusCode::OK, &trades.iter().map(Trade::json).collect());
        }
        page_of(page::list(&trades))
    }

    /// Does one thing to a trade and sends what its provider tells of that.
    async fn act(
        &self,
        head: &Parts,
        number: &str,
        action: &str,
        switches: &Switches,
        url: &str,
    ) -> Response<UpstreamBody> {
        let Some(before) = self.book.named(number) else {
            return absent();
        };
        if action == "say" {
            self.book.says(number, switches.change.fields.clone());
            return reply::json(StatusCode::OK, &json!({"state": before.state.name(), "sent": []}));
        }
        let part = switches.part.filter(|_| action == "refund");
        let wanted = match action {
            "refund" if part.is_some() => State::Paid,
            "pay" => State::Paid,
            "close" => State::Closed,
            "refund" => State::Refunded,
            "notify" => before.state,
            _ => return absent(),
        };
        let there = match part {
            Some(fen) => self.refund_part(number, fen),
            None => before.state == wanted || self.book.go(number, wanted, self.clock.millis()).is_some(),
        };
        // Alipay alone tells of a part.
        let tells = match part {
            Some(_) => before.provider == Provider::Alipay,
            None => action == "notify" || before.provider.tells(wanted),
        };
        let sent = if there && tells { self.send(number, switches).await } else { Vec::new() };
        if !wants_json(head) {
            return reply::see_other(&address(url, number));
        }
        let state = self.book.named(number).map_or(before.state, |trade| trade.state);
        let status = if there { StatusCode::OK } else { StatusCode::CONFLICT };
        let sent: Vec<Value> = sent.iter().map(|it| json!({"status": it.status, "body": it.body})).collect();
        reply::json(status, &json!({"state": state.name(), "sent": sent}))
    }

    /// Sends the notification as the switches say; returns the answers that are there already.
    async fn send(&self, number: &str, switches: &Switches) -> Vec<Delivery> {
        let mut sent = Vec::new();
        if switches.lost {
            return sent;
        }
        if !switches.late.is_zero() {
            self.send_later(number.to_owned(), switches.change.clone(), switches.late, switches.repeat);
            return sent;
        }
        for _ in 0..switches.repeat {
            sent.extend(self.try_deliver(number, &switches.change).await);
        }
        sent
    }
}

fn wants_json(head: &Parts) -> bool {
    let accept = head.headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("application/json"))
}

fn page_of(html: String) -> Response<UpstreamBody> {
    reply::text(StatusCode::OK, "text/html; charset=utf-8", html)
}

fn absent() -> Response<UpstreamBody> {
    reply::json(StatusCode::NOT_FOUND, &json!({"message": "there is no such trade or action; see /_local/pay"}))
}

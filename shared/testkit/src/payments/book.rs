//! All trades, and how often the providers were called.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use super::time;
use super::trade::{Delivery, Draft, Provider, State, Trade};
use crate::lock;

/// How many trades are kept: the newest.
const TRADES_MAX: usize = 10_000;
/// How many deliveries of a trade are kept: the newest.
const DELIVERIES_MAX: usize = 100;

/// The trades. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Book(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    /// Oldest first.
    trades: VecDeque<Trade>,
    /// How many there ever were.
    made: u64,
    calls: u64,
    failing: usize,
}

impl Book {
    /// Counts a call to a provider; true when it is to fail.
    pub(super) fn call(&self) -> bool {
        let mut inner = lock(&self.0);
        inner.calls += 1;
        let fails = inner.failing > 0;
        inner.failing = inner.failing.saturating_sub(1);
        fails
    }

    pub(super) fn calls(&self) -> u64 {
        lock(&self.0).calls
    }

    pub(super) fn fail_next(&self, calls: usize) {
        lock(&self.0).failing = calls;
    }

    /// Enters a trade, or returns the one that the merchant has under this number already.
    pub(super) fn enter(&self, draft: Draft, now: i64) -> Result<Trade, Box<Trade>> {
        let mut inner = lock(&self.0);
        let known = inner.trades.iter().rev().find(|trade| is_of(trade, &draft));
        if let Some(trade) = known {
            return Err(Box::new(trade.clone()));
        }
        inner.made += 1;
        let trade = Trade {
            number: inner.free_number(&draft.out_trade_no),
            trade_no: trade_no(draft.provider, now, inner.made),
            out_trade_no: draft.out_trade_no,
            provider: draft.provider,
            merchant: draft.merchant,
            amount_fen: draft.amount_fen,
            title: draft.title,
            notify_url: draft.notify_url,
            state: State::Waiting,
            deliveries: Vec::new(),
            method: draft.method,
            attach: draft.attach,
            plugins: draft.plugins,
            created: now,
            paid: None,
            ended: None,
            scanned: false,
            refunded_fen: 0,
            says: Vec::new(),
        };
        if inner.trades.len() == TRADES_MAX {
            inner.trades.pop_front();
        }
        inner.trades.push_back(trade.clone());
        Ok(trade)
    }

    /// All trades, oldest first.
    pub(super) fn all(&self) -> Vec<Trade> {
        lock(&self.0).trades.iter().cloned().collect()
    }

    /// The newest trades, newest first: at most `most`.
    pub(super) fn newest(&self, most: usize) -> Vec<Trade> {
        lock(&self.0).trades.iter().rev().take(most).cloned().collect()
    }

    /// The newest trade that `fits`.
    pub(super) fn find(&self, fits: impl Fn(&Trade) -> bool) -> Option<Trade> {
        lock(&self.0).trades.iter().rev().find(|trade| fits(trade)).cloned()
    }

    pub(super) fn named(&self, number: &str) -> Option<Trade> {
        self.find(|trade| trade.number == number)
    }

    /// Notes that somebody looks at the trade.
    pub(super) fn scan(&self, number: &str) -> Option<Trade> {
        self.change(number, |trade| trade.scanned = true)
    }

    /// Moves a trade to `state` if that can follow on its own; returns it when it is there now.
    pub(super) fn go(&self, number: &str, state: State, now: i64) -> Option<Trade> {
        let moved = self.change(number, |trade| {
            match (trade.state, state) {
                (State::Waiting, State::Paid) => trade.paid = Some(now),
                (State::Waiting, State::Closed) => trade.ended = Some(now),
                (State::Paid, State::Refunded) => {
                    trade.ended = Some(now);
                    trade.refunded_fen = trade.amount_fen;
                }
                _ => return,
            }
            trade.state = state;
            trade.scanned = true;
        });
        moved.filter(|trade| trade.state == state)
    }

    /// Sends a part of the money of a paid trade back; whether it does.
    pub(super) fn refund_part(&self, number: &str, fen: i64, now: i64) -> bool {
        let mut is_done = false;
        self.change(number, |trade| {
            is_done = trade.state == State::Paid && (1..trade.amount_fen - trade.refunded_fen).contains(&fen);
            if is_done {
                trade.refunded_fen += fen;
                trade.ended = Some(now);
            }
        });
        is_done
    }

    /// What answers about the trade hold from now on; nothing of that kind when there is nothing.
    pub(super) fn says(&self, number: &str, fields: Vec<(String, String)>) {
        self.change(number, |trade| if fields.is_empty() { trade.says.clear() } else { trade.says.extend(fields) });
    }

    pub(super) fn note(&self, number: &str, delivery: Delivery) {
        self.change(number, |trade| {
            if trade.deliveries.len() == DELIVERIES_MAX {
                trade.deliveries.remove(0);
            }
            trade.deliveries.push(delivery);
        });
    }

    /// Changes the trade and returns it as it is then.
    fn change(&self, number: &str, change: impl FnOnce(&mut Trade)) -> Option<Trade> {
        let mut inner = lock(&self.0);
        let trade = inner.trades.iter_mut().rev().find(|trade| trade.number == number)?;
        change(trade);
        Some(trade.clone())
    }
}

impl Inner {
    /// The number itself, or with the first ending that no other merchant's trade has.
    fn free_number(&self, out_trade_no: &str) -> String {
        let taken = |number: &str| self.trades.iter().any(|trade| trade.number == number);
        let mut number = out_trade_no.to_owned();
        let mut place = 1;
        while taken(&number) {
            place += 1;
            number = format!("{out_trade_no}.{place}");
        }
        number
    }
}

fn is_of(trade: &Trade, draft: &Draft) -> bool {
    trade.out_trade_no == draft.out_trade_no && trade.merchant == draft.merchant && trade.provider == draft.provider
}

/// A number in the provider's form. The time in it keeps it apart from those of an earlier run, `made` from those of
/// this one.
fn trade_no(provider: Provider, now: i64, made: u64) -> String {
    let millis = now.rem_euclid(86_400_000);
    match provider {
        Provider::Alipay => format!("{}2200{millis:08}{:08}", time::write(now, "%Y%m%d"), made % 100_000_000),
        Provider::Epay => format!("{}{:05}", time::write(now, "%Y%m%d%H%M%S"), made % 100_000),
        Provider::Payjs => format!("{}{:011}", time::write(now, "%Y%m%d%H%M%S"), made % 100_000_000_000),
        // A number that JSON can hold: 16 digits.
        Provider::Xunhupay => format!("{}{:05}{:05}", time::write(now, "%y%m%d"), millis / 1000, made % 100_000),
    }
}

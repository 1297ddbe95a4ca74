//! The log of calls: what was called, what it cost, and which calls ran side by side.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::fault::FaultKind;
use crate::lock;

/// How many ended calls the log keeps: a stack that runs for days must not grow.
const CALLS_MAX: usize = 10_000;

/// The service that a call is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// DynamoDB.
    DynamoDb,
    /// S3. An operation's target is the object's key.
    S3,
    /// SES.
    Ses,
    /// Secrets Manager.
    Secrets,
    /// Anything else.
    Other,
}

/// One call that production code made.
#[derive(Debug, Clone)]
pub struct Call {
    /// The service called.
    pub service: Service,
    /// The operation's name, such as `UpdateItem`.
    pub operation: String,
    /// What it works on: one line per item, query or part of a transaction.
    pub targets: Vec<String>,
    /// Read units consumed. A failed call reports none, as in the real protocol.
    pub units_read: f64,
    /// Write units consumed, indexes included.
    pub units_written: f64,
    /// Its place among all beginnings and ends of calls.
    pub began: u64,
    /// The place of its end.
    pub ended: u64,
    /// The answer's HTTP status; `None` when the caller got no answer.
    pub status: Option<u16>,
    /// The fault that struck it.
    pub fault: Option<FaultKind>,
}

impl Call {
    /// Whether the two were under way at the same time.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.began < other.ended && other.began < self.ended
    }
}

/// How many of `calls` had to wait for each other: the longest chain of calls of which each began after the one
/// before it had ended.
pub fn round_trips(calls: &[Call]) -> usize {
    let mut by_end: Vec<&Call> = calls.iter().collect();
    by_end.sort_by_key(|call| call.ended);
    let mut last_end = 0;
    let mut chain = 0;
    for call in by_end {
        if call.began > last_end {
            last_end = call.ended;
            chain += 1;
        }
    }
    chain
}

/// The calls that ended, and the counter that orders beginnings and ends.
#[derive(Debug, Default)]
pub(super) struct Log {
    ended: Mutex<VecDeque<Call>>,
    tick: AtomicU64,
}

impl Log {
    /// Notes that a call begins. It is logged when the result is dropped.
    pub(super) fn begin(log: &Arc<Self>, mut call: Call) -> Running {
        call.began = log.next();
        Running { log: Arc::clone(log), call: Some(call) }
    }

    pub(super) fn take(&self) -> Vec<Call> {
        let mut calls: Vec<Call> = lock(&self.ended).drain(..).collect();
        calls.sort_by_key(|call| call.began);
        calls
    }

    fn next(&self) -> u64 {
        // From 1, so that 0 stands for "before everything".
        self.tick.fetch_add(1, Ordering::SeqCst) + 1
    }
}

/// A call under way. Dropping it, also because the caller gave up, writes it to the log.
#[derive(Debug)]
pub(super) struct Running {
    log: Arc<Log>,
    call: Option<Call>,
}

impl Running {
    pub(super) fn service(&self) -> Service {
        self.call.as_ref().map_or(Service::Other, |call| call.service)
    }

    pub(super) fn operation(&self) -> &str {
        self.call.as_ref().map_or("", |call| &call.operation)
    }

    pub(super) fn struck(&mut self, kind: FaultKind) {
        self.change(|call| call.fault = Some(kind));
    }

    pub(super) fn answered(&mut self, status: u16) {
        self.change(|call| call.status = Some(status));
    }

    /// The answer existed but does not reach the caller.
    pub(super) fn lost(&mut self) {
        self.change(|call| call.status = None);
    }

    /// Adds up the capacity that a DynamoDB answer reports.
    pub(super) fn consumed(&mut self, answer: &[u8]) {
        let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
        let reported = match &answer["ConsumedCapacity"] {
            Value::Array(tables) => tables.as_slice(),
            one => std::slice::from_ref(one),
        };
        self.change(|call| {
            for capacity in reported {
                let units = |name: &str| capacity[name].as_f64();
                let (read, written) = (units("ReadCapacityUnits"), units("WriteCapacityUnits"));
                // Only transactions say which kind they mean; elsewhere the operation's name does.
                let total = if read.or(written).is_some() { 0.0 } else { units("CapacityUnits").unwrap_or(0.0) };
                let writes = !matches!(&*call.operation, "GetItem" | "Query" | "Scan" | "BatchGetItem");
                call.units_read += read.unwrap_or(if writes { 0.0 } else { total });
                call.units_written += written.unwrap_or(if writes { total } else { 0.0 });
            }
        });
    }

    fn change(&mut self, change: impl FnOnce(&mut Call)) {
        if let Some(call) = &mut self.call {
            change(call);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Some(mut call) = self.call.take() else { return };
        let mut ended = lock(&self.log.ended);
        call.ended = self.log.next();
        if ended.len() == CALLS_MAX {
            ended.pop_front();
        }
        ended.push_back(call);
    }
}

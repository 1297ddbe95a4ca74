//! Fault plans: which call breaks, how, and how a test waits for it.

use std::sync::Mutex;

use tokio::sync::watch;

use crate::lock;

/// What happens to the call that a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The connection fails before the call has any effect.
    FailBefore,
    /// The effect is there; the answer is lost with the connection.
    FailAfter,
    /// The service answers that there are too many requests. No effect.
    Throttle,
    /// DynamoDB cancels the transaction, or refuses the plain write, because another transaction touches the item. No
    /// effect. Counts and strikes transactions and writes only.
    Conflict,
    /// The service answers with an internal error. No effect.
    Http500,
    /// Nothing happens, for ever or until [`Planned::release`]. To kill a function here, drop its future once
    /// [`Planned::reached`] returns.
    HangBefore,
    /// The effect is there and the answer does not come, for ever or until [`Planned::release`].
    HangAfter,
}

/// A fault to come: it strikes the `nth` matching call and the ones after it, `times` in all.
///
/// The SDK repeats calls whose connection fails, that are throttled or that get a 500, and each try is a call here:
/// a fault that production code shall see must outlast the tries (`.lasting()`).
#[derive(Debug, Clone)]
pub struct Fault {
    /// The first call that it strikes, counted from 1 over the matching calls from the plan on.
    pub nth: usize,
    /// How many matching calls in a row it strikes.
    pub times: usize,
    /// The operation that it counts and strikes; any when `None`.
    pub matching: Option<String>,
    /// What it does.
    pub kind: FaultKind,
}

impl Fault {
    /// A fault that strikes the very next call, once.
    pub fn new(kind: FaultKind) -> Self {
        Self { nth: 1, times: 1, matching: None, kind }
    }

    /// Strikes the `nth` matching call first.
    #[must_use]
    pub fn nth(self, nth: usize) -> Self {
        Self { nth, ..self }
    }

    /// Strikes `times` calls in a row.
    #[must_use]
    pub fn times(self, times: usize) -> Self {
        Self { times, ..self }
    }

    /// Strikes until [`crate::Wire::heal`].
    #[must_use]
    pub fn lasting(self) -> Self {
        self.times(usize::MAX)
    }

    /// Counts and strikes only calls of `operation`, such as `TransactWriteItems` or `SendEmail`.
    #[must_use]
    pub fn on(self, operation: &str) -> Self {
        Self { matching: Some(operation.to_owned()), ..self }
    }

    fn matches(&self, operation: &str) -> bool {
        const WRITES: [&str; 5] = ["TransactWriteItems", "TransactGetItems", "UpdateItem", "PutItem", "DeleteItem"];
        let possible = self.kind != FaultKind::Conflict || WRITES.contains(&operation);
        possible && self.matching.as_deref().is_none_or(|wanted| wanted == operation)
    }
}

/// A fault that was planned. Clones watch the same one.
#[derive(Debug, Clone)]
pub struct Planned(watch::Sender<Progress>);

#[derive(Debug, Default)]
struct Progress {
    hits: usize,
    released: bool,
}

impl Planned {
    /// How many calls it has struck. Faults after the effect count once the effect is there.
    pub fn hits(&self) -> usize {
        self.0.borrow().hits
    }

    /// Waits until it has struck.
    pub async fn reached(&self) {
        self.until(|progress| progress.hits > 0).await;
    }

    /// Lets the calls that hang go on, those to come too: before the effect they now have it, after it they answer.
    pub fn release(&self) {
        self.0.send_modify(|progress| progress.released = true);
    }

    pub(super) fn hit(&self) {
        self.0.send_modify(|progress| progress.hits += 1);
    }

    /// Strikes and keeps the caller waiting until released.
    pub(super) async fn hold(&self) {
        self.hit();
        self.until(|progress| progress.released).await;
    }

    async fn until(&self, done: impl FnMut(&Progress) -> bool) {
        // `self` keeps a sender alive, so this ends only by the condition.
        let _ = self.0.subscribe().wait_for(done).await;
    }
}

/// The faults that are armed.
#[derive(Debug, Default)]
pub(super) struct Plans(Mutex<Vec<Armed>>);

#[derive(Debug)]
struct Armed {
    fault: Fault,
    seen: usize,
    planned: Planned,
}

impl Plans {
    pub(super) fn add(&self, fault: Fault) -> Planned {
        let planned = Planned(watch::Sender::default());
        lock(&self.0).push(Armed { fault, seen: 0, planned: planned.clone() });
        planned
    }

    pub(super) fn clear(&self) {
        for armed in lock(&self.0).drain(..) {
            armed.planned.release();
        }
    }

    /// Counts a call of `operation` against every armed fault; returns the first planned one that strikes it.
    pub(super) fn strike(&self, operation: &str) -> Option<(FaultKind, Planned)> {
        let mut striking = None;
        for armed in lock(&self.0).iter_mut().filter(|armed| armed.fault.matches(operation)) {
            armed.seen += 1;
            let first = armed.fault.nth.max(1);
            let strikes = armed.seen >= first && armed.seen - first < armed.fault.times;
            if strikes && striking.is_none() {
                striking = Some((armed.fault.kind, armed.planned.clone()));
            }
        }
        striking
    }
}

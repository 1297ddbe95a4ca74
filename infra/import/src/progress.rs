//! What a person at a terminal sees while it runs.

use std::io::Write;

use domain::Clock;

/// Milliseconds between two lines.
const EVERY_MILLIS: i64 = 1_000;
/// Rows between two looks at the clock.
const LOOK_EVERY: u32 = 256;

/// Lines about how far it has come.
pub struct Progress {
    clock: Clock,
    output: Box<dyn Write>,
    /// What 100 % is; 0 when nobody knows.
    whole: u64,
    began: i64,
    last: i64,
    looks: u32,
    rows: u64,
    /// Rows that a run before this one did.
    before: u64,
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Progress").field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl Progress {
    /// Lines go to `output`.
    pub fn to(output: Box<dyn Write>, clock: Clock) -> Self {
        let began = clock.millis();
        Self { clock, output, whole: 0, began, last: began, looks: 0, rows: 0, before: 0 }
    }

    /// Something new begins, with so much to do, of which so much is done.
    pub(crate) fn begin(&mut self, whole: u64, before: u64) {
        let now = self.clock.millis();
        (self.whole, self.before, self.began, self.last, self.rows) = (whole, before, now, now, 0);
    }

    /// A row is done, and with it `done` of the whole.
    pub(crate) fn tick(&mut self, what: &str, done: u64) {
        self.rows += 1;
        self.looks += 1;
        if self.looks < LOOK_EVERY {
            return;
        }
        self.looks = 0;
        let now = self.clock.millis();
        if now - self.last >= EVERY_MILLIS {
            self.last = now;
            let line = self.line(what, done, now - self.began);
            self.say(&line);
        }
    }

    fn line(&self, what: &str, done: u64, millis: i64) -> String {
        let millis = u64::try_from(millis.max(1)).unwrap_or(1);
        let speed = self.rows.saturating_mul(1000) / millis;
        let share =
            (done * 100).checked_div(self.whole).map_or_else(String::new, |share| format!(", {} %", share.min(100)));
        let fresh = done.saturating_sub(self.before);
        let left = if self.whole > done && fresh > 0 {
            let seconds = u128::from(self.whole - done) * u128::from(millis) / u128::from(fresh) / 1000;
            format!(", {seconds} s left")
        } else {
            String::new()
        };
        format!("{what}: {} rows, {speed} rows/s{share}{left}", self.rows)
    }

    /// A line. One that cannot be shown is no reason to stop.
    pub(crate) fn say(&mut self, line: &str) {
        let _ = writeln!(self.output, "{line}").and_then(|()| self.output.flush());
    }
}

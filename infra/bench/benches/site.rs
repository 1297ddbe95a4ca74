//! The whole product in this process.

use std::io;

use domain::Clock;
use local::{Options, Stack};

/// 2026-01-01 08:00:00 in Shanghai.
pub(crate) const START_MILLIS: i64 = 1_767_225_600_000;
/// Who administrates the site.
pub(crate) const ADMINISTRATOR: &str = "admin@example.com";

/// A product with an empty table.
pub(crate) struct Site {
    pub(crate) stack: Stack,
    pub(crate) clock: Clock,
}

impl Site {
    /// Starts one.
    pub(crate) async fn start() -> io::Result<Self> {
        let clock = Clock::fixed(START_MILLIS);
        let options = Options {
            port: 0,
            data: None,
            admin: ADMINISTRATOR.to_owned(),
            time_zone: None,
            clock: clock.clone(),
            background: false,
            access_log: false,
        };
        let stack = Stack::start(options).await.map_err(io::Error::other)?;
        Ok(Self { stack, clock })
    }
}

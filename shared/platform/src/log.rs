//! The log of a function: JSON lines, one object each, for CloudWatch.

use tracing::level_filters::LevelFilter;

use crate::Environment;

/// Starts the log at the level that `RUST_LOG` names (`error` to `info`); warnings when it names none. Call once. Only
/// development builds have `debug` lines. The SDK's `trace` lines would hold whole requests with their credentials, so that
/// level is not to be had at all.
/// A level for all modules is enough, and filters by module would put a regular-expression engine into each function.
pub fn start_log(environment: &Environment) {
    let level = environment.parsed("RUST_LOG").unwrap_or(LevelFilter::WARN).min(LevelFilter::DEBUG);
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        // CloudWatch stamps every line by itself.
        .without_time()
        .with_current_span(false)
        .with_span_list(false)
        .with_max_level(level)
        .init();
}

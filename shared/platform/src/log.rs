//! The log of a function: JSON lines, one object each, for CloudWatch.

use tracing_subscriber::EnvFilter;

use crate::Environment;

/// Starts the log at the level that `RUST_LOG` names; warnings when it names none. Call once.
pub fn start_log(environment: &Environment) {
    let level = environment.find("RUST_LOG").unwrap_or("warn");
    let filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        // CloudWatch stamps every line by itself.
        .without_time()
        .with_current_span(false)
        .with_span_list(false)
        .with_env_filter(filter)
        .init();
}

//! Cold starts of several functions in turn, and their figures.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use crate::process::{ColdStart, Function, cold_start};
use crate::stack::Stack;

/// What is measured, with the event that it answers. A wrong code makes `auth` read the table and change nothing.
const MEASURED: [(&str, &str); 3] = [
    ("hello", include_str!("../../../events/auth-login.json")),
    ("auth", include_str!("../../../events/auth-login.json")),
    ("chat", include_str!("../../../events/chat-chat_completions.json")),
];
/// A new account's credits pay for at least this many short turns.
const TURNS_PER_ACCOUNT: usize = 8;

/// All cold starts of one function.
#[derive(Debug)]
pub struct Figures {
    name: &'static str,
    starts: Vec<ColdStart>,
}

/// Starts every measured function `rounds` times in turn, after one round that only warms the page cache and the table.
///
/// # Errors
/// When the local stack or a function fails.
pub async fn measure(binaries: &Path, stack: &Path, rounds: usize) -> io::Result<Vec<Figures>> {
    let stack = Stack::start(stack)?;
    let environment = stack.environment();
    let mut all = MEASURED.map(|(name, _)| Figures { name, starts: Vec::with_capacity(rounds) });
    let mut token = None;
    for round in 0..=rounds {
        if round % TURNS_PER_ACCOUNT == 0 {
            // Without a session the chat is refused, which the column of answers then shows.
            token = stack.log_in(&format!("bench-{round}@example.com")).await.ok().or(token);
        }
        for (figures, (name, event)) in all.iter_mut().zip(MEASURED) {
            let function =
                Function { name: name.to_owned(), binary: binaries.join(name), environment: environment.clone() };
            let start = cold_start(&function, personal(event, token.as_deref(), round)?).await;
            let start = start.map_err(|error| io::Error::other(format!("{name}: {error}")))?;
            if round > 0 {
                figures.starts.push(start);
            }
        }
    }
    Ok(all.into())
}

/// The recorded event of another person: with their session, if there is one, and in a conversation that begins, so that
/// every turn costs the same.
fn personal(event: &str, token: Option<&str>, round: usize) -> io::Result<Bytes> {
    let mut event: Value = serde_json::from_str(event)?;
    let token = token.map(Value::from).unwrap_or_default();
    set(&mut event, "/headers/token", token.clone());
    set(&mut event, "/multiValueHeaders/token/0", token);
    let mut body: Value = serde_json::from_str(event.pointer("/body").and_then(Value::as_str).unwrap_or_default())?;
    set(&mut body, "/parentMessageId", format!("00000000-0000-4000-8000-{round:012}").into());
    set(&mut event, "/body", body.to_string().into());
    Ok(Bytes::from(event.to_string()))
}

/// Changes what is there; an event without it stays as it is.
fn set(json: &mut Value, pointer: &str, value: Value) {
    if !value.is_null()
        && let Some(place) = json.pointer_mut(pointer)
    {
        *place = value;
    }
}

/// The table of cold starts: medians, and the least and the most of the time to the first byte.
#[must_use]
pub fn table(all: &[Figures]) -> String {
    let mut text = "| binary | init ms | first byte ms (min–max) | complete ms | CPU ms | peak MB | answers |\n\
                    |---|---|---|---|---|---|---|\n"
        .to_owned();
    for figures in all {
        let of = |field: fn(&ColdStart) -> f64| sorted(figures.starts.iter().map(field).collect());
        let first = of(|start| milliseconds(start.first));
        let ends = (first.first().copied().unwrap_or_default(), first.last().copied().unwrap_or_default());
        let answers: BTreeSet<String> = figures.starts.iter().map(|start| start.status.to_string()).collect();
        // Writing to a String does not fail.
        let _ = writeln!(
            text,
            "| {} | {:.1} | {:.1} ({:.1}–{:.1}) | {:.1} | {:.1} | {:.1} | {} |",
            figures.name,
            median(&of(|start| milliseconds(start.init))),
            median(&first),
            ends.0,
            ends.1,
            median(&of(|start| milliseconds(start.complete))),
            median(&of(|start| milliseconds(start.cpu))),
            median(&of(|start| megabytes(start.peak_kb))),
            answers.into_iter().collect::<Vec<_>>().join(", "),
        );
    }
    text
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

#[expect(clippy::cast_precision_loss, reason = "no process has 2^53 kB")]
fn megabytes(kilobytes: u64) -> f64 {
    kilobytes as f64 * 1024.0 / 1e6
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

/// The middle of sorted values: the mean of the middle two of an even count.
fn median(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    let upper = sorted.get(half).copied().unwrap_or_default();
    let lower = if sorted.len().is_multiple_of(2) { half.checked_sub(1) } else { Some(half) };
    f64::midpoint(lower.and_then(|at| sorted.get(at)).copied().unwrap_or_default(), upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        let of = |values: &[f64]| format!("{:.2}", median(&sorted(values.to_vec())));
        assert_eq!(of(&[3.0, 1.0, 2.0]), "2.00");
        assert_eq!(of(&[4.0, 1.0, 3.0, 2.0]), "2.50");
        assert_eq!(of(&[7.0]), "7.00");
        assert_eq!(of(&[]), "0.00");
    }

    #[test]
    fn the_recorded_session_and_conversation_give_way_to_new_ones() {
        let (_, chat) = MEASURED[2];
        let event: Value = serde_json::from_slice(&personal(chat, Some("live"), 7).unwrap()).unwrap();
        assert_eq!(event["headers"]["token"], "live");
        assert_eq!(event["multiValueHeaders"]["token"], serde_json::json!(["live"]));
        let body: Value = serde_json::from_str(event["body"].as_str().unwrap()).unwrap();
        assert_eq!(body["parentMessageId"], "00000000-0000-4000-8000-000000000007");
        assert!(!body["prompt"].as_str().unwrap().is_empty());
    }

    #[test]
    fn without_a_session_the_recorded_one_stays() {
        for (_, event) in MEASURED {
            let recorded: Value = serde_json::from_str(event).unwrap();
            let personal: Value = serde_json::from_slice(&personal(event, None, 1).unwrap()).unwrap();
            assert_eq!(personal["headers"]["token"], recorded["headers"]["token"]);
        }
    }

    #[test]
    fn the_table_has_a_row_per_function() {
        let ms = Duration::from_millis;
        let start =
            ColdStart { init: ms(10), first: ms(12), complete: ms(13), cpu: ms(5), peak_kb: 10_000, status: 200 };
        let text = table(&[Figures { name: "auth", starts: vec![start, ColdStart { status: 400, ..start }] }]);
        assert!(text.ends_with("| auth | 10.0 | 12.0 (12.0–12.0) | 13.0 | 5.0 | 10.2 | 200, 400 |\n"));
    }
}

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

/// One row of the table of figures.
#[derive(Debug, Clone, Copy)]
struct Row {
    name: &'static str,
    binary: &'static str,
    /// The event that is answered. A wrong code makes `auth` read the table and change nothing.
    event: &'static str,
    /// What is asked in place of the event's own prompt.
    prompt: Option<&'static str>,
}

const LOGIN: &str = include_str!("../../../events/auth-post-login.json");
const CHAT: &str = include_str!("../../../events/chat-post-chat_completions.json");
/// Against the turn of one delta, the other row's turn shows what a delta costs.
const DELTAS: u32 = 400;

const ROWS: [Row; 4] = [
    Row { name: "hello", binary: "hello", event: LOGIN, prompt: None },
    Row { name: "auth", binary: "auth", event: LOGIN, prompt: None },
    Row { name: "chat, 1 delta", binary: "chat", event: CHAT, prompt: Some("hi [[chunks=1]] [[usage=9,9]]") },
    Row { name: "chat, 400 deltas", binary: "chat", event: CHAT, prompt: Some("hi [[chunks=400]] [[usage=9,9]]") },
];

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
    let mut all = ROWS.map(|row| Figures { name: row.name, starts: Vec::with_capacity(rounds) });
    for round in 0..=rounds {
        // A new account each time: its gift pays for all deltas of the round.
        let token = stack.log_in(&format!("bench-{round}@example.com")).await?;
        for (turn, (figures, row)) in all.iter_mut().zip(ROWS).enumerate() {
            let binary = binaries.join(row.binary);
            let function = Function { name: row.name.to_owned(), binary, environment: environment.clone() };
            let start = cold_start(&function, personal(&row, &token, turn)?).await;
            let start = start.map_err(|error| io::Error::other(format!("{}: {error}", row.name)))?;
            if round > 0 {
                figures.starts.push(start);
            }
        }
    }
    Ok(all.into())
}

/// The recorded event of another person: with their session, and in a conversation that begins.
fn personal(row: &Row, token: &str, turn: usize) -> io::Result<Bytes> {
    let mut event: Value = serde_json::from_str(row.event)?;
    set(&mut event, "/headers/token", token.into());
    set(&mut event, "/multiValueHeaders/token/0", token.into());
    let mut body: Value = serde_json::from_str(event.pointer("/body").and_then(Value::as_str).unwrap_or_default())?;
    set(&mut body, "/parentMessageId", format!("00000000-0000-4000-8000-{turn:012}").into());
    if let Some(prompt) = row.prompt {
        set(&mut body, "/prompt", prompt.into());
    }
    set(&mut event, "/body", body.to_string().into());
    Ok(Bytes::from(event.to_string()))
}

/// Changes what is there; an event without it stays as it is.
fn set(json: &mut Value, pointer: &str, value: Value) {
    if let Some(place) = json.pointer_mut(pointer) {
        *place = value;
    }
}

/// The table of cold starts: medians, and the least and the most of the time to the first byte; and what one delta takes
/// of the processor, by the difference of the two chats.
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
    if let [.., one, many] = all {
        let cpu = |figures: &Figures| median(&sorted(figures.starts.iter().map(|s| milliseconds(s.cpu)).collect()));
        let _ =
            writeln!(text, "\nOne delta: {:.1} µs of CPU time", (cpu(many) - cpu(one)) * 1e3 / f64::from(DELTAS - 1));
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
    fn the_recorded_session_conversation_and_prompt_give_way_to_new_ones() {
        for row in ROWS {
            let event: Value = serde_json::from_slice(&personal(&row, "live", 7).unwrap()).unwrap();
            assert!(event["headers"].get("token").is_none_or(|token| token == "live"));
            let body: Value = serde_json::from_str(event["body"].as_str().unwrap()).unwrap();
            assert!(body.get("parentMessageId").is_none_or(|id| id == "00000000-0000-4000-8000-000000000007"));
            assert_eq!(body.get("prompt").and_then(Value::as_str), row.prompt);
        }
    }

    #[test]
    fn the_table_has_a_row_per_function() {
        let ms = Duration::from_millis;
        let start =
            ColdStart { init: ms(10), first: ms(12), complete: ms(13), cpu: ms(5), peak_kb: 10_000, status: 200 };
        let text = table(&[Figures { name: "auth", starts: vec![start, ColdStart { status: 400, ..start }] }]);
        assert!(text.ends_with("| auth | 10.0 | 12.0 (12.0–12.0) | 13.0 | 5.0 | 10.2 | 200, 400 |\n"));
        let chat = |cpu| Figures { name: "chat", starts: vec![ColdStart { cpu: ms(cpu), ..start }] };
        assert!(table(&[chat(10), chat(409)]).ends_with("One delta: 1000.0 µs of CPU time\n"));
    }
}

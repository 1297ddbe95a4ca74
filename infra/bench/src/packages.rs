//! What `sam build` has made, started under the Runtime API: every recorded event of every function is answered.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::process::{Function, cold_start};
use crate::sizes::FUNCTIONS;
use crate::stack::Stack;

/// The recorded events, beside the sources.
const EVENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../events");

/// How one function answered.
#[derive(Debug)]
pub struct Answers {
    name: &'static str,
    /// The event's file and the status, in the order of the files.
    statuses: Vec<(String, u16)>,
}

impl Answers {
    /// Whether it answered something, and never with a fault of its own.
    #[must_use]
    pub fn are_well(&self) -> bool {
        !self.statuses.is_empty() && self.statuses.iter().all(|(_, status)| *status < 500)
    }
}

/// Starts each function of `built`, the folder that `sam build` fills, once for each of its events.
///
/// # Errors
/// When the local stack does not start, or a function is not there or does not answer.
pub async fn try_all(built: &Path, stack: &Path) -> io::Result<Vec<Answers>> {
    let stack = Stack::start(stack)?;
    let mut all = Vec::new();
    for name in FUNCTIONS {
        let binary = built.join(logical_id(name)).join("bootstrap");
        let function = Function { name: name.to_owned(), binary, environment: stack.environment() };
        let mut statuses = Vec::new();
        for path in events(name)? {
            let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let start = cold_start(&function, Bytes::from(std::fs::read(&path)?)).await;
            let start = start.map_err(|error| io::Error::other(format!("{name} with {file}: {error}")))?;
            statuses.push((file, start.status));
        }
        all.push(Answers { name, statuses });
    }
    Ok(all)
}

/// The name in `template.yaml`, after which `sam build` names a function's folder.
fn logical_id(package: &str) -> String {
    let mut letters = package.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

fn events(package: &str) -> io::Result<Vec<PathBuf>> {
    let mut paths = std::fs::read_dir(EVENTS)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    let prefix = format!("{package}-");
    paths.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&prefix)));
    paths.sort();
    Ok(paths)
}

/// The table of answers.
#[must_use]
pub fn table(all: &[Answers]) -> String {
    let mut text = "| function | events | statuses |\n|---|---|---|\n".to_owned();
    for answers in all {
        let mut seen: Vec<u16> = answers.statuses.iter().map(|(_, status)| *status).collect();
        seen.sort_unstable();
        seen.dedup();
        let seen: Vec<String> = seen.iter().map(ToString::to_string).collect();
        // Writing to a String does not fail.
        let _ = writeln!(text, "| {} | {} | {} |", answers.name, answers.statuses.len(), seen.join(", "));
        for (file, status) in answers.statuses.iter().filter(|(_, status)| *status >= 500) {
            let _ = writeln!(text, "| {} FAILED | {file} | {status} |", answers.name);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_has_events_and_every_event_a_function() {
        let of_all: usize = FUNCTIONS.iter().map(|name| events(name).unwrap().len()).sum();
        assert!(FUNCTIONS.iter().all(|name| !events(name).unwrap().is_empty()));
        assert_eq!(of_all, std::fs::read_dir(EVENTS).unwrap().count());
        assert_eq!(logical_id("auth"), "Auth");
    }

    #[test]
    fn a_fault_and_silence_are_not_well() {
        let of = |statuses: &[u16]| Answers {
            name: "auth",
            statuses: statuses.iter().map(|status| ("auth-x.json".to_owned(), *status)).collect(),
        };
        assert!(of(&[200, 401]).are_well());
        assert!(!of(&[200, 502]).are_well());
        assert!(!of(&[]).are_well());
        assert!(table(&[of(&[200, 502])]).contains("| auth FAILED | auth-x.json | 502 |"));
    }
}

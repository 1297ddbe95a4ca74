//! What does not add up: a line of JSON for each row, written as it is found, and the numbers of it all.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde_json::{Value, json};

use crate::losses::Losses;

/// Characters of a value that a line quotes.
const QUOTED_CHARS_MAX: usize = 80;

/// A row that a line is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// The table.
    pub(crate) table: &'a str,
    /// The line of the dump, 0 for what is about no single one.
    pub(crate) line: u64,
    /// The row's id, 0 for none.
    pub(crate) id: i64,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is there, but not quite as it was.
    Kept,
    /// It is not there.
    LeftOut,
}

/// Numbers of a table's rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// In the dump.
    pub read: u64,
    /// Taken over.
    pub written: u64,
    /// Left out.
    pub left_out: u64,
}

/// A report that is being written.
#[derive(Debug)]
pub(crate) struct Report {
    file: Option<BufWriter<File>>,
    numbers: BTreeMap<String, Numbers>,
    kinds: BTreeMap<(String, &'static str), u64>,
    losses: Losses,
    done: u64,
}

impl Report {
    /// To this file, which is replaced.
    pub(crate) fn create(path: Option<&Path>) -> io::Result<Self> {
        let file = path.map(File::create).transpose()?.map(BufWriter::new);
        Ok(Self { file, numbers: BTreeMap::new(), kinds: BTreeMap::new(), losses: Losses::default(), done: 0 })
    }

    pub(crate) fn read(&mut self, table: &str) {
        self.of(table).read += 1;
    }

    pub(crate) fn written(&mut self, table: &str) {
        self.of(table).written += 1;
        self.done += 1;
    }

    /// Rows taken over so far.
    pub(crate) const fn done(&self) -> u64 {
        self.done
    }

    fn of(&mut self, table: &str) -> &mut Numbers {
        if !self.numbers.contains_key(table) {
            self.numbers.insert(table.to_owned(), Numbers::default());
        }
        self.numbers.entry(table.to_owned()).or_default()
    }

    /// A line.
    pub(crate) fn say(&mut self, place: Place<'_>, fate: Fate, kind: &'static str, detail: &Value) -> io::Result<()> {
        if fate == Fate::LeftOut {
            self.of(place.table).left_out += 1;
        }
        *self.kinds.entry((place.table.to_owned(), kind)).or_default() += 1;
        let fate = if fate == Fate::Kept { "kept" } else { "left_out" };
        self.line(&json!({
            "table": place.table, "line": place.line, "id": place.id.to_string(), "fate": fate, "kind": kind,
            "detail": detail,
        }))
    }

    /// A line about a row that is left out; and a loss to ask about, where nobody would miss the row at once. `called` is
    /// what people know it by.
    pub(crate) fn leave_out(
        &mut self,
        place: Place<'_>,
        kind: &'static str,
        detail: &Value,
        called: &str,
    ) -> io::Result<()> {
        let Place { table, line, id } = place;
        let word = match table {
            "config" if !called.is_empty() => format!("config:{called}"),
            "config" | "product" | "payment" | "token" => format!("{table}:{id}"),
            "user" | "carmi" | "order" => table.to_owned(),
            _ => return self.say(place, Fate::LeftOut, kind, detail),
        };
        self.losses.add(&word, || {
            let called = if called.is_empty() { String::new() } else { format!(" ({called})") };
            let detail = detail.as_str().map_or_else(|| detail.to_string(), str::to_owned);
            format!("`{table}` {id}{called}, line {line}, is left out: {kind}, {detail}")
        });
        self.say(place, Fate::LeftOut, kind, detail)
    }

    /// What is lost, as far as it is asked about.
    pub(crate) fn losses(&mut self) -> &mut Losses {
        &mut self.losses
    }

    /// A line about everything.
    pub(crate) fn line(&mut self, line: &Value) -> io::Result<()> {
        match &mut self.file {
            Some(file) => writeln!(file, "{line}"),
            None => Ok(()),
        }
    }

    /// Everything is in the file.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }

    /// By table.
    pub(crate) fn numbers(&self) -> &BTreeMap<String, Numbers> {
        &self.numbers
    }

    /// How often what was said, by table.
    pub(crate) fn kinds(&self) -> &BTreeMap<(String, &'static str), u64> {
        &self.kinds
    }
}

/// The beginning of a value that is no secret.
pub(crate) fn quoted(text: &str) -> Value {
    let mut quoted: String = text.chars().take(QUOTED_CHARS_MAX).collect();
    if quoted.len() < text.len() {
        quoted.push('…');
    }
    Value::String(quoted)
}

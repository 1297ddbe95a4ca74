//! From the dump into the spool: each row checked for what all tables have in common, ids, times and texts.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;
use std::sync::Arc;

use domain::ConversationId;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use rusqlite::types::Value;
use serde_json::json;

use crate::classic::{self, Kind, Table};
use crate::dump::{Column, Database, Dump, DumpError, Row};
use crate::garbled::Garbled;
use crate::progress::Progress;
use crate::report::{Fate, Place, Report, quoted};
use crate::spool::Spool;
use crate::survey::{Survey, Wanted};
use crate::{Failure, encoding};

/// Unknown tables and columns that are named; the others are counted.
const NAMED_MAX: usize = 200;

/// How the columns of one statement's rows map to those that are taken over: by field, the place among the values.
struct Mapping {
    table: &'static Table,
    places: Vec<Option<usize>>,
}

/// Rows that share their table and their columns.
struct Statement {
    database: Database,
    table: Arc<str>,
    columns: Arc<[Column]>,
    /// None for one that is not taken over.
    known: Option<&'static Table>,
    /// None for a table, or a database, that is not taken over.
    mapping: Option<Mapping>,
}

impl Statement {
    fn is_of(&self, row: &Row) -> bool {
        Arc::ptr_eq(&self.columns, &row.columns) && self.table == row.table && self.database == row.database
    }
}

/// Reads rows.
pub(crate) struct Reader<'a> {
    pub(crate) spool: &'a Spool,
    pub(crate) report: &'a mut Report,
    /// The zone of times without one.
    pub(crate) zone: &'a TimeZone,
    pub(crate) garbled: Garbled,
}

impl Reader<'_> {
    /// Reads all of it: takes the rows of the database that is wanted, and counts those of the others.
    pub(crate) fn read<R: BufRead>(
        &mut self,
        input: R,
        wanted: Wanted,
        progress: &mut Progress,
    ) -> Result<Survey, Failure> {
        let mut dump = Dump::of(input);
        let mut survey = Survey::of(wanted);
        let mut current: Option<Statement> = None;
        let mut unknown: BTreeMap<(Database, Arc<str>), u64> = BTreeMap::new();
        let mut unknown_columns: BTreeSet<String> = BTreeSet::new();
        while let Some(row) = dump.next()? {
            if !current.as_ref().is_some_and(|statement| statement.is_of(&row)) {
                current = Some(Self::statement(&row, &mut survey, &mut unknown_columns));
            }
            progress.tick("reading", dump.read());
            let Some(statement) = current.as_ref() else { continue };
            survey.count(&row.database, statement.known);
            if let Some(mapping) = &statement.mapping {
                self.take(mapping, &row)?;
            } else if statement.known.is_none() {
                let place = (row.database.clone(), Arc::clone(&row.table));
                let is_named = unknown.len() < NAMED_MAX || unknown.contains_key(&place);
                let place = if is_named { place } else { (row.database.clone(), "…".into()) };
                *unknown.entry(place).or_default() += 1;
            }
        }
        survey.end(&dump);
        for ((database, table), rows) in unknown {
            if survey.is_taken(&database) {
                let place = Place { table: &table, line: 0, id: 0 };
                self.report.say(place, Fate::LeftOut, "unknown_table", &json!({"rows": rows}))?;
            }
        }
        for column in unknown_columns {
            let place = Place { table: column.split('.').next().unwrap_or_default(), line: 0, id: 0 };
            self.report.say(place, Fate::Kept, "unknown_column", &json!(column))?;
        }
        Ok(survey)
    }

    /// What to do with the rows that begin with this one.
    fn statement(row: &Row, survey: &mut Survey, unknown: &mut BTreeSet<String>) -> Statement {
        let known = classic::table(&row.table);
        let is_taken = known.is_some() && survey.takes(&row.database);
        let mapping = match Mapping::of(row, unknown, is_taken) {
            Ok(mapping) => mapping.filter(|_| is_taken),
            Err(misfit) => {
                survey.misfits(&row.database, misfit);
                None
            }
        };
        let (database, table, columns) = (row.database.clone(), Arc::clone(&row.table), Arc::clone(&row.columns));
        Statement { database, table, columns, known, mapping }
    }

    fn take(&mut self, mapping: &Mapping, row: &Row) -> Result<(), Failure> {
        let table = mapping.table;
        self.report.read(table.name);
        let mut place = Place { table: table.name, line: row.line, id: 0 };
        let mut values = Vec::with_capacity(table.fields.len());
        for (field, at) in table.fields.iter().zip(&mapping.places) {
            let bytes = at.and_then(|at| row.values.get(at)).and_then(Option::as_deref);
            let text = bytes.map(std::str::from_utf8).transpose();
            let Ok(text) = text else {
                let guess = encoding::guess(bytes.unwrap_or_default());
                let what = format!("something else (column {} of {}){guess}", field.name, table.name);
                return Err(DumpError::Charset { line: row.line, what }.into());
            };
            let value = match field.kind {
                Kind::Id | Kind::Other => text.and_then(id).map_or(Value::Null, Value::Integer),
                Kind::Time => {
                    let is_utc = row.has_utc_timestamps
                        && at.and_then(|at| row.columns.get(at)).is_some_and(|column| column.is_timestamp);
                    let zone = if is_utc { &TimeZone::UTC } else { self.zone };
                    text.and_then(|text| millis(text, zone)).map_or(Value::Null, Value::Integer)
                }
                Kind::Gone => Value::Integer(i64::from(text.is_some_and(is_gone))),
                Kind::Text => {
                    self.garbled.look(text.unwrap_or_default());
                    text.map_or(Value::Null, |text| Value::Text(text.to_owned()))
                }
            };
            if field.kind == Kind::Id
                && let Value::Integer(id) = value
            {
                place.id = id;
            }
            if field.is_needed && value == Value::Null && field.name != "value" {
                let detail = json!({"column": field.name, "value": text.map(quoted)});
                return Ok(self.report.leave_out(place, "unreadable", &detail, "")?);
            }
            values.push(value);
        }
        if row.is_too_long {
            return Ok(self.report.leave_out(place, "too_long", &json!("a value has more than 1 MB"), "")?);
        }
        if let Some(refusal) = refusal(table, &values) {
            return Ok(self.report.say(place, Fate::LeftOut, refusal, &json!(null))?);
        }
        let line = i64::try_from(row.line).unwrap_or(0);
        if !self.spool.add(table, line, values)? {
            self.report.leave_out(place, "id_twice", &json!("the dump has two rows of this id"), "")?;
        }
        Ok(())
    }
}

impl Mapping {
    fn of(row: &Row, unknown: &mut BTreeSet<String>, is_taken: bool) -> Result<Option<Self>, Failure> {
        let Some(table) = classic::table(&row.table) else { return Ok(None) };
        let mut places = vec![None; table.fields.len()];
        for (at, column) in row.columns.iter().enumerate() {
            match table.field(&column.name).and_then(|field| places.get_mut(field)) {
                // Of two names of one thing, the first counts.
                Some(place) if place.is_none() => *place = Some(at),
                // Known, and not taken over: settings have remarks of their own here, and passwords are hashed otherwise.
                None if is_taken
                    && !["password", "remarks"].contains(&column.name.as_str())
                    && unknown.len() < NAMED_MAX =>
                {
                    unknown.insert(format!("{}.{}", table.name, column.name));
                }
                _ => {}
            }
        }
        let fields = table.fields.iter().zip(&places);
        let missing: Vec<&str> =
            fields.filter(|(field, place)| field.is_needed && place.is_none()).map(|(field, _)| field.name).collect();
        if missing.is_empty() {
            return Ok(Some(Self { table, places }));
        }
        let (line, table, columns) = (row.line, row.table.to_string(), missing.join(", "));
        Err(Failure::MissingColumns { line, table, columns })
    }
}

/// Why a row is left out that what belongs to it would count.
fn refusal(table: &Table, values: &[Value]) -> Option<&'static str> {
    let value = |name: &str| values.get(table.field(name)?);
    let text = |name: &str| match value(name) {
        Some(Value::Text(text)) => text.as_str(),
        _ => "",
    };
    if table.name != "user" && value("delete_time") == Some(&Value::Integer(1)) {
        return Some("deleted");
    }
    if table.name == "message" {
        if ConversationId::parse(text("parent_message_id")).is_none() {
            return Some("no_conversation");
        }
        if !["user", "assistant"].contains(&text("role")) {
            return Some("unknown_speaker");
        }
        if text("content").len() > crate::MESSAGE_BYTES_MAX {
            return Some("too_long");
        }
    }
    None
}

fn id(text: &str) -> Option<i64> {
    text.trim().parse().ok().filter(|id| *id > 0)
}

/// A time as milliseconds since the Unix epoch; none for one that says that there is none.
fn millis(text: &str, zone: &TimeZone) -> Option<i64> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: i64 = text.parse().ok().filter(|number| *number > 0)?;
        return Some(if number < 100_000_000_000 { number * 1000 } else { number });
    }
    let time: DateTime = text.parse().ok().or_else(|| text.parse::<Date>().ok().map(|day| day.at(0, 0, 0, 0)))?;
    Some(zone.to_timestamp(time).ok()?.as_millisecond())
}

/// Whether what stands where a deletion would be marked says that there was one.
fn is_gone(text: &str) -> bool {
    !["", "0", "\0", "false", "N", "n"].contains(&text.trim()) && !text.starts_with("0000-00-00")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_their_zone() {
        let shanghai = TimeZone::get("Asia/Shanghai").unwrap();
        for (text, expected) in [
            ("2023-05-17 11:15:50", Some(1_684_293_350_000)),
            ("2023-05-17T11:15:50.250000", Some(1_684_293_350_250)),
            ("2023-05-17", Some(1_684_252_800_000)),
            ("1684293350", Some(1_684_293_350_000)),
            ("1684293350123", Some(1_684_293_350_123)),
            ("0000-00-00 00:00:00", None),
            ("", None),
            ("0", None),
            ("2023-13-01 00:00:00", None),
            ("soon", None),
        ] {
            assert_eq!(millis(text, &shanghai), expected, "{text}");
        }
        assert_eq!(millis("2023-05-17 03:15:50", &TimeZone::UTC), Some(1_684_293_350_000));
    }

    #[test]
    fn deletions_are_marked_in_several_ways() {
        for text in ["2023-05-17 11:15:50", "1", "true", "Y", "\u{1}"] {
            assert!(is_gone(text), "{text:?}");
        }
        for text in ["", "0", "0000-00-00 00:00:00", "false"] {
            assert!(!is_gone(text), "{text:?}");
        }
    }
}

//! A file of the importer's own, in which the rows of a dump are sorted: a dump has them by table, and the books need
//! them by person.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

use crate::Failure;
use crate::classic::{Kind, TABLES, Table};

/// The file. It goes with this value; it holds what the dump holds, so nobody else may read it.
#[derive(Debug)]
pub(crate) struct Spool {
    pub(crate) db: Connection,
    path: PathBuf,
}

impl Spool {
    /// A new one at `path`, in place of what a killed importer left there.
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        let failed = |source| Failure::File { path: path.to_owned(), source };
        if path.exists() {
            fs::remove_file(path).map_err(failed)?;
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path).map_err(failed)?;
        let db = Connection::open(path)?;
        // Nothing in it outlives the run, so nothing is to be recovered.
        db.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;")?;
        db.execute_batch("PRAGMA cache_size = -65536; PRAGMA temp_store = FILE;")?;
        for table in &TABLES {
            db.execute_batch(&definition(table))?;
        }
        db.execute_batch(
            "CREATE TABLE standing (id INTEGER PRIMARY KEY, rows INTEGER, total INTEGER, vip TEXT, svip TEXT);
             CREATE TABLE linked (kind TEXT, id INTEGER, ordinal INTEGER, row INTEGER, PRIMARY KEY (kind, id));
             CREATE TABLE taken (name TEXT PRIMARY KEY);
             CREATE TABLE batch (id INTEGER PRIMARY KEY, json TEXT);
             CREATE TABLE code (id INTEGER PRIMARY KEY, user_id INTEGER, batch INTEGER, benefit TEXT, at INTEGER,
                 is_used INTEGER);
             CREATE INDEX code_user ON code (user_id);
             CREATE TABLE paid (id INTEGER PRIMARY KEY, user_id INTEGER, benefit TEXT, at INTEGER);
             CREATE INDEX paid_user ON paid (user_id);
             BEGIN;",
        )?;
        Ok(Self { db, path: path.to_owned() })
    }

    /// Adds a row; false when its id is there already.
    pub(crate) fn add(&self, table: &Table, line: i64, values: Vec<Value>) -> Result<bool, Failure> {
        let marks = ",?".repeat(values.len());
        let sql = format!("INSERT OR IGNORE INTO \"{}\" VALUES (?{marks})", table.name);
        let mut insert = self.db.prepare_cached(&sql)?;
        let values = std::iter::once(Value::Integer(line)).chain(values);
        Ok(insert.execute(params_from_iter(values))? > 0)
    }

    /// All rows are there: makes what finds them by person.
    pub(crate) fn sort(&self) -> Result<(), Failure> {
        self.db.execute_batch(
            "COMMIT; BEGIN;
             CREATE INDEX turnover_user ON turnover (user_id, create_time, id);
             CREATE INDEX signin_user ON signin (user_id, create_time, id);
             CREATE INDEX message_user ON message (user_id);
             CREATE TABLE people AS
                 SELECT id FROM user UNION SELECT user_id FROM turnover UNION SELECT user_id FROM signin
                 UNION SELECT user_id FROM message UNION SELECT user_id FROM \"order\";",
        )?;
        Ok(())
    }

    /// Takes a name; false when it was taken before.
    pub(crate) fn take(&self, name: &str) -> Result<bool, Failure> {
        Ok(self.db.prepare_cached("INSERT OR IGNORE INTO taken VALUES (?)")?.execute([name])? > 0)
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        // A file that cannot be removed is replaced by the next run.
        let _ = fs::remove_file(&self.path);
    }
}

/// Its columns, and before them the line of the dump.
fn definition(table: &Table) -> String {
    let columns = table.fields.iter().map(|field| match field.kind {
        Kind::Id => format!("\"{}\" INTEGER PRIMARY KEY", field.name),
        Kind::Other | Kind::Time | Kind::Gone => format!("\"{}\" INTEGER", field.name),
        Kind::Text => format!("\"{}\" TEXT", field.name),
    });
    format!("CREATE TABLE \"{}\" (line INTEGER, {})", table.name, columns.collect::<Vec<_>>().join(", "))
}

/// A column of a row that is a text; the empty one where there is none.
pub(crate) fn text(row: &Row<'_>, name: &str) -> Result<String, Failure> {
    Ok(row.get::<_, Option<String>>(name)?.unwrap_or_default())
}

/// A column of a row that is a number.
pub(crate) fn number(row: &Row<'_>, name: &str) -> Result<Option<i64>, Failure> {
    Ok(row.get(name)?)
}

/// When a row came to be, and when it last changed; the beginning of time where a dump does not tell.
pub(crate) fn times(row: &Row<'_>) -> Result<(i64, i64), Failure> {
    let (created, updated) = (number(row, "create_time")?, number(row, "update_time")?);
    let created = created.or(updated).unwrap_or(0);
    Ok((created, updated.unwrap_or(created)))
}

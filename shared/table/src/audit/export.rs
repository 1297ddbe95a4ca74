//! The record of an export: it changes nothing, but takes away what people entrust to the site.

use domain::{Error, Result};
use serde_json::{Value, json};

use super::{Audit, Note};
use crate::Table;
use crate::write::Committed;

/// Records that an administrator exports what `name` stands for; `asked` says how, by the names of the request.
///
/// # Errors
/// When the table cannot be written.
pub async fn note_export(table: &Table, name: &str, asked: &[(&'static str, String)], audit: &Audit) -> Result<()> {
    let asked = asked.iter().map(|(field, value)| (*field, Value::Null, json!(value)));
    let note = Note::of(format!("export {name}"), asked);
    match table.commit(audit.record(table, &note, None)?.to_vec(), "recording an export").await? {
        Committed::Done => Ok(()),
        Committed::Not(_) => Err(Error::internal("the id of a record came twice")),
    }
}

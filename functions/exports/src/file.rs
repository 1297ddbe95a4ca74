//! The file itself: rows as lines of text, sent on in pieces. Its last line says that it is whole, and how many rows it has;
//! a file without that line is not.

use std::time::Duration;

use bytes::Bytes;
use domain::limits::{EXPORT_CHUNK_BYTES, EXPORT_UNREAD_SECONDS_MAX};
use serde_json::{Value, json};
use tokio::time::Instant;
use web::{Gone, Sender, csv};

use crate::lists::List;
use crate::wanted::{Format, Wanted};

/// What stands in the place of an id in the last line of a table.
const END: &str = "end";

/// A file that is being written.
pub(crate) struct File {
    sender: Sender,
    form: Form,
    /// What is not sent yet.
    text: String,
    pub(crate) rows: u64,
}

enum Form {
    /// Lines of JSON; of several lists, with the name of its list in each.
    Lines {
        names_lists: bool,
    },
    Table {
        titles: Vec<&'static str>,
    },
}

impl File {
    pub(crate) fn new(wanted: &Wanted, sender: Sender) -> Self {
        let (form, text) = match (wanted.format, wanted.one()) {
            (Format::Csv, Some(list)) => {
                let titles = list.titles();
                let head = csv::head(&titles);
                (Form::Table { titles }, head)
            }
            (_, one) => (Form::Lines { names_lists: one.is_none() }, String::new()),
        };
        Self { sender, form, text, rows: 0 }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`Gone`] when nobody reads any more.
    pub(crate) async fn push(&mut self, list: List, mut row: Value) -> Result<(), Gone> {
        match &self.form {
            Form::Lines { names_lists } => {
                if let Some(fields) = row.as_object_mut().filter(|_| *names_lists) {
                    fields.insert("list".to_owned(), json!(list.name()));
                }
                push_line(&mut self.text, &row);
            }
            Form::Table { titles } => csv::push_row(&mut self.text, titles.iter().map(|title| cell(&row, title))),
        }
        self.rows += 1;
        if self.text.len() < EXPORT_CHUNK_BYTES { Ok(()) } else { self.send().await }
    }

    /// Ends a whole file.
    ///
    /// # Errors
    /// As [`File::push`].
    pub(crate) async fn end(&mut self) -> Result<(), Gone> {
        match &self.form {
            Form::Lines { .. } => push_line(&mut self.text, &json!({"end": true, "rows": self.rows})),
            Form::Table { titles } => {
                // As many cells as every row has.
                let mut cells = vec![END.to_owned(), self.rows.to_string()];
                cells.resize(titles.len(), String::new());
                csv::push_row(&mut self.text, cells);
            }
        }
        self.send().await
    }

    async fn send(&mut self) -> Result<(), Gone> {
        let deadline = Instant::now() + Duration::from_secs(EXPORT_UNREAD_SECONDS_MAX);
        self.sender.send(Bytes::from(std::mem::take(&mut self.text)), deadline).await
    }
}

fn push_line(text: &mut String, value: &Value) {
    text.push_str(&value.to_string());
    text.push('\n');
}

/// A field of a row as a cell: texts as they are, nothing for null, all else as JSON.
fn cell(row: &Value, title: &str) -> String {
    let field = title.split('.').try_fold(row, |value, name| value.get(name));
    match field {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

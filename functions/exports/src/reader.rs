//! Reads a list in pieces, so that memory does not grow with it.

use std::collections::VecDeque;

use domain::Result;
use domain::limits::EXPORT_ENTRIES;
use serde_json::Value;
use table::list::{self, Listed};

use crate::export::Export;
use crate::lists::List;
use crate::rows;

/// How far a list is read.
pub(crate) struct Reader {
    list: List,
    /// The ids that are still wanted, both ends included.
    ids: (i64, i64),
    /// Entries of the index whose rows are not read yet.
    entries: VecDeque<Listed>,
    /// Whether nothing is left but those.
    is_through: bool,
}

impl Reader {
    pub(crate) fn new(list: List, ids: (i64, i64)) -> Self {
        Self { list, ids, entries: VecDeque::new(), is_through: false }
    }

    /// The next rows, newest first, perhaps none; nothing when there are no more.
    pub(crate) async fn next(&mut self, export: &Export) -> Result<Option<Vec<Value>>> {
        let table = &export.app.base.table;
        let Some(indexes) = self.list.indexes() else {
            if std::mem::replace(&mut self.is_through, true) {
                return Ok(None);
            }
            return tokio::try_join!(export.check(), rows::all(export, self.list, self.ids))
                .map(|((), rows)| Some(rows));
        };
        if self.entries.is_empty() {
            if self.is_through {
                return Ok(None);
            }
            let read = list::newest(table, indexes, self.ids, EXPORT_ENTRIES);
            let ((), entries) = tokio::try_join!(export.check(), read)?;
            self.is_through = entries.len() < EXPORT_ENTRIES;
            let Some(oldest) = entries.last() else { return Ok(None) };
            self.ids.1 = oldest.id - 1;
            self.entries = entries.into();
        }
        let some: Vec<Listed> = self.entries.drain(..self.list.rows_at_once().min(self.entries.len())).collect();
        rows::of(export, self.list, &some).await.map(Some)
    }
}

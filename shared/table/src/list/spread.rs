//! Who takes many rows off lists.

use std::collections::BTreeSet;

use domain::{Id, Result};

use super::leaf;
use super::rollup::{ENDED_LEAVES, roll_up};
use crate::Table;

/// How far over time the deleted rows reach. Each quarter of an hour of them is one more number in an item of the
/// tally, which all transactions of a sixteenth of the users write and pay by its size: those of some years would make it
/// so dear, until the janitor comes, that everybody waited. So who deletes much tidies up on the way.
#[derive(Debug, Default)]
pub struct Spread(BTreeSet<i64>);

impl Spread {
    /// Takes note of deleted rows, and rolls up the counts when they have become many.
    ///
    /// # Errors
    /// When the table cannot be read or written.
    pub async fn follow<K>(&mut self, table: &Table, deleted: impl Iterator<Item = Id<K>>, now: i64) -> Result<()> {
        self.0.extend(deleted.map(leaf));
        if self.0.len() >= ENDED_LEAVES {
            roll_up(table, now, false).await?;
            self.0.clear();
        }
        Ok(())
    }
}

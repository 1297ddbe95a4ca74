//! Pictures that go with their files, many at once: the files first, for a file that nobody knows of could never be deleted.

use domain::{Error, ImageId, Result, UserId};
use futures_util::future::join_all;
use table::list::Spread;
use table::{Table, image, upload};

use crate::Objects;

/// Pictures whose files are deleted side by side, and whose rows in one transaction.
const AT_ONCE: usize = 24;
/// Times in a row that others may be in the way.
const CONFLICTS_MAX: usize = 20;

/// What was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erased {
    /// How many.
    pub number: usize,
    /// Whether none is left.
    pub is_through: bool,
}

/// What is deleted, of whom and at what time.
#[derive(Debug)]
pub struct Eraser<'a> {
    /// Where the rows are.
    pub table: &'a Table,
    /// Where the files are.
    pub objects: &'a Objects,
    /// Whose.
    pub user: UserId,
    /// Milliseconds since the Unix epoch.
    pub now: i64,
}

impl Eraser<'_> {
    /// Deletes the drawn pictures of the user up to `newest`, oldest first, until none is left or `has_time` says no, which
    /// is asked with the number so far.
    ///
    /// # Errors
    /// When the bucket or the table is out of reach. What was deleted stays so.
    pub async fn images(&self, newest: ImageId, has_time: impl Fn(usize) -> bool) -> Result<Erased> {
        let (mut erased, mut conflicts) = (Erased { number: 0, is_through: false }, 0);
        let mut spread = Spread::default();
        while has_time(erased.number) {
            let some = image::oldest(self.table, self.user, newest, AT_ONCE).await?;
            if some.is_empty() {
                return Ok(Erased { is_through: true, ..erased });
            }
            self.files(some.iter().map(|image| image.file.as_str())).await?;
            if image::remove_some(self.table, self.user, &some).await? {
                (erased.number, conflicts) = (erased.number + some.len(), 0);
                spread.follow(self.table, some.iter().map(|image| image.id), self.now).await?;
            } else {
                conflicts = again(conflicts)?;
            }
        }
        Ok(erased)
    }

    /// Deletes what the user has put up, in the same way.
    ///
    /// # Errors
    /// As [`Eraser::images`].
    pub async fn uploads(&self, has_time: impl Fn(usize) -> bool) -> Result<Erased> {
        let (mut erased, mut conflicts) = (Erased { number: 0, is_through: false }, 0);
        let mut spread = Spread::default();
        while has_time(erased.number) {
            let some = upload::oldest(self.table, self.user, AT_ONCE).await?;
            if some.is_empty() {
                return Ok(Erased { is_through: true, ..erased });
            }
            self.files(some.iter().map(|upload| upload.file.as_str())).await?;
            if upload::remove_some(self.table, self.user, &some).await? {
                (erased.number, conflicts) = (erased.number + some.len(), 0);
                spread.follow(self.table, some.iter().map(|upload| upload.id), self.now).await?;
            } else {
                conflicts = again(conflicts)?;
            }
        }
        Ok(erased)
    }

    async fn files<'b>(&self, names: impl Iterator<Item = &'b str>) -> Result<()> {
        join_all(names.map(|name| self.objects.remove(name))).await.into_iter().collect()
    }
}

/// One more time that somebody was changing or deleting the same; the next look sees what they did.
fn again(conflicts: usize) -> Result<usize> {
    let busy = || Error::Unavailable { source: "others kept changing the pictures".into() };
    (conflicts < CONFLICTS_MAX).then_some(conflicts + 1).ok_or_else(busy)
}

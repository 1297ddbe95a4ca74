//! Notices of the site. They have a partition of their own, so that functions which read the settings at every chat do
//! not read them too.

use domain::limits::NOTICE_TITLE_CHARS_MAX;
use domain::text::Line;
use domain::{NoticeId, Result};
use serde::{Deserialize, Serialize};

use crate::audit::Audit;
use crate::keys::{Key, NOTICES_PARTITION};
use crate::read::entity;
use crate::{Table, small_set};

/// The title of a notice.
pub type Title = Line<NOTICE_TITLE_CHARS_MAX>;

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The id.
    pub id: NoticeId,
    /// What it is about.
    pub title: Title,
    /// Sanitised HTML.
    pub content: String,
    /// Its place among the others: small ones come first.
    pub sort: i64,
    /// Whether people see it.
    pub enabled: bool,
    /// Milliseconds since the Unix epoch.
    pub created: i64,
    /// When it was last changed, in milliseconds since the Unix epoch.
    pub updated: i64,
}

/// What an administrator wants of a notice; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// See [`Notice::title`].
    pub title: Option<Title>,
    /// See [`Notice::content`].
    pub content: Option<String>,
    /// See [`Notice::sort`].
    pub sort: Option<i64>,
    /// See [`Notice::enabled`].
    pub enabled: Option<bool>,
}

impl Wanted {
    fn of(&self, there: Notice, now: i64) -> Notice {
        let wanted = self.clone();
        Notice {
            title: wanted.title.unwrap_or(there.title),
            content: wanted.content.unwrap_or(there.content),
            sort: wanted.sort.unwrap_or(there.sort),
            enabled: wanted.enabled.unwrap_or(there.enabled),
            updated: now,
            ..there
        }
    }
}

/// All notices, newest first.
///
/// # Errors
/// When the table cannot be read.
pub async fn all(table: &Table) -> Result<Vec<Notice>> {
    let items = table.partition(NOTICES_PARTITION, None).await?;
    let mut notices: Vec<Notice> = items.into_iter().map(entity).collect::<Result<_>>()?;
    notices.sort_unstable_by_key(|notice| std::cmp::Reverse(notice.id));
    Ok(notices)
}

/// Stores a new notice.
///
/// # Errors
/// When the table cannot be written.
pub async fn create(table: &Table, notice: &Notice, audit: &Audit) -> Result<()> {
    small_set::create(table, &Key::notice(notice.id), notice, audit).await
}

/// Changes a notice as it is at that moment: of two who change different things of it, both do. Returns it as it is
/// then; `None` when there is none.
///
/// # Errors
/// When the table cannot be read or written.
pub async fn change(table: &Table, id: NoticeId, wanted: &Wanted, audit: &Audit) -> Result<Option<Notice>> {
    small_set::change(table, &Key::notice(id), audit, |there| Ok(wanted.of(there, audit.at))).await
}

/// Deletes a notice. Returns whether it was there.
///
/// # Errors
/// When the table cannot be written.
pub async fn remove(table: &Table, id: NoticeId, audit: &Audit) -> Result<bool> {
    small_set::remove::<Notice>(table, &Key::notice(id), audit).await
}

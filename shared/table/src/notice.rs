//! Notices of the site. They have a partition of their own, so that functions which read the settings at every chat do
//! not read them too.

use domain::limits::NOTICE_TITLE_CHARS_MAX;
use domain::text::Line;
use domain::{Error, NoticeId, Result};
use serde::{Deserialize, Serialize};

use crate::Table;
use crate::failure::{Cancelled, pause, still_busy, unexpected};
use crate::keys::{Key, NOTICES_PARTITION};
use crate::read::entity;
use crate::values::n;
use crate::write::{delete, put, request_token};

/// Tries of a write that only others' writes stand in the way of.
const TRIES_MAX: u32 = 8;

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
    /// Raised by each change.
    pub revision: i64,
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
            revision: there.revision + 1,
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
pub async fn create(table: &Table, notice: &Notice) -> Result<()> {
    let actions = vec![table.put_new(&Key::notice(notice.id), notice, &[])?];
    // One token for all tries: a try whose answer was lost is not done twice, and still counts as done.
    let token = request_token()?;
    for attempt in 0..TRIES_MAX {
        match table.transact(actions.clone(), Some(&token)).await {
            Ok(()) => return Ok(()),
            Err(Cancelled::Condition(_)) => return Err(Error::internal("an id of a notice came twice")),
            Err(Cancelled::Busy) => pause(attempt).await,
            Err(Cancelled::Failed(error)) => return Err(error),
        }
    }
    Err(still_busy("storing a notice"))
}

/// Changes a notice as it is at that moment: of two who change different things of it, both do. Returns it as it is
/// then; `None` when there is none. A try whose answer was lost is done again, which changes nothing more.
///
/// # Errors
/// When the table cannot be read or written.
pub async fn change(table: &Table, id: NoticeId, wanted: &Wanted, now: i64) -> Result<Option<Notice>> {
    for attempt in 0..TRIES_MAX {
        let Some(there) = find(table, id).await? else { return Ok(None) };
        let seen = there.revision;
        let notice = wanted.of(there, now);
        let over = table.put_over(&Key::notice(id), &notice)?;
        let over = over.condition_expression("revision = :seen").expression_attribute_values(":seen", n(seen));
        match table.transact(vec![put(over)?], None).await {
            Ok(()) => return Ok(Some(notice)),
            Err(Cancelled::Condition(_) | Cancelled::Busy) => pause(attempt).await,
            Err(Cancelled::Failed(error)) => return Err(error),
        }
    }
    Err(still_busy("changing a notice"))
}

/// Deletes a notice. Returns whether it was there.
///
/// # Errors
/// When the table cannot be written.
pub async fn remove(table: &Table, id: NoticeId) -> Result<bool> {
    let actions = vec![delete(table.remove(&Key::notice(id)).condition_expression("attribute_exists(pk)"))?];
    let token = request_token()?;
    for attempt in 0..TRIES_MAX {
        match table.transact(actions.clone(), Some(&token)).await {
            Ok(()) => return Ok(true),
            Err(Cancelled::Condition(_)) => return Ok(false),
            Err(Cancelled::Busy) => pause(attempt).await,
            Err(Cancelled::Failed(error)) => return Err(error),
        }
    }
    Err(still_busy("deleting a notice"))
}

async fn find(table: &Table, id: NoticeId) -> Result<Option<Notice>> {
    let key = Key::notice(id).attributes();
    let read = table.client.get_item().table_name(&table.name).set_key(Some(key)).consistent_read(true);
    read.send().await.map_err(unexpected)?.item.map(entity).transpose()
}

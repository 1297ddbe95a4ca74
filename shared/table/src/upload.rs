//! Pictures that people put up themselves. The files lie in the bucket; here is whose each of them is.
//!
//! What is known of a file is there before the file is, and goes after it: a file that nobody knows of could never be
//! deleted. Should a function die between the two, a row without a file is left, which its person can delete.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::limits::UPLOADS_MAX;
use domain::{Error, Page, Result, UploadId, UserId};
use serde::{Deserialize, Serialize};

use crate::Table;
use crate::audit::{Audit, Note};
use crate::keys::{Key, Place, upload_owner};
use crate::list::{self, List, Listed, Tally};
use crate::owned;
use crate::read::entity;
use crate::user::{self, User};
use crate::values::n;
use crate::write::{Change, Committed, delete};

/// A picture that somebody put up.
#[derive(Clone, Serialize, Deserialize)]
pub struct Upload {
    /// The id.
    pub id: UploadId,
    /// Whose.
    pub user: UserId,
    /// The name of its file in the bucket.
    pub file: String,
    /// The media type.
    #[serde(rename = "type")]
    pub media_type: String,
    /// The length of the file.
    pub bytes: u64,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Milliseconds since the Unix epoch.
    pub created: i64,
}

/// Makes a picture known as its person's, before its file is stored.
///
/// # Errors
/// [`Error::Refused`] when the person has as many as one may have, [`Error::LoggedOut`] when they were deleted meanwhile;
/// when the table cannot be read or written.
pub async fn create(table: &Table, upload: &Upload) -> Result<()> {
    let user = Change::of(&Key::user(upload.user))
        .add("uploads :one")
        .when("attribute_exists(pk) AND attribute_not_exists(gone)")
        .when("(attribute_not_exists(uploads) OR uploads < :most)")
        .value(":one", n(1))
        .value(":most", n(UPLOADS_MAX));
    let places = [Place::listed(List::UPLOADS, upload.id), Place::upload_of(upload.user, upload.id)];
    let actions = vec![
        user.action(table)?,
        table.put_new(&Key::upload(upload.user, upload.id), upload, &places)?,
        Tally::of(upload.user).joins(List::UPLOADS, upload.id).action(table)?,
    ];
    match table.commit(actions, "keeping an upload").await? {
        Committed::Done => Ok(()),
        Committed::Not(0) if user::find(table, upload.user).await?.is_some() => Err(full()),
        Committed::Not(0) => Err(Error::LoggedOut),
        Committed::Not(_) => Err(Error::internal("an id came twice")),
    }
}

/// Why somebody can put up no more.
pub fn full() -> Error {
    Error::Refused(format!("最多保存{UPLOADS_MAX}张上传的图片，请先删除不再需要的图片").into())
}

/// A page of what a user has put up, newest first. [`User::uploads`] is the number of it all.
///
/// # Errors
/// When the table cannot be read.
pub async fn page(table: &Table, user: &User, page: Page) -> Result<Vec<Upload>> {
    let entries = owned::page(table, &upload_owner(user.id), user.uploads, page).await?;
    let mut items = table.get_all(entries.iter().map(|(_, key)| key.clone())).await?;
    entries.iter().filter_map(|(_, key)| items.remove(key)).map(entity).collect()
}

/// The oldest of what a user has put up, at most `limit`, as of the last commit.
///
/// # Errors
/// When the table cannot be read.
pub async fn oldest(table: &Table, user: UserId, limit: usize) -> Result<Vec<Upload>> {
    let last = UploadId::from_i64(i64::MAX).ok_or_else(|| Error::internal("no last id"))?;
    owned::oldest(table, &upload_owner(user), &Key::upload(user, last), limit).await
}

/// What this user has put up under this id, as of the last commit.
///
/// # Errors
/// When the table cannot be read.
pub async fn find(table: &Table, user: UserId, id: UploadId) -> Result<Option<Upload>> {
    let key = Key::upload(user, id);
    table.get_all([key.clone()]).await?.remove(&key).map(entity).transpose()
}

/// What anybody has put up under this id; of the last milliseconds it may not be found yet.
///
/// # Errors
/// When the table cannot be read.
pub async fn find_anybodys(table: &Table, id: UploadId) -> Result<Option<Upload>> {
    let Some(Listed { user: Some(user), .. }) = list::find(table, &[List::UPLOADS], id).await? else { return Ok(None) };
    find(table, user, id).await
}

/// Deletes what is known of an upload, its file having gone before. What an administrator does comes with `audit`. False
/// when it was deleted meanwhile.
///
/// # Errors
/// When the table cannot be written.
pub async fn remove(table: &Table, upload: &Upload, audit: Option<&Audit>) -> Result<bool> {
    let record = audit.map(|audit| (audit, Note::gone(upload)));
    commit(table, upload.user, std::slice::from_ref(upload), record).await
}

/// Deletes what is known of these uploads of a user, their files having gone before, or nothing: false when one of them
/// was deleted meanwhile. So many must fit into a transaction.
///
/// # Errors
/// When the table cannot be written.
pub async fn remove_some(table: &Table, user: UserId, uploads: &[Upload]) -> Result<bool> {
    commit(table, user, uploads, None).await
}

async fn commit(table: &Table, user: UserId, uploads: &[Upload], record: Option<(&Audit, Note)>) -> Result<bool> {
    let mut actions: Vec<TransactWriteItem> = Vec::new();
    let mut tally = Tally::of(user);
    for upload in uploads {
        let key = Key::upload(upload.user, upload.id);
        actions.push(delete(table.remove(&key).condition_expression("attribute_exists(pk)"))?);
        tally = tally.leaves(List::UPLOADS, upload.id);
    }
    let number = i64::try_from(uploads.len()).unwrap_or(i64::MAX);
    // A count below zero would make the user unreadable, and lock them out.
    let lower = Change::of(&Key::user(user)).add("uploads :less").when("uploads >= :number");
    actions.push(lower.value(":less", n(-number)).value(":number", n(number)).action(table)?);
    match record {
        Some((audit, note)) => actions.extend(audit.record(table, &note, Some(tally))?),
        None => actions.push(tally.action(table)?),
    }
    match table.commit(actions, "deleting uploads").await? {
        Committed::Done => Ok(true),
        Committed::Not(index) if index < uploads.len() => Ok(false),
        Committed::Not(_) => Err(Error::internal("a user has more uploads than they count")),
    }
}

impl std::fmt::Debug for Upload {
    /// Without the name of the file, which opens it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upload").field("id", &self.id).field("user", &self.user).finish_non_exhaustive()
    }
}

//! Pictures that people had drawn. The files lie in the bucket; here is what is known of each.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{Error, ImageId, Page, Result, UserId};
use serde::{Deserialize, Serialize};

use crate::Table;
use crate::audit::{Audit, Note};
use crate::keys::{Key, Place, image_owner};
use crate::list::{self, List, Listed, Owned, Tally};
use crate::message::Hop;
use crate::owned;
use crate::read::entity;
use crate::user::User;
use crate::values::{n, s};
use crate::write::{Change, Committed, delete};

/// All pictures, whoever may see them.
pub const LISTS: [List; 2] = [List::IMAGES_PRIVATE, List::IMAGES_PUBLIC];

/// Who may see a picture on a list. Whoever has its address sees it in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Its person.
    Private,
    /// Everybody.
    Public,
}

impl Visibility {
    const fn name(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Public => "public",
        }
    }

    const fn list(self) -> List {
        match self {
            Self::Private => List::IMAGES_PRIVATE,
            Self::Public => List::IMAGES_PUBLIC,
        }
    }
}

/// A picture.
#[derive(Clone, Serialize, Deserialize)]
pub struct Image {
    /// The id.
    pub id: ImageId,
    /// Whose.
    pub user: UserId,
    /// The name of its file in the bucket.
    pub file: String,
    /// What was asked for.
    pub prompt: String,
    /// Who drew: the word for it in requests.
    pub drawn_by: String,
    /// The model that was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The size that was asked for: `512x512`.
    pub size: String,
    /// The address of the picture that it was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Milliseconds that the draw took.
    pub millis: i64,
    /// Who may see it on a list.
    pub visibility: Visibility,
    /// The upstream keys that were asked for it, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub route: Vec<Hop>,
    /// Milliseconds since the Unix epoch.
    pub created: i64,
    /// When it was last shown or hidden, in milliseconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<i64>,
}

/// A page of a user's own pictures, newest first. [`User::images`] is their number.
///
/// # Errors
/// When the table cannot be read.
pub async fn page(table: &Table, user: &User, page: Page) -> Result<Vec<Image>> {
    let entries = owned::page(table, &image_owner(user.id), user.images, page).await?;
    let mut items = table.get_all(entries.iter().map(|(_, key)| key.clone())).await?;
    entries.iter().filter_map(|(_, key)| items.remove(key)).map(entity).collect()
}

/// A page of what everybody may see, newest first, with its people, and the number of it all.
///
/// # Errors
/// When the table cannot be read.
pub async fn gallery(table: &Table, page: Page) -> Result<(u64, Vec<Owned<Image>>)> {
    let counts = list::counts(table, &[List::IMAGES_PUBLIC]).await?;
    let listed = list::page(table, &counts, page).await?;
    let mut images: Vec<Owned<Image>> = list::load(table, &listed).await?;
    // The index may be some milliseconds behind who has hidden a picture; and nobody is shown what people have left who
    // were banned or deleted.
    let is_shown = |image: &Owned<Image>| {
        image.row.visibility == Visibility::Public && image.user.as_ref().is_some_and(|user| user.enabled)
    };
    images.retain(is_shown);
    Ok((counts.total(), images))
}

/// A picture of this user, as of the last commit.
///
/// # Errors
/// When the table cannot be read.
pub async fn find(table: &Table, user: UserId, id: ImageId) -> Result<Option<Image>> {
    let key = Key::image(user, id);
    table.get_all([key.clone()]).await?.remove(&key).map(entity).transpose()
}

/// A picture of anybody; one of the last milliseconds may not be found yet.
///
/// # Errors
/// When the table cannot be read.
pub async fn find_anybodys(table: &Table, id: ImageId) -> Result<Option<Image>> {
    let Some(Listed { user: Some(user), .. }) = list::find(table, &LISTS, id).await? else { return Ok(None) };
    find(table, user, id).await
}

/// Shows a picture to everybody or to its person alone, at `now` (milliseconds). What an administrator does to the picture
/// of somebody else comes with `audit`. False when it was changed or deleted meanwhile.
///
/// # Errors
/// When the table cannot be written.
pub async fn show(table: &Table, image: &Image, to: Visibility, now: i64, audit: Option<&Audit>) -> Result<bool> {
    if image.visibility == to {
        return Ok(true);
    }
    let change = Change::of(&Key::image(image.user, image.id))
        .set("visibility = :to, updated = :now")
        .when("visibility = :from")
        .value(":from", s(image.visibility.name()))
        .value(":to", s(to.name()))
        .value(":now", n(now))
        .placed(&Place::listed(to.list(), image.id));
    let tally = Tally::of(image.user).leaves(image.visibility.list(), image.id).joins(to.list(), image.id);
    let note = Note::changed(image, &Image { visibility: to, ..image.clone() });
    commit(table, vec![change.action(table)?], tally, audit.zip(note)).await
}

/// Deletes what is known of a picture. Its file goes before: a file that nobody knows of could never be deleted. `audit` as
/// in [`show`]. False when it was changed or deleted meanwhile.
///
/// # Errors
/// When the table cannot be written.
pub async fn remove(table: &Table, image: &Image, audit: Option<&Audit>) -> Result<bool> {
    let tally = Tally::of(image.user).leaves(image.visibility.list(), image.id);
    let record = audit.map(|audit| (audit, Note::gone(image)));
    commit(table, vec![gone(table, image)?, fewer(image.user, 1).action(table)?], tally, record).await
}

/// The oldest pictures of a user, at most `limit`, whose ids are not above `newest`; as of the last commit.
///
/// # Errors
/// When the table cannot be read.
pub async fn oldest(table: &Table, user: UserId, newest: ImageId, limit: usize) -> Result<Vec<Image>> {
    owned::oldest(table, &image_owner(user), &Key::image(user, newest), limit).await
}

/// Deletes what is known of these pictures of a user, their files having gone before, or nothing: false when one of them
/// was changed or deleted meanwhile. So many must fit into a transaction.
///
/// # Errors
/// When the table cannot be written.
pub async fn remove_some(table: &Table, user: UserId, images: &[Image]) -> Result<bool> {
    let (mut actions, mut tally) = (Vec::new(), Tally::of(user));
    for image in images {
        actions.push(gone(table, image)?);
        tally = tally.leaves(image.visibility.list(), image.id);
    }
    let number = i64::try_from(images.len()).unwrap_or(i64::MAX);
    actions.extend([fewer(user, number).action(table)?, tally.action(table)?]);
    match table.commit(actions, "deleting pictures").await? {
        Committed::Done => Ok(true),
        Committed::Not(index) if index < images.len() => Ok(false),
        Committed::Not(_) => Err(Error::internal("a user has more pictures than they count")),
    }
}

/// The end of a picture that is as it was seen.
fn gone(table: &Table, image: &Image) -> Result<TransactWriteItem> {
    let remove = table.remove(&Key::image(image.user, image.id)).condition_expression("visibility = :seen");
    delete(remove.expression_attribute_values(":seen", s(image.visibility.name())))
}

/// A user with so many pictures less. A count below zero would make the user unreadable, and lock them out.
fn fewer(user: UserId, number: i64) -> Change {
    let lower = Change::of(&Key::user(user)).add("images :less").when("images >= :number");
    lower.value(":less", n(-number)).value(":number", n(number))
}

/// Does all actions once; false when the condition of the first did not hold.
async fn commit(
    table: &Table,
    mut actions: Vec<TransactWriteItem>,
    tally: Tally,
    record: Option<(&Audit, Note)>,
) -> Result<bool> {
    match record {
        Some((audit, note)) => actions.extend(audit.record(table, &note, Some(tally))?),
        None => actions.push(tally.action(table)?),
    }
    match table.commit(actions, "changing a picture").await? {
        Committed::Done => Ok(true),
        Committed::Not(0) => Ok(false),
        Committed::Not(_) => Err(Error::internal("a user has more pictures than they count")),
    }
}

/// Whether this picture is stored.
pub(crate) async fn exists(table: &Table, image: &Image) -> Result<bool> {
    Ok(find(table, image.user, image.id).await?.is_some())
}

/// Stores a new picture, as one action of a transaction. It joins the list of its visibility: say so in the
/// [`Tally`](crate::list::Tally), with [`joins`].
pub(crate) fn put(table: &Table, image: &Image) -> Result<TransactWriteItem> {
    let places = [Place::listed(image.visibility.list(), image.id), Place::image_of(image.user, image.id)];
    table.put_new(&Key::image(image.user, image.id), image, &places)
}

/// Counts a new picture.
pub(crate) fn joins(tally: Tally, image: &Image) -> Tally {
    tally.joins(image.visibility.list(), image.id)
}

impl std::fmt::Debug for Image {
    /// Without the prompt and the name of the file, which opens it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Image").field("id", &self.id).field("visibility", &self.visibility).finish_non_exhaustive()
    }
}

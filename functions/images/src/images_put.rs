//! `PUT /api/images`: shows a picture to everybody, hides it from them, or deletes it; without an id it deletes all of the
//! caller's. Administrators hide and delete those of others too.

use domain::limits::IMAGES_CLEARED_MAX;
use domain::{Error, ImageId, Result, Role};
use platform::Eraser;
use table::erasure;
use table::image::{self, Image, Visibility};
use table::user::User;
use web::{Call, Reply};

use crate::{App, view};

/// Tries of a change that others' changes of the same picture stand in the way of.
const TRIES_MAX: usize = 8;

/// What is to become of a picture.
#[derive(Clone, Copy)]
enum Wanted {
    Shown(Visibility),
    Gone,
}

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let user = call.user().await?;
    let fields = call.fields()?;
    let id = fields.id("id")?;
    let wanted = match fields.integer("status")?.ok_or_else(Error::missing)? {
        view::PUBLIC => Wanted::Shown(Visibility::Public),
        view::PRIVATE => Wanted::Shown(Visibility::Private),
        view::DELETED => Wanted::Gone,
        _ => return Err(Error::unreadable()),
    };
    let id = match (id, wanted) {
        (Some(id), _) => id,
        // A field that is there and empty is a slip, and no wish to lose everything.
        (None, Wanted::Gone) if fields.entries().all(|(name, _)| name != "id") => return clear(app, call, &user).await,
        (None, _) => return Err(Error::missing()),
    };
    let audit = call.audit(&user)?;
    for _ in 0..TRIES_MAX {
        let image = find(app, &user, id).await?;
        // What people do with their own is no administrator's doing.
        let audit = (image.user != user.id).then_some(&audit);
        if matches!(wanted, Wanted::Shown(Visibility::Public)) && image.user != user.id {
            // What somebody keeps to themselves is nobody else's to show.
            return Err(Error::Forbidden);
        }
        let done = match wanted {
            Wanted::Shown(visibility) => image::show(&app.base.table, &image, visibility, call.began(), audit).await?,
            Wanted::Gone => {
                app.objects.remove(&image.file).await?;
                image::remove(&app.base.table, &image, audit).await?
            }
        };
        if done {
            return Reply::message(if matches!(wanted, Wanted::Gone) { "删除成功" } else { "修改成功" });
        }
    }
    Err(Error::Conflict("操作冲突，请重试"))
}

/// Deletes all pictures of the caller that there are now: what is more than a request can do the janitor does.
async fn clear(app: &App, call: &Call, user: &User) -> Result<Reply> {
    let (table, now) = (&app.base.table, call.began());
    // The last id that can have been drawn by now.
    let newest = ImageId::from_i64(ImageId::at(now + 1).as_i64() - 1).ok_or_else(Error::unreadable)?;
    let eraser = Eraser { table, objects: &app.objects, user: user.id, now };
    if eraser.images(newest, |number| number < IMAGES_CLEARED_MAX).await?.is_through {
        return Reply::message("删除成功");
    }
    erasure::order_images(table, user.id, newest, now).await?;
    Reply::message("删除成功，其余图片将在几分钟内删除")
}

/// A picture that the caller may change.
async fn find(app: &App, user: &User, id: ImageId) -> Result<Image> {
    let table = &app.base.table;
    let found = match image::find(table, user.id, id).await? {
        None if user.role == Role::Administrator => image::find_anybodys(table, id).await?,
        found => found,
    };
    found.ok_or_else(Error::absent)
}

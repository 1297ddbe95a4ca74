//! `GET /api/images`: the pictures that everybody may see or, with `type=me`, the caller's own, newest first; for
//! administrators, with `user_id`, those of one person, also when they were deleted.

use domain::Result;
use serde_json::Value;
use table::image;
use table::user::{self, User};
use web::{Call, Reply};

use crate::{App, view};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let table = &app.base.table;
    if call.query_word("type").as_deref() == Some("me") {
        return persons(app, call, &call.user().await?).await;
    }
    if let Some(id) = call.query_id("user_id")? {
        let (_, person) = call.administrator_and(user::find_or_remains(table, id)).await?;
        let Some(person) = person else { return Reply::list(0, &[]) };
        return persons(app, call, &person).await;
    }
    let (count, images) = image::gallery(table, call.page()).await?;
    let rows: Vec<Value> = images.iter().map(|image| view::shown(app, image)).collect();
    Reply::list(count, &rows)
}

/// A page of one person's pictures, whoever may see them.
async fn persons(app: &App, call: &Call, person: &User) -> Result<Reply> {
    let images = image::page(&app.base.table, person, call.page()).await?;
    let rows: Vec<Value> = images.iter().map(|image| view::own(app, image)).collect();
    Reply::list(person.images, &rows)
}

//! `GET /api/admin/uploads`: what everybody or, with `user_id`, one person has put up, newest first.

use domain::Result;
use serde_json::Value;
use table::Table;
use table::list::{self, Counts, List, Owned};
use table::upload::{self, Upload};
use table::user::{self, User};
use web::{Call, Reply};

use crate::{App, view};

/// Whose uploads are asked for.
enum Whose {
    Everybodys(Counts),
    /// One person's, also when they were deleted a moment ago; none when nobody ever was that person.
    Persons(Option<Box<User>>),
}

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let table = &app.base.table;
    let (_, whose) = call.administrator_and(whose(table, call)).await?;
    let (count, uploads) = match whose {
        Whose::Everybodys(counts) => {
            let listed = list::page(table, &counts, call.page()).await?;
            (counts.total(), list::load::<Upload>(table, &listed).await?)
        }
        Whose::Persons(Some(user)) => {
            let rows = upload::page(table, &user, call.page()).await?.into_iter();
            let owner = user.gone.is_none().then_some(&*user);
            (user.uploads, rows.map(|row| Owned { row, user: owner.cloned() }).collect())
        }
        Whose::Persons(None) => (0, Vec::new()),
    };
    let rows: Vec<Value> = uploads.iter().map(|upload| view::owned_upload(app, upload)).collect();
    Reply::list(count, &rows)
}

async fn whose(table: &Table, call: &Call) -> Result<Whose> {
    Ok(match call.query_id("user_id")? {
        Some(id) => Whose::Persons(user::find_or_remains(table, id).await?.map(Box::new)),
        None => Whose::Everybodys(list::counts(table, &[List::UPLOADS]).await?),
    })
}

//! `GET /api/admin/messages`: everybody's messages or, with `user_id`, one person's, newest first.

use domain::Result;
use table::list::{self, Counts, List};
use table::user::{self, User};
use table::{Table, message};
use web::{Call, Reply};

use crate::{App, view};

/// Whose messages are asked for.
enum Whose {
    Everybodys(Counts),
    /// One person's, also when they were deleted; none when nobody ever was that person.
    Persons(Option<Box<User>>),
}

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let table = &app.base.table;
    let (_, whose) = call.administrator_and(whose(table, call)).await?;
    let (count, listed) = match whose {
        Whose::Everybodys(counts) => (counts.total(), list::page(table, &counts, call.page()).await?),
        Whose::Persons(Some(user)) => (user.messages, message::page(table, &user, call.page()).await?),
        Whose::Persons(None) => (0, Vec::new()),
    };
    let messages = list::load(table, &listed).await?;
    Reply::list(count, &view::page(messages, &app.base.zone))
}

async fn whose(table: &Table, call: &Call) -> Result<Whose> {
    Ok(match call.query_id("user_id")? {
        Some(id) => Whose::Persons(user::find_or_remains(table, id).await?.map(Box::new)),
        None => Whose::Everybodys(list::counts(table, &[List::MESSAGES]).await?),
    })
}

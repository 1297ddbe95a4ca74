//! `GET /api/admin/messages`: everybody's messages or, with `user_id`, one person's, newest first.

use domain::Result;
use table::Table;
use table::list::{self, Counts, List, Owned};
use table::message::{self, Message};
use table::user::{self, User};
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
    let read = async { tokio::try_join!(whose(table, call), app.content_log_days(call)) };
    let (_, (whose, days)) = call.administrator_and(read).await?;
    let (count, listed) = match whose {
        Whose::Everybodys(counts) => (counts.total(), list::page(table, &counts, call.page()).await?),
        Whose::Persons(Some(user)) => (message::count(&user), message::page(table, &user, call.page()).await?),
        Whose::Persons(None) => (0, Vec::new()),
    };
    let mut messages: Vec<Owned<Message>> = list::load(table, &listed).await?;
    // What the janitor has not deleted yet nobody reads all the same.
    messages.retain(|message| !message.row.is_over(days, call.began()));
    Reply::list(count, &view::page(messages, &app.base.zone))
}

async fn whose(table: &Table, call: &Call) -> Result<Whose> {
    Ok(match call.query_id("user_id")? {
        Some(id) => Whose::Persons(user::find_or_remains(table, id).await?.map(Box::new)),
        None => Whose::Everybodys(list::counts(table, &[List::MESSAGES]).await?),
    })
}

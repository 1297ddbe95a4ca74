//! `POST /api/chat/completions`: one turn of a conversation, streamed and billed.

use std::sync::Arc;

use domain::{Error, MessageId, Result, random};
use keyring::Keys;
use table::holds::{self, Reservation};
use table::message::{self, Speaker};
use upstream::{Message, Role};
use web::{Call, StreamBody};

use crate::App;
use crate::ask::Ask;
use crate::budget::Budget;
use crate::open::open;
use crate::turn::Turn;

pub(crate) async fn handle(app: &Arc<App>, call: &Call) -> Result<StreamBody> {
    let token = call.token().ok_or(Error::LoggedOut)?;
    let asked = match decide(app, call).await {
        Ok(asked) => asked,
        // Only who is logged in is told what is wrong with a request.
        Err(refusal) => return Err(call.user().await.err().unwrap_or(refusal)),
    };
    let id = MessageId::draw(call.began())?;
    let (opened, earlier) = tokio::join!(
        open(app, &token, id, &asked.ask, &asked.budget),
        message::history(&app.base.table, token.user(), &asked.ask.conversation, asked.carry),
    );
    let (reservation, pays) = opened?;
    let earlier = or_release(app, &reservation, earlier).await?;
    let (messages, max_tokens) = asked.budget.fit(&asked.ask, earlier.into_iter().map(spoken), pays);
    let prompt = asked.ask.prompt(messages, max_tokens);
    let turn = Turn { app: Arc::clone(app), id, began: call.began(), asked, reservation, pays, prompt };
    Ok(StreamBody::from_producer(|sender| turn.run(sender)))
}

/// A request that can be served.
pub(crate) struct Asked {
    pub(crate) ask: Ask,
    pub(crate) budget: Budget,
    /// The upstream keys that serve the model.
    pub(crate) keys: Keys,
    /// How many earlier messages go along.
    pub(crate) carry: u32,
}

/// Reads the request and settles whether it can be served at all.
async fn decide(app: &App, call: &Call) -> Result<Asked> {
    let ask = Ask::parse(&call.fields()?)?;
    let site = app.site.get(&app.base.table, call.began()).await?;
    ask.check_words(&site.settings)?;
    let draw = u64::from_le_bytes(random()?);
    let keys = app.keyring.keys(Arc::clone(&site), &ask.model, draw, |key| key.chats_with(&ask.model));
    if keys.is_empty() {
        return Err(Error::NoModel);
    }
    let carry = site.settings.carry_count(ask.family);
    Ok(Asked { budget: Budget::new(&ask, &site.settings), ask, keys, carry })
}

/// What was read beside the reservation; when it could not be read, the reservation is given back. Should that fail as
/// well, the janitor does it.
async fn or_release<T>(app: &App, reservation: &Reservation, read: Result<T>) -> Result<T> {
    if read.is_err() {
        let _ = holds::release(&app.base.table, reservation).await;
    }
    read
}

fn spoken(message: message::Message) -> Message {
    let role = match message.role {
        Speaker::User => Role::User,
        Speaker::Assistant => Role::Assistant,
    };
    Message { role, content: message.content }
}

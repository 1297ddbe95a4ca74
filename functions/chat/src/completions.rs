//! `POST /api/chat/completions`: one turn of a conversation, streamed and billed.

use std::sync::Arc;

use domain::{Error, MessageId, Result, random};
use keyring::Keys;
use table::holds::{self, Bearer};
use table::message::{self, Speaker};
use table::site::Site;
use upstream::{Message, Role};
use web::{Call, StreamBody};

use crate::App;
use crate::ask::Ask;
use crate::budget::Budget;
use crate::frames;
use crate::open::{Opening, open};
use crate::turn::{Dialogue, Turn, conversation_with};

pub(crate) async fn handle(app: &Arc<App>, call: &Call) -> Result<StreamBody> {
    let token = call.token().ok_or(Error::LoggedOut)?;
    let asked = match decide(app, call).await {
        Ok(asked) => asked,
        // Only who is logged in is told what is wrong with a request.
        Err(refusal) => return Err(call.user().await.err().unwrap_or(refusal)),
    };
    let Asked { ask, budget, keys, carry, site } = asked;
    let id = MessageId::draw(call.began())?;
    let bearer = Bearer::Session(&token);
    let opening = Opening { bearer, id, family: ask.family, budget: &budget, site: &site, said: &ask.prompt };
    let (opened, earlier) =
        tokio::join!(open(app, opening), message::history(&app.base.table, token.user(), &ask.conversation, carry),);
    let (reservation, pays) = opened?;
    let earlier = holds::or_release(&app.base.table, &reservation, earlier).await?;
    let (messages, max_tokens) = budget.fit(ask.said(), earlier.into_iter().map(spoken), pays);
    let prompt = ask.prompt(messages, max_tokens);
    let describe = conversation_with(&prompt.model);
    let (options, conversation) = (ask.options(), ask.conversation);
    let dialogue = Some(Dialogue { options, conversation, question: ask.prompt, is_log: false });
    let turn = Turn {
        app: Arc::clone(app),
        id,
        began: call.began(),
        keys,
        budget,
        reservation,
        pays,
        prompt,
        shows_reasoning: site.settings.show_reasoning,
        describe,
        dialogue,
    };
    Ok(StreamBody::from_producer(|sender| frames::run(turn, sender)))
}

/// A request that can be served.
struct Asked {
    ask: Ask,
    budget: Budget,
    keys: Keys,
    /// How many earlier messages go along.
    carry: u32,
    site: Arc<Site>,
}

/// Reads the request and settles whether it can be served at all.
async fn decide(app: &App, call: &Call) -> Result<Asked> {
    let ask = Ask::parse(&call.fields()?)?;
    let site = app.site.get(&app.base.table, call.began()).await?;
    ask.check_words(&site.settings)?;
    let keys = keys_of(app, &site, &ask.model)?;
    let carry = site.settings.carry_count(ask.family);
    Ok(Asked { budget: ask.budget(&site.settings), ask, keys, carry, site })
}

/// The upstream keys that serve a model.
pub(crate) fn keys_of(app: &App, site: &Arc<Site>, model: &str) -> Result<Keys> {
    let draw = u64::from_le_bytes(random()?);
    let keys = app.keyring.keys(Arc::clone(site), model, draw, |key| key.chats_with(model));
    if keys.is_empty() { Err(Error::NoModel) } else { Ok(keys) }
}

fn spoken(message: message::Message) -> Message {
    let role = match message.role {
        Speaker::User => Role::User,
        Speaker::Assistant => Role::Assistant,
    };
    Message { role, content: message.content }
}

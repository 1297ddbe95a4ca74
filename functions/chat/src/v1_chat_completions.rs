//! `POST /v1/chat/completions`: one answer for a user's program, in OpenAI's format, streamed or whole.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use domain::limits::API_BODY_BYTES_MAX;
use domain::{Error, MessageId, Result};
use keyring::Keys;
use table::holds::Bearer;
use table::site::Site;
use tokio::sync::oneshot;
use web::{Call, Reply, StreamBody};

use crate::App;
use crate::api_ask::ApiAsk;
use crate::budget::Budget;
use crate::completion;
use crate::completions::keys_of;
use crate::open::{Opening, open};
use crate::turn::{Turn, conversation_with};

/// An answer that can be given.
pub(crate) enum Opened {
    /// It has begun.
    Stream(StreamBody),
    /// It is made in one piece.
    Whole(Pin<Box<dyn Future<Output = Result<Reply>> + Send>>),
}

pub(crate) async fn handle(app: &Arc<App>, call: &Call) -> Result<Opened> {
    let key = call.api_key().ok_or(Error::LoggedOut)?;
    let (ask, budget, keys, site) = match decide(app, call).await {
        Ok(decided) => decided,
        // Only whose key is good is told what is wrong with a request.
        Err(refusal) => return Err(call.key_owner().await.err().unwrap_or(refusal)),
    };
    let id = MessageId::draw(call.began())?;
    let bearer = Bearer::ApiKey { key: &key, model: &ask.prompt.model };
    let (said, dialogue) = (ask.said(), ask.log(&site.settings)?);
    let opening = Opening { bearer, id, family: ask.family(), budget: &budget, site: &site, said: &said };
    let (reservation, pays) = open(app, opening).await?;
    let (streams, includes_usage, mut prompt) = (ask.streams, ask.includes_usage, ask.prompt);
    (prompt.messages, prompt.max_tokens) = budget.fit(prompt.messages, std::iter::empty(), pays);
    let app = Arc::clone(app);
    let (began, shows_reasoning) = (call.began(), site.settings.show_reasoning);
    let describe = conversation_with(&prompt.model);
    let turn = Turn { app, id, began, keys, budget, reservation, pays, prompt, shows_reasoning, describe, dialogue };
    if !streams {
        return Ok(Opened::Whole(Box::pin(completion::whole(turn))));
    }
    let (head, opened) = oneshot::channel();
    let body = StreamBody::from_producer(|sender| completion::stream(turn, includes_usage, head, sender));
    opened.await.unwrap_or_else(|_| Err(Error::internal("the turn panicked")))?;
    Ok(Opened::Stream(body))
}

/// Reads the request and settles whether it can be served at all.
async fn decide(app: &App, call: &Call) -> Result<(ApiAsk, Budget, Keys, Arc<Site>)> {
    let ask = ApiAsk::parse(call.body(API_BODY_BYTES_MAX)?)?;
    let site = app.site.get(&app.base.table, call.began()).await?;
    ask.check_words(&site.settings)?;
    let keys = keys_of(app, &site, &ask.prompt.model)?;
    let budget = ask.budget(&site.settings);
    Ok((ask, budget, keys, site))
}

//! `POST /api/chat/completions`: one turn of a conversation, streamed and billed.

use std::sync::Arc;

use domain::limits::HISTORY_MESSAGES_MAX;
use domain::{Error, MessageId, Result, random};
use table::message::{self, Speaker};
use table::site::Site;
use upstream::{Key, Message, Role, Secret, choose};
use web::{Call, StreamBody};

use crate::App;
use crate::ask::{Ask, NO_MODEL};
use crate::budget::Budget;
use crate::open::open;
use crate::turn::Turn;

pub(crate) async fn handle(app: &Arc<App>, call: &Call) -> Result<StreamBody> {
    let token = call.token().ok_or(Error::LoggedOut)?;
    let (ask, site, keys) = match decide(app, call).await {
        Ok(decided) => decided,
        // Only who is logged in is told what is wrong with a request.
        Err(refusal) => return Err(call.user().await.err().unwrap_or(refusal)),
    };
    let id = MessageId::draw(call.began())?;
    let budget = Budget::new(&ask, &site.settings);
    let carry = site.settings.carry_count(ask.family).min(HISTORY_MESSAGES_MAX);
    let (opened, earlier) = tokio::join!(
        open(app, &token, id, &ask, &budget),
        message::history(&app.base.table, token.user(), &ask.conversation, carry),
    );
    let (reservation, pays) = opened?;
    let earlier = match earlier {
        Ok(earlier) => earlier.into_iter().map(spoken).collect(),
        Err(error) => {
            // Nothing was delivered; should giving back fail as well, the janitor does it.
            let _ = table::holds::release(&app.base.table, &reservation).await;
            return Err(error);
        }
    };
    let (messages, max_tokens) = budget.fit(&ask, earlier, pays);
    let turn = Turn {
        app: Arc::clone(app),
        id,
        began: call.began(),
        ask,
        budget,
        keys,
        reservation,
        pays,
        messages,
        max_tokens,
    };
    Ok(StreamBody::from_producer(|sender| turn.run(sender)))
}

/// Reads the request and settles whether it can be served at all.
async fn decide(app: &App, call: &Call) -> Result<(Ask, Arc<Site>, Vec<Key>)> {
    let ask = Ask::parse(&call.fields()?)?;
    let site = app.site.get(&app.base.table, call.began()).await?;
    ask.check_words(&site.settings)?;
    let keys = keys_for(app, &site, &ask.model)?;
    if keys.is_empty() { Err(Error::refused(NO_MODEL)) } else { Ok((ask, site, keys)) }
}

/// The enabled keys that list the model exactly, opened, in the order to ask them.
fn keys_for(app: &App, site: &Site, model: &str) -> Result<Vec<Key>> {
    let mut keys = Vec::new();
    for stored in site.upstreams.iter().filter(|key| key.enabled && key.models.iter().any(|listed| listed == model)) {
        match app.sealer.open(&stored.id, &stored.sealed) {
            Ok(secret) => keys.push(Key {
                id: stored.id.clone(),
                host: stored.host.clone(),
                secret: Secret::new(secret),
                models: stored.models.clone(),
            }),
            Err(error) => tracing::error!(key = stored.id, %error, "an upstream key is unusable"),
        }
    }
    Ok(choose(&keys, model, u64::from_le_bytes(random()?)).into_iter().cloned().collect())
}

fn spoken(message: message::Message) -> Message {
    let role = match message.role {
        Speaker::User => Role::User,
        Speaker::Assistant => Role::Assistant,
    };
    Message { role, content: message.content }
}

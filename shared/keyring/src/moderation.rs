//! Moderation of what people send, when the administrator has named a model for it.

use std::sync::Arc;
use std::time::Duration;

use domain::limits::{MODERATION_BYTES_MAX, MODERATION_MILLIS_MAX, MODERATION_SHARE_MILLIS};
use domain::{Error, Result};
use table::site::Site;
use tokio::time::{Instant, timeout_at};
use upstream::{Attempt, Category, Cause, Failure, Moderated};

use crate::{Keyring, Keys, Learned};

impl Keyring {
    /// Has `text` judged by the site's moderation model, if it has one. The keys that list the model are asked; `random`
    /// decides their order. Without a verdict within [`MODERATION_MILLIS_MAX`] the text goes on, and the log has a
    /// warning: a person's chat shall not depend on a service that only watches it.
    ///
    /// Ask only once a request is reserved: what people say who may not ask, or cannot pay, is nobody's business, and
    /// strangers must not spend the keys that judge.
    ///
    /// # Errors
    /// The refusal that names what the text is flagged for; [`Error::TooLarge`] for what nobody could judge in time.
    pub async fn moderate(&self, site: Arc<Site>, text: &str, random: u64) -> Result<()> {
        let model = site.settings.moderation_model.clone();
        if model.is_empty() || text.trim().is_empty() {
            return Ok(());
        }
        // What is too long to be judged in time would go on unjudged.
        if text.len() > MODERATION_BYTES_MAX {
            return Err(Error::TooLarge);
        }
        let shared_by = Instant::now() + Duration::from_millis(MODERATION_MILLIS_MAX);
        let until = shared_by - Duration::from_millis(MODERATION_SHARE_MILLIS);
        let mut keys = self.keys(site, &model, random, |key| key.chats_with(&model));
        let judged = match timeout_at(until, keys.order(self)).await {
            Ok(order) => self.client.moderate(&order, &model, text, until).await,
            Err(_) => Err(Failure::Deadline(Vec::new())),
        };
        let learned = keys.learn_of(self, &judged);
        // What is not shared in time was learned by this instance all the same.
        let _ = timeout_at(shared_by, keys.share(self, learned)).await;
        match judged {
            Ok(judged) if judged.is_flagged() => {
                let names: Vec<&str> = judged.categories.iter().copied().map(Category::name).collect();
                Err(Error::prohibited(&names))
            }
            Ok(_) => Ok(()),
            Err(failure) => {
                tracing::warn!(model, %failure, "a text goes on without moderation");
                Ok(())
            }
        }
    }
}

impl Keys {
    /// Counts the keys that were asked, and remembers how they did.
    fn learn_of(&mut self, ring: &Keyring, judged: &Result<Moderated, Failure>) -> Learned {
        let (tried, last): (&[Attempt], Option<&str>) = match judged {
            Ok(judged) => (&judged.tried, Some(&judged.key_id)),
            Err(Failure::Refused { by, .. }) => (&by.tried, Some(&by.key_id)),
            Err(failure) => (failure.tried(), None),
        };
        // The first one was counted by its order.
        let asked = tried.iter().map(|attempt| attempt.key_id.as_str()).chain(last);
        self.count(ring, asked.skip(1));
        let failed = tried.iter().map(|attempt| (attempt.key_id.as_str(), Err(lesson(attempt.cause))));
        let outcomes: Vec<_> = failed.chain(last.map(|id| (id, Ok(())))).collect();
        outcomes.into_iter().map(|(id, outcome)| self.learn(ring, id, outcome)).collect()
    }
}

/// What a failed moderation says of the key. Chats are asked of the same key and must not lose it because its host has no
/// moderation, is slow at it, limits it apart or does not permit it: then only this model is not asked of it for a while.
fn lesson(cause: Cause) -> Cause {
    match cause {
        Cause::Blocked(_) | Cause::Unauthorized | Cause::Quota | Cause::Connect => cause,
        _ => Cause::NotFound,
    }
}

//! The keys of a turn: who may be asked, in which order, and how what is learned of them reaches the other functions.

use std::sync::Arc;
use std::time::Duration;

use domain::{Result, UpstreamId};
use futures_util::future::join_all;
use table::site::Site;
use table::upstream_key::{self, Health, UpstreamKey};
use upstream::pool::{Candidate, Change, State, Transition};
use upstream::{Cause, Key, Secret};

use crate::App;

/// How long sharing may take. What is not shared in time was learned by this instance all the same.
const SHARE: Duration = Duration::from_secs(5);

/// The keys that serve a turn's model.
#[derive(Debug)]
pub(crate) struct Keys {
    /// As it was read when the turn was decided on: rows are changed only as long as they are these.
    site: Arc<Site>,
    model: String,
    candidates: Vec<Candidate>,
    random: u64,
}

/// What was learned of keys, to be shared.
pub(crate) type Learned = Vec<(String, Transition)>;

impl Keys {
    /// The usable keys that list the model, opened. `random` decides their order.
    pub(crate) fn of(app: &App, site: Arc<Site>, model: &str, random: u64) -> Self {
        let serving = site.upstreams.iter().filter(|key| key.chats_with(model));
        let candidates = serving.filter_map(|key| candidate(app, &site, key)).collect();
        Self { candidates, model: model.to_owned(), random, site }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.candidates.is_empty()
    }

    /// Those to ask, in this order, which counts the first as asked; so this is done once the turn is paid for. A key
    /// on trial is asked first only by the turn whose claim is stored; nobody claims for a turn that may be refused.
    pub(crate) async fn order(&mut self, app: &App) -> Vec<Key> {
        let now = app.base.clock.millis();
        let mut places = app.memory.order(self.candidates.clone(), &self.model, now, self.random);
        let trial = places.first().and_then(|first| Some((first.key.id.clone(), first.trial.clone()?)));
        if let Some((id, claim)) = trial {
            let is_ours = self.store(app, &id, &claim).await;
            app.memory.claimed(&id, &claim, now);
            if is_ours {
                self.know(&id, claim.state);
            } else {
                places.rotate_left(1);
            }
        }
        places.into_iter().map(|place| place.key).collect()
    }

    /// Learns how asking a key ended.
    pub(crate) fn learn(&mut self, app: &App, id: &str, outcome: Result<(), Cause>) -> (String, Transition) {
        let now = app.base.clock.millis();
        let stored = self.candidates.iter().find(|candidate| candidate.key.id == id);
        let stored = stored.map(|candidate| candidate.state.clone()).unwrap_or_default();
        let transition = app.memory.learn(id, &stored, outcome, &self.model, now);
        if let Transition::Store(change) = &transition {
            self.know(id, change.state.clone());
        }
        (id.to_owned(), transition)
    }

    /// Tells the other functions. That it fails is harmless: they learn for themselves.
    pub(crate) async fn share(&self, app: &App, learned: Learned) {
        join_all(learned.iter().map(|(id, transition)| self.share_one(app, id, transition))).await;
    }

    async fn share_one(&self, app: &App, id: &str, transition: &Transition) {
        match transition {
            Transition::Unchanged => {}
            Transition::Store(change) => _ = self.store(app, id, change).await,
            Transition::Clear { from_ms } => {
                let Some(row) = UpstreamId::parse(id) else { return };
                within(id, upstream_key::clear_health(&app.base.table, row, *from_ms)).await;
            }
            Transition::Stop { reason } => {
                let Some(key) = self.site.upstreams.iter().find(|key| key.id.to_string() == id) else { return };
                let now = app.base.clock.millis();
                if within(id, upstream_key::stop(&app.base.table, key, reason, now)).await {
                    tracing::warn!(key = id, reason, "an upstream key is stopped");
                }
            }
        }
    }

    async fn store(&self, app: &App, id: &str, change: &Change) -> bool {
        let (Some(row), Ok(state)) = (UpstreamId::parse(id), serde_json::to_string(&change.state)) else {
            return false;
        };
        let health = Health { state, changed: change.state.changed_ms };
        within(id, upstream_key::store_health(&app.base.table, row, &health, change.from_ms)).await
    }

    /// What this turn stored is what the next change of it starts from, however long the turn takes.
    fn know(&mut self, id: &str, state: State) {
        if let Some(candidate) = self.candidates.iter_mut().find(|candidate| candidate.key.id == id) {
            candidate.state = state;
        }
    }
}

fn candidate(app: &App, site: &Site, stored: &UpstreamKey) -> Option<Candidate> {
    let id = stored.id.to_string();
    match app.sealer.open(&id, &stored.sealed) {
        Ok(secret) => {
            let key = Key { id, host: stored.host.clone(), secret: Secret::new(secret) };
            let state = site.health.get(&stored.id).map(state).unwrap_or_default();
            Some(Candidate { key, weight: stored.weight, rpm: stored.rpm, state })
        }
        Err(error) => {
            tracing::error!(key = id, %error, "an upstream key is unusable");
            None
        }
    }
}

/// The stored state; one that cannot be read says nothing but when it was stored, so that it can be replaced.
fn state(health: &Health) -> State {
    let state = serde_json::from_str(&health.state).unwrap_or_default();
    State { changed_ms: health.changed, ..state }
}

/// Whether the write was done, and in time.
async fn within(id: &str, write: impl Future<Output = Result<bool>>) -> bool {
    match tokio::time::timeout(SHARE, write).await {
        Ok(Ok(done)) => done,
        Ok(Err(error)) => {
            tracing::warn!(key = id, causes = error.causes(), "what was learned of an upstream key is not shared");
            false
        }
        Err(_) => {
            tracing::warn!(key = id, "what was learned of an upstream key is not shared in time");
            false
        }
    }
}

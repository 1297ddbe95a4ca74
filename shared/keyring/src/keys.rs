//! The keys for one request: who may be asked, in which order, and how what is learned of them reaches the other
//! functions.

use std::sync::Arc;
use std::time::Duration;

use domain::{Result, UpstreamId};
use futures_util::future::join_all;
use table::site::Site;
use table::upstream_key::{self, Health, UpstreamKey};
use upstream::pool::{Candidate, Change, State, Transition};
use upstream::{Cause, Key, Secret};

use crate::Keyring;

/// How long sharing may take. What is not shared in time was learned by this instance all the same.
const SHARE: Duration = Duration::from_secs(5);

/// The keys that serve a request.
#[derive(Debug)]
pub struct Keys {
    /// As it was read when the request was decided on: rows are changed only as long as they are these.
    site: Arc<Site>,
    model: String,
    candidates: Vec<Candidate>,
    random: u64,
}

/// What was learned of keys, to be shared.
pub type Learned = Vec<(String, Transition)>;

impl Keyring {
    /// The keys that `serve`, opened. `model` is what they are asked for; `random` decides their order.
    pub fn keys(&self, site: Arc<Site>, model: &str, random: u64, serve: impl Fn(&UpstreamKey) -> bool) -> Keys {
        let serving = site.upstreams.iter().filter(|key| serve(key));
        let candidates = serving.filter_map(|key| candidate(self, &site, key)).collect();
        Keys { candidates, model: model.to_owned(), random, site }
    }
}

impl Keys {
    /// Whether no key serves it.
    pub fn is_empty(&self) -> bool {
        self.candidates.is_empty()
    }

    /// Those to ask, in this order. The first counts as asked, so this is done once the request is paid for. A key on
    /// trial is asked first only by the request whose claim is stored; nobody claims for one that may be refused.
    pub async fn order(&mut self, ring: &Keyring) -> Vec<Key> {
        let now = ring.clock.millis();
        let mut places = ring.memory.order(self.candidates.clone(), &self.model, now, self.random);
        let trial = places.first().and_then(|first| Some((first.key.id.clone(), first.trial.clone()?)));
        if let Some((id, claim)) = trial {
            let is_ours = self.store(ring, &id, &claim).await;
            ring.memory.claimed(&id, &claim, now);
            if is_ours {
                self.know(&id, claim.state);
            } else {
                places.rotate_left(1);
            }
        }
        places.into_iter().map(|place| place.key).collect()
    }

    /// Learns how asking a key ended.
    pub fn learn(&mut self, ring: &Keyring, id: &str, outcome: Result<(), Cause>) -> (String, Transition) {
        let now = ring.clock.millis();
        let stored = self.candidates.iter().find(|candidate| candidate.key.id == id);
        let stored = stored.map(|candidate| candidate.state.clone()).unwrap_or_default();
        let transition = ring.memory.learn(id, &stored, outcome, &self.model, now);
        if let Transition::Store(change) = &transition {
            self.know(id, change.state.clone());
        }
        (id.to_owned(), transition)
    }

    /// Counts the requests to keys that were not the first of their order.
    pub fn count<'a>(&self, ring: &Keyring, ids: impl Iterator<Item = &'a str>) {
        let now = ring.clock.millis();
        ids.for_each(|id| ring.memory.asked(id, now));
    }

    /// Tells the other functions. That it fails is harmless: they learn for themselves.
    pub async fn share(&self, ring: &Keyring, learned: Learned) {
        join_all(learned.iter().map(|(id, transition)| self.share_one(ring, id, transition))).await;
    }

    async fn share_one(&self, ring: &Keyring, id: &str, transition: &Transition) {
        match transition {
            Transition::Unchanged => {}
            Transition::Store(change) => _ = self.store(ring, id, change).await,
            Transition::Clear { from_ms } => {
                let Some(row) = UpstreamId::parse(id) else { return };
                within(id, upstream_key::clear_health(&ring.table, row, *from_ms)).await;
            }
            Transition::Stop { reason } => {
                let Some(key) = self.site.upstreams.iter().find(|key| key.id.to_string() == id) else { return };
                let now = ring.clock.millis();
                if within(id, upstream_key::stop(&ring.table, key, reason, now)).await {
                    tracing::warn!(key = id, reason, "an upstream key is stopped");
                }
            }
        }
    }

    async fn store(&self, ring: &Keyring, id: &str, change: &Change) -> bool {
        let (Some(row), Ok(state)) = (UpstreamId::parse(id), serde_json::to_string(&change.state)) else {
            return false;
        };
        let health = Health { state, changed: change.state.changed_ms };
        within(id, upstream_key::store_health(&ring.table, row, &health, change.from_ms)).await
    }

    /// What this request stored is what its next change starts from, however long the request takes.
    fn know(&mut self, id: &str, state: State) {
        if let Some(candidate) = self.candidates.iter_mut().find(|candidate| candidate.key.id == id) {
            candidate.state = state;
        }
    }
}

fn candidate(ring: &Keyring, site: &Site, stored: &UpstreamKey) -> Option<Candidate> {
    let id = stored.id.to_string();
    match ring.sealer.open(&id, &stored.sealed) {
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

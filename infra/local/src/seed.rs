//! What a new stack holds before anybody uses it.

use domain::limits::HOLD_SECONDS;
use domain::{Remark, UpstreamId};
use platform::{Base, Keys, Outside};
use table::upstream_key::{self, Kind, UpstreamKey};
use table::{holds, site};

use crate::StackError;

/// The row of the key for the scripted upstream.
const UPSTREAM_ID: i64 = 1;
/// What the scripted upstream takes as its key.
const SECRET: &str = "sk-local";
/// Models that the key serves, so that front ends find what they offer.
const MODELS: [&str; 8] =
    ["gpt-3.5-turbo", "gpt-3.5-turbo-16k", "gpt-4", "gpt-4-0314", "gpt-4o", "gpt-4o-mini", "dall-e-3", "dall-e-2"];

/// Puts in a key for the scripted upstream, so that chat and pictures work without any set-up. Runs at every start, before the
/// functions do: the address changes with the port and the key works again, while what a person changed about it stays.
/// Also gives back what the last run's chats had reserved: they ended with it.
///
/// # Errors
/// When the table cannot be read or written.
pub(crate) async fn seed(outside: &Outside, url: &str) -> Result<(), StackError> {
    let base = Base::new(outside).map_err(|error| StackError::Seed(error.to_string()))?;
    release_all(&base).await.map_err(failed)?;
    let known = site::load(&base.table).await.map_err(failed)?;
    let host = format!("{url}/_local/upstream");
    let Some(id) = UpstreamId::from_i64(UPSTREAM_ID) else { return Ok(()) };
    match known.upstreams.into_iter().find(|key| key.id == id) {
        Some(key) if key.host == host && key.stopped.is_none() => Ok(()),
        Some(key) => {
            // A directive such as `[[status=401]]` stops it for good, as it would stop a real one.
            let fresh = UpstreamKey { host, stopped: None, ..key };
            upstream_key::store(&base.table, fresh, None).await.map(|_| ()).map_err(failed)
        }
        None => {
            let seals = Keys::fetch(outside).await.and_then(|keys| keys.sealer());
            let seals = seals.map_err(|error| StackError::Seed(error.to_string()))?;
            let sealed = seals.seal(&id.to_string(), SECRET).map_err(|error| StackError::Seed(error.to_string()))?;
            upstream_key::create(&base.table, &key(id, host, sealed, base.clock.millis()), None).await.map_err(failed)
        }
    }
}

fn key(id: UpstreamId, host: String, sealed: Vec<u8>, now: i64) -> UpstreamKey {
    UpstreamKey {
        id,
        kind: Kind::OpenAiChat,
        host,
        sealed,
        mask: upstream_key::mask(SECRET),
        models: MODELS.map(str::to_owned).to_vec(),
        enabled: true,
        watched: true,
        weight: 1,
        rpm: None,
        remarks: Remark::parse("本地模拟").unwrap_or_default(),
        stopped: None,
        limit: 0,
        usage: 0,
        metered_before: 0,
        checked: None,
        created: now,
        updated: 0,
        revision: 1,
    }
}

async fn release_all(base: &Base) -> domain::Result<()> {
    // As seen from when the youngest of them would be due.
    let then = base.now_seconds() + HOLD_SECONDS;
    for user in holds::due(&base.table, then, i32::MAX).await?.0 {
        holds::look_after(&base.table, user, then).await?;
    }
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "so that it fits `map_err`")]
fn failed(error: domain::Error) -> StackError {
    StackError::Seed(format!("{error} {}", error.causes()))
}

//! Letting a paid request in: one write authenticates, checks and reserves. Only who cannot pay the most that it can cost
//! takes a second look.

use domain::limits::HOLDS_MAX;
use domain::{BusinessDay, Clock, Credits, Error, Family, Result, Zone};

use crate::Table;
use crate::api_key::ApiKey;
use crate::holds::{self, Attempt, Bearer, Payer, Reservation};
use crate::user::User;

const STILL_OPEN: &str = "上一个请求尚未结束，请稍后再试。";
/// An API key has spent what its owner lets it spend.
const KEY_SPENT: &str = "API密钥的额度已用完";

/// Looks at a user who keeps changing under our hands before the request is given back.
const LOOKS_MAX: usize = 5;
/// What somebody with too many open requests is told to wait.
const HOLDS_RETRY_SECONDS: u32 = 10;

/// What a request can cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// The most.
    pub most: Credits,
    /// The least that a balance must hold; with less than the most, the request is cut to what the balance pays.
    pub least: Credits,
    /// The models that it is about, if a membership pays for them.
    pub members_of: Option<Family>,
}

impl Price {
    /// Whether it is free for a user on `today`.
    pub fn is_free_for(&self, user: &User, today: BusinessDay) -> bool {
        self.members_of.is_some_and(|family| user.is_free(family, today))
    }
}

/// Reserves under `id`, which is never used again, what the user can pay of the price.
///
/// # Errors
/// [`Error::LoggedOut`] without a live session or key, [`Error::NoModel`] when the key is not for this model,
/// [`Error::NoCredits`], [`Error::Conflict`] while other open requests hold the credits, [`Error::Limited`] with too many
/// of them; when the table cannot be written.
pub async fn admit(
    table: &Table,
    clock: &Clock,
    zone: &Zone,
    bearer: Bearer<'_>,
    id: &str,
    price: &Price,
) -> Result<Reservation> {
    let today = zone.day(clock.millis());
    let mut payer = Payer::Balance(price.most);
    for _ in 0..LOOKS_MAX {
        // Anew at each look: a reservation lives from when it was made.
        let now = clock.millis();
        let user = match holds::reserve(table, bearer, id, payer, now.div_euclid(1000)).await? {
            Attempt::Open(reservation) => return Ok(*reservation),
            Attempt::Refused(user) => user.ok_or(Error::LoggedOut)?,
        };
        identify(&user, bearer, now)?;
        let user = holds::recovered(table, *user, now.div_euclid(1000)).await?;
        payer = payer_for(&user, bearer, price, today)?;
    }
    Err(Error::Conflict("操作冲突，请重试"))
}

/// Refuses who may not ask this at `now` (milliseconds), whatever they have.
fn identify(user: &User, bearer: Bearer<'_>, now: i64) -> Result<()> {
    match bearer {
        Bearer::Session(token) if user.has_session(&token.hash(), now) => Ok(()),
        Bearer::Session(_) => Err(Error::LoggedOut),
        Bearer::ApiKey { key, model } => match user.live_key(&key.hash(), now) {
            Some(key) if key.serves(model) => Ok(()),
            Some(_) => Err(Error::NoModel),
            None => Err(Error::LoggedOut),
        },
    }
}

/// Who pays, now that the user is known: the membership, all of the balance that is needed, or nobody.
fn payer_for(user: &User, bearer: Bearer<'_>, price: &Price, today: BusinessDay) -> Result<Payer> {
    if user.holds.len() >= HOLDS_MAX {
        return Err(Error::Limited { retry_after_seconds: HOLDS_RETRY_SECONDS });
    }
    if let Some(family) = price.members_of
        && user.is_free(family, today)
    {
        return Ok(Payer::Member(family, today));
    }
    if user.balance < price.least {
        // Who has the credits, but set aside for a request that still runs, need not buy more.
        return Err(if user.total() >= price.least { Error::Conflict(STILL_OPEN) } else { Error::no_credits() });
    }
    let room = room_of(user, bearer);
    if room.free < price.least {
        let all = room.free.saturating_add(room.held);
        return Err(if all >= price.least { Error::Conflict(STILL_OPEN) } else { Error::NoCredits(KEY_SPENT) });
    }
    Ok(Payer::Balance(user.balance.min(room.free).min(price.most)))
}

/// What an API key may still spend.
struct Room {
    free: Credits,
    /// Set aside for what it has open.
    held: Credits,
}

fn room_of(user: &User, bearer: Bearer<'_>) -> Room {
    let Bearer::ApiKey { key, .. } = bearer else { return Room { free: Credits::MAX, held: 0 } };
    let hash = key.hash();
    let held = user.holds.values().filter(|hold| hold.api_key.as_ref() == Some(&hash)).map(|hold| hold.amount).sum();
    Room { free: user.api_keys.get(&hash).map_or(0, ApiKey::room), held }
}

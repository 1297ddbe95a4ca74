//! Opening a turn: one write authenticates, checks and reserves. Only who cannot pay the most a turn can cost takes a
//! second look.

use domain::limits::HOLDS_MAX;
use domain::{ApiKeyHash, BusinessDay, Credits, Error, Family, MessageId, Result};
use table::api_key::ApiKey;
use table::holds::{self, Attempt, Bearer, Payer, Reservation};
use table::user::User;

use crate::App;
use crate::budget::{Budget, Pays};

const STILL_OPEN: &str = "上一个回答尚未结束，请稍后再试。";
/// An API key has spent what its owner lets it spend.
const KEY_SPENT: &str = "API密钥的额度已用完";

/// Looks at a user who keeps changing under our hands before the request is given back.
const LOOKS_MAX: usize = 5;
/// What somebody with too many open chats is told to wait.
const HOLDS_RETRY_SECONDS: u32 = 10;

/// Reserves, and tells what the reservation pays for.
pub(crate) async fn open(
    app: &App,
    bearer: Bearer<'_>,
    id: MessageId,
    family: Family,
    budget: &Budget,
) -> Result<(Reservation, Pays)> {
    let table = &app.base.table;
    let today = app.base.zone.day(app.base.clock.millis());
    let id = id.to_string();
    let mut payer = Payer::Balance(budget.most());
    for _ in 0..LOOKS_MAX {
        // Anew at each look: a reservation lives from when it was made.
        let now = app.base.now_seconds();
        let user = match holds::reserve(table, bearer, &id, payer, now).await? {
            Attempt::Open(reservation) => {
                let free = reservation.user.is_free(family, today);
                let pays = if free { Pays::Everything } else { budget.pays(reservation.hold.amount) };
                return Ok((*reservation, pays));
            }
            Attempt::Refused(user) => user.ok_or(Error::LoggedOut)?,
        };
        admit(&user, bearer, now * 1000)?;
        let user = holds::recovered(table, *user, now).await?;
        payer = payer_for(&user, bearer, family, budget, today)?;
    }
    Err(Error::Conflict("操作冲突，请重试"))
}

/// Refuses who may not ask this at `now` (milliseconds), whatever they have.
fn admit(user: &User, bearer: Bearer<'_>, now: i64) -> Result<()> {
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
fn payer_for(user: &User, bearer: Bearer<'_>, family: Family, budget: &Budget, today: BusinessDay) -> Result<Payer> {
    if user.holds.len() >= HOLDS_MAX {
        return Err(Error::Limited { retry_after_seconds: HOLDS_RETRY_SECONDS });
    }
    if user.is_free(family, today) {
        return Ok(Payer::Member(family, today));
    }
    let least = budget.least();
    if user.balance < least {
        // Who has the credits, but set aside for a chat that still runs, need not buy more.
        return Err(if user.total() >= least { Error::Conflict(STILL_OPEN) } else { Error::no_credits() });
    }
    let room = room_of(user, bearer);
    if room.free < least {
        let all = room.free.saturating_add(room.held);
        return Err(if all >= least { Error::Conflict(STILL_OPEN) } else { Error::NoCredits(KEY_SPENT) });
    }
    Ok(Payer::Balance(user.balance.min(room.free).min(budget.most())))
}

/// What an API key may still spend.
struct Room {
    free: Credits,
    /// Set aside for what it has open.
    held: Credits,
}

fn room_of(user: &User, bearer: Bearer<'_>) -> Room {
    let Bearer::ApiKey { key, .. } = bearer else { return Room { free: Credits::MAX, held: 0 } };
    let hash: ApiKeyHash = key.hash();
    let held = user.holds.values().filter(|hold| hold.api_key.as_ref() == Some(&hash)).map(|hold| hold.amount).sum();
    Room { free: user.api_keys.get(&hash).map_or(0, ApiKey::room), held }
}

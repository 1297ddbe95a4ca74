//! Opening a turn: one write authenticates, checks and reserves. Only who cannot pay the most a turn can cost takes a
//! second look.

use domain::limits::HOLDS_MAX;
use domain::{Error, MessageId, Result, SessionToken};
use table::holds::{self, Attempt, Bearer, Payer, Reservation};
use table::user::User;

use crate::App;
use crate::ask::Ask;
use crate::budget::{Budget, Pays};

const STILL_OPEN: &str = "上一个回答尚未结束，请稍后再试。";

/// Looks at a user who keeps changing under our hands before the request is given back.
const LOOKS_MAX: usize = 5;
/// What somebody with too many open chats is told to wait.
const HOLDS_RETRY_SECONDS: u32 = 10;

/// Reserves, and tells what the reservation pays for.
pub(crate) async fn open(
    app: &App,
    token: &SessionToken,
    id: MessageId,
    ask: &Ask,
    budget: &Budget,
) -> Result<(Reservation, Pays)> {
    let table = &app.base.table;
    let today = app.base.zone.day(app.base.clock.millis());
    let id = id.to_string();
    let mut payer = Payer::Balance(budget.most());
    for _ in 0..LOOKS_MAX {
        // Anew at each look: a reservation lives from when it was made.
        let now = app.base.now_seconds();
        let user = match holds::reserve(table, Bearer::Session(token), &id, payer, now).await? {
            Attempt::Open(reservation) => {
                let free = reservation.user.is_free(ask.family, today);
                let pays = if free { Pays::Everything } else { budget.pays(reservation.hold.amount) };
                return Ok((*reservation, pays));
            }
            Attempt::Refused(user) => user.ok_or(Error::LoggedOut)?,
        };
        if !user.has_session(&token.hash(), now * 1000) {
            return Err(Error::LoggedOut);
        }
        let user = holds::recovered(table, *user, now).await?;
        payer = payer_for(&user, ask, budget, today)?;
    }
    Err(Error::Conflict("操作冲突，请重试"))
}

/// Who pays, now that the user is known: the membership, all of the balance that is needed, or nobody.
fn payer_for(user: &User, ask: &Ask, budget: &Budget, today: domain::BusinessDay) -> Result<Payer> {
    if user.holds.len() >= HOLDS_MAX {
        return Err(Error::Limited { retry_after_seconds: HOLDS_RETRY_SECONDS });
    }
    if user.is_free(ask.family, today) {
        return Ok(Payer::Member(ask.family, today));
    }
    if user.balance < budget.least() {
        // Who has the credits, but set aside for a chat that still runs, need not buy more.
        let set_aside = user.total() >= budget.least();
        return Err(if set_aside { Error::Conflict(STILL_OPEN) } else { Error::no_credits() });
    }
    Ok(Payer::Balance(user.balance.min(budget.most())))
}

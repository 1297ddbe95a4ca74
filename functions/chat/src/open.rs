//! Opening a turn: what it can cost is reserved, and what is asked is judged.

use std::sync::Arc;

use domain::{Family, MessageId, Result, random};
use table::admission::{Price, admit};
use table::holds::{self, Bearer, Reservation};
use table::site::Site;

use crate::App;
use crate::budget::{Budget, Pays};

/// A turn that can be served.
pub(crate) struct Opening<'a> {
    pub(crate) bearer: Bearer<'a>,
    pub(crate) id: MessageId,
    pub(crate) family: Family,
    pub(crate) budget: &'a Budget,
    pub(crate) site: &'a Arc<Site>,
    /// What a person says in it.
    pub(crate) said: &'a str,
}

/// Reserves, and tells what the reservation pays for.
pub(crate) async fn open(app: &App, opening: Opening<'_>) -> Result<(Reservation, Pays)> {
    let Opening { bearer, id, family, budget, site, said } = opening;
    let (base, id) = (&app.base, id.to_string());
    let price = Price { most: budget.most(), least: budget.least(), members_of: Some(family) };
    let draw = u64::from_le_bytes(random()?);
    // Before the reservation: who was a member when they asked is one, also when the day ends meanwhile.
    let today = base.zone.day(base.clock.millis());
    let reservation = admit(&base.table, &base.clock, &base.zone, bearer, &id, &price).await?;
    let judged = app.keyring.moderate(Arc::clone(site), said, draw).await;
    holds::or_release(&base.table, &reservation, judged).await?;
    let is_free = price.is_free_for(&reservation.user, today);
    let pays = if is_free { Pays::Everything } else { budget.pays(reservation.hold.amount) };
    Ok((reservation, pays))
}

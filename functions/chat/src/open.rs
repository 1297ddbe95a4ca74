//! Opening a turn: what it can cost is reserved, and what is asked is judged.

use std::sync::Arc;

use domain::{Family, MessageId, Result, random};
use table::admission::{Price, admit};
use table::holds::{Bearer, Reservation};
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
    let reservation = admit(&base.table, &base.clock, &base.zone, bearer, &id, &price).await?;
    let reservation = app.keyring.judge_reserved(Arc::clone(site), said, draw, reservation).await?;
    let today = base.zone.day(base.clock.millis());
    // Nothing is set aside for members alone; one whose last day ends meanwhile was one when they asked.
    let is_members = reservation.hold.amount == 0 && price.most > 0;
    let is_free = is_members || price.is_free_for(&reservation.user, today);
    let pays = if is_free { Pays::Everything } else { budget.pays(reservation.hold.amount) };
    Ok((reservation, pays))
}

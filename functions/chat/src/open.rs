//! Opening a turn: what it can cost is reserved, and what is asked is judged meanwhile.

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
    let admitted = admit(&base.table, &base.clock, &base.zone, bearer, &id, &price);
    let reservation = app.keyring.judge_beside(Arc::clone(site), said, draw, admitted).await?;
    let today = base.zone.day(base.clock.millis());
    let is_free = price.is_free_for(&reservation.user, today);
    let pays = if is_free { Pays::Everything } else { budget.pays(reservation.hold.amount) };
    Ok((reservation, pays))
}

//! The site together with what its keys have probably cost.

use std::collections::BTreeMap;

use domain::{Result, UpstreamId};

use crate::Table;
use crate::meter::{self, Group, Meter};
use crate::site::{self, Site};

/// What upstream keys have probably cost since they were made, in millionths of a dollar.
#[derive(Clone, Debug)]
pub struct Costs(BTreeMap<Meter, i64>);

impl Costs {
    /// What this key has.
    pub fn of(&self, key: UpstreamId) -> i64 {
        self.0.get(&Meter::spent_by(key)).copied().unwrap_or(0)
    }
}

/// Both as they are now, in one round trip.
///
/// # Errors
/// When the table cannot be read.
pub async fn load(table: &Table) -> Result<(Site, Costs)> {
    let (site, costs) = tokio::try_join!(site::load_now(table), meter::read(table, Group::SPENT))?;
    Ok((site, Costs(costs)))
}

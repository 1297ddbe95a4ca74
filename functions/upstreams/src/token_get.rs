//! `GET /api/admin/token` and `GET /api/admin/aikey`: the upstream keys, newest first.

use domain::Result;
use table::upstream_key::UpstreamKey;
use web::{Call, Reply};

use crate::{App, metered, view};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let (_, (site, costs)) = call.administrator_and(metered::load(&app.base.table)).await?;
    let mut keys = site.upstreams;
    keys.sort_unstable_by_key(|key| std::cmp::Reverse(key.id));
    let row =
        |key: &UpstreamKey| view::row(key, site.health.get(&key.id), costs.of(key.id), &app.base.zone, call.began());
    let rows: Vec<_> = call.page().of(keys.iter()).map(row).collect();
    Reply::list(keys.len() as u64, &rows)
}

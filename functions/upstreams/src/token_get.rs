//! `GET /api/admin/token` and `GET /api/admin/aikey`: the upstream keys, newest first.

use domain::Result;
use table::site;
use web::{Call, Reply};

use crate::{App, view};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let (_, site) = call.administrator_and(site::load_now(&app.base.table)).await?;
    let mut keys = site.upstreams;
    keys.sort_unstable_by_key(|key| std::cmp::Reverse(key.id));
    let (count, page) = (keys.len(), call.page());
    let shown = usize::try_from(page.size).unwrap_or(usize::MAX);
    let before = usize::try_from(page.number - 1).unwrap_or(usize::MAX).saturating_mul(shown);
    let rows: Vec<_> = keys
        .iter()
        .skip(before)
        .take(shown)
        .map(|key| view::row(key, site.health.get(&key.id), &app.base.zone, call.began()))
        .collect();
    Reply::list(count as u64, &rows)
}

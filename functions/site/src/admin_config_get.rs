//! `GET /api/admin/config`: every setting, also those that nobody has set.

use domain::Result;
use serde_json::Value;
use table::setting;
use web::{Call, Reply};

use crate::{App, view};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let (_, settings) = call.administrator_and(setting::all(&app.base.table)).await?;
    let row = |place: usize, definition, stored| view::setting(place, definition, stored, &app.base.zone);
    let settings = settings.iter().enumerate();
    let rows = settings.map(|(place, (definition, stored))| row(place, definition, stored.as_ref()));
    Reply::data(&rows.collect::<Vec<Value>>())
}

//! `GET /api/admin/export/{list}`: all rows of a list, or of every list, as a file that is written while it is sent.

use std::sync::Arc;

use domain::{Error, Result};
use table::{audit, site};
use web::{Call, Download, StreamBody};

use crate::App;
use crate::export::Export;
use crate::wanted::Wanted;

pub(crate) async fn handle(app: &Arc<App>, call: &Call) -> Result<Download> {
    let base = &app.base;
    let (administrator, site) = call.administrator_and(site::load(&base.table)).await?;
    let token = call.token().ok_or(Error::LoggedOut)?;
    let wanted = Wanted::parse(call)?;
    let began = call.began();
    audit::note_export(&base.table, wanted.name(), &wanted.asked(), &call.audit(&administrator)?).await?;
    let name = wanted.file_name(base.zone.day(began));
    let content_type = wanted.format.content_type();
    let export = Export {
        token,
        wanted,
        began,
        request_id: call.request_id().to_owned(),
        log_days: site.settings.content_log_days,
        default_avatar: call.default_avatar().map(str::to_owned),
        app: Arc::clone(app),
    };
    let body = StreamBody::from_fallible(|sender| export.run(sender));
    Ok(Download { name, content_type, body })
}

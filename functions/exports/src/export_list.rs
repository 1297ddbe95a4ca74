//! `GET /api/admin/export/{list}`: all rows of a list, or of every list, as a file that is written while it is sent.

use std::sync::Arc;

use domain::{Error, Result};
use table::audit;
use web::{Call, Download, StreamBody};

use crate::App;
use crate::export::Export;
use crate::wanted::Wanted;

pub(crate) async fn handle(app: &Arc<App>, call: &Call) -> Result<Download> {
    let administrator = call.administrator().await?;
    let token = call.token().ok_or(Error::LoggedOut)?;
    let wanted = Wanted::parse(call)?;
    let (base, began) = (&app.base, call.began());
    audit::note_export(&base.table, wanted.name(), &wanted.asked(), &call.audit(&administrator)?).await?;
    let name = wanted.file_name(base.zone.day(began));
    let content_type = wanted.format.content_type();
    let export = Export { app: Arc::clone(app), token, wanted, began, request_id: call.request_id().to_owned() };
    let body = StreamBody::from_fallible(|sender| export.run(sender));
    Ok(Download { name, content_type, body })
}

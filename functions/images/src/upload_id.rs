//! `DELETE /api/upload/{id}`: deletes a picture that the caller has put up, and its file.

use domain::Result;
use table::upload;
use web::{Call, Reply};

use crate::App;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let user = call.user().await?;
    let deleted = match upload::find(&app.base.table, user.id, call.id("id")?).await? {
        Some(upload) => {
            app.objects.remove(&upload.file).await?;
            upload::remove(&app.base.table, &upload, None).await?
        }
        None => false,
    };
    Reply::data(&i32::from(deleted))
}

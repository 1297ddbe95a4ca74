//! `DELETE /api/admin/uploads/{id}`: deletes a picture that anybody has put up, and its file.

use domain::Result;
use table::upload;
use web::{Call, Reply};

use crate::App;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let audit = call.audit(&call.administrator().await?)?;
    let deleted = match upload::find_anybodys(&app.base.table, call.id("id")?).await? {
        Some(upload) => {
            app.objects.remove(&upload.file).await?;
            upload::remove(&app.base.table, &upload, Some(&audit)).await?
        }
        None => false,
    };
    Reply::data(&i32::from(deleted))
}

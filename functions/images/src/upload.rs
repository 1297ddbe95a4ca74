//! `POST /api/upload`: keeps a picture of the caller's, cleaned of everything but the image, and tells where it is.

use domain::{Error, Result};
use serde_json::json;
use table::limit::{self, Bucket};
use web::{Call, Reply};

use crate::clean::clean;
use crate::form::Form;
use crate::{App, files};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let user = call.user().await?;
    let file = Form::read(call).await?.file.ok_or_else(Error::missing)?;
    let clean = clean(&file)?;
    limit::take(&app.base.table, Bucket::UploadsOfUser(user.id), call.began_seconds()).await?;
    let name = files::name(clean.kind)?;
    let (bytes, size) = (clean.bytes.clone(), clean.bytes.len());
    if let Err(error) = app.objects.put(&name, clean.kind.media_type(), bytes).await {
        // It may be there although the bucket did not say so, under a name that nobody is told.
        let _ = app.objects.remove(&name).await;
        return Err(error);
    }
    // How much who puts up; the name would open the file.
    tracing::info!(user = %user.id, bytes = size, "upload");
    Reply::new(
        "上传成功",
        &json!({
            "url": app.objects.url(&name),
            "type": clean.kind.media_type(),
            "size": size,
            "width": clean.dimensions.width,
            "height": clean.dimensions.height,
        }),
    )
}

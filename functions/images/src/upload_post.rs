//! `POST /api/upload`: keeps a picture of the caller's, cleaned of everything but the image, and tells where it is.

use domain::limits::UPLOADS_MAX;
use domain::{Error, Result, UploadId};
use serde_json::json;
use table::limit::{self, Bucket};
use table::upload::{self, Upload};
use web::{Call, Reply};

use crate::clean::clean;
use crate::form::Form;
use crate::{App, files};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let user = call.user().await?;
    let file = Form::read(call).await?.file.ok_or_else(Error::missing)?;
    let clean = clean(&file)?;
    if user.uploads >= UPLOADS_MAX {
        return Err(upload::full());
    }
    let table = &app.base.table;
    limit::take(table, Bucket::UploadsOfUser(user.id), call.began_seconds()).await?;
    let upload = Upload {
        id: UploadId::draw(call.began())?,
        user: user.id,
        file: files::name(clean.kind)?,
        media_type: clean.kind.media_type().to_owned(),
        bytes: u64::try_from(clean.bytes.len()).unwrap_or(u64::MAX),
        width: clean.dimensions.width,
        height: clean.dimensions.height,
        created: call.began(),
    };
    // Before the file, so that nothing lies there that nobody can delete.
    upload::create(table, &upload).await?;
    if let Err(error) = app.objects.put(&upload.file, clean.kind.media_type(), clean.bytes).await {
        // It may be there although the bucket did not say so. What cannot be taken away now its person can delete.
        if app.objects.remove(&upload.file).await.is_ok() {
            let _ = upload::remove(table, &upload, None).await;
        }
        return Err(error);
    }
    // How much who puts up; the name would open the file.
    tracing::info!(user = %user.id, bytes = upload.bytes, "upload");
    Reply::new(
        "上传成功",
        &json!({
            "id": upload.id,
            "url": app.objects.url(&upload.file),
            "type": upload.media_type,
            "size": upload.bytes,
            "width": upload.width,
            "height": upload.height,
        }),
    )
}

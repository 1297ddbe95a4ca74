//! Pictures as clients see them. The old front ends know a record of one draw with `images`; newer ones a picture with
//! `url`. Each row is both.

use domain::Zone;
use serde_json::{Value, json};
use table::image::{Image, Visibility};
use table::upload::Upload;

/// `status` of a picture that everybody may see.
pub const PUBLIC: i64 = 1;
/// `status` of a picture that its person keeps.
pub const PRIVATE: i64 = 4;

/// A picture as its person and administrators see it; `url` is where its file is.
pub fn own(image: &Image, url: &str, zone: &Zone) -> Value {
    json!({
        "id": image.id,
        "user_id": image.user,
        "url": url,
        "images": [url],
        "prompt": image.prompt,
        "model": image.model.as_deref().unwrap_or(&image.drawn_by),
        "draw_type": image.drawn_by,
        "size": image.size,
        "inset_image_url": image.source,
        "status": if image.visibility == Visibility::Public { PUBLIC } else { PRIVATE },
        // Whole seconds, as the old front ends show them.
        "take_time": (image.millis + 999) / 1000,
        "create_time": zone.text(image.created),
        "update_time": zone.text(image.updated.unwrap_or(image.created)),
    })
}

/// What somebody has put up; `url` is where its file is.
pub fn upload(upload: &Upload, url: &str, zone: &Zone) -> Value {
    json!({
        "id": upload.id,
        "user_id": upload.user,
        "url": url,
        "type": upload.media_type,
        "size": upload.bytes,
        "width": upload.width,
        "height": upload.height,
        "create_time": zone.text(upload.created),
    })
}

//! Pictures as clients see them. The old front ends know a record of one draw with `images`; newer ones a picture with
//! `url`. Each row is both.

use serde_json::{Value, json};
use table::image::{Image, Visibility};
use table::list::Owned;
use table::user::User;

use crate::App;

/// Characters of a prompt that everybody sees.
const SHOWN_PROMPT_CHARS_MAX: usize = 500;
/// `status` of a picture that everybody may see.
pub(crate) const PUBLIC: i64 = 1;
/// `status` of a picture that its person keeps.
pub(crate) const PRIVATE: i64 = 4;
/// `status` by which a picture is deleted.
pub(crate) const DELETED: i64 = 0;

/// A picture as its person sees it.
pub(crate) fn own(app: &App, image: &Image) -> Value {
    let url = app.objects.url(&image.file);
    let zone = &app.base.zone;
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

/// A picture as everybody sees it: its person by the shown name alone, for the account is a mail address.
pub(crate) fn shown(app: &App, Owned { row, user }: &Owned<Image>) -> Value {
    let mut view = own(app, row);
    if let Some(fields) = view.as_object_mut() {
        let by = |user: &User| json!({"nickname": user.nickname, "avatar": user.avatar});
        fields.insert("user".to_owned(), user.as_ref().map_or(Value::Null, by));
        // As much as a card shows: a hundred of the longest would be a megabyte for anybody who asks.
        let prompt: String = row.prompt.chars().take(SHOWN_PROMPT_CHARS_MAX).collect();
        fields.insert("prompt".to_owned(), prompt.into());
        // Another person's picture may be behind it.
        fields.insert("inset_image_url".to_owned(), Value::Null);
    }
    view
}

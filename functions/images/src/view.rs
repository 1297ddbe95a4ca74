//! Pictures as their people and everybody see them.

use serde_json::{Value, json};
use table::image::Image;
use table::list::Owned;
use table::upload::Upload;
use table::user::User;
pub(crate) use views::images::{PRIVATE, PUBLIC};

use crate::App;

/// Characters of a prompt that everybody sees.
const SHOWN_PROMPT_CHARS_MAX: usize = 500;
/// `status` by which a picture is deleted.
pub(crate) const DELETED: i64 = 0;

/// A picture as its person sees it.
pub(crate) fn own(app: &App, image: &Image) -> Value {
    views::images::own(image, &app.objects.url(&image.file), &app.base.zone)
}

/// What somebody has put up, as they see it.
pub(crate) fn upload(app: &App, upload: &Upload) -> Value {
    views::images::upload(upload, &app.objects.url(&upload.file), &app.base.zone)
}

/// The same as administrators see it.
pub(crate) fn owned_upload(app: &App, Owned { row, user }: &Owned<Upload>) -> Value {
    views::credits::owned(upload(app, row), user.as_ref())
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

//! `GET /api/avatar`: the picture of people who have none: the site's own, or the one that a setting names.

use domain::Result;
use web::{Call, Reply};

use crate::App;

/// Somebody's head and shoulders.
const PICTURE: &str = concat!(
    r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64">"#,
    r##"<rect width="64" height="64" fill="#d5dae1"/><circle cx="32" cy="25" r="11" fill="#f7f8fa"/>"##,
    r##"<path d="M10 64c0-14 10-22 22-22s22 8 22 22z" fill="#f7f8fa"/></svg>"##,
);
/// How long browsers keep it: an administrator who sets another wants to see that soon.
const SECONDS: u32 = 300;

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let site = app.site.get(&app.base.table, call.began()).await?;
    Ok(match site.settings.default_avatar.as_str() {
        "" => Reply::picture(PICTURE, SECONDS),
        // It would send its reader round in a circle.
        url if call.default_avatar() == Some(url) => Reply::picture(PICTURE, SECONDS),
        url => Reply::elsewhere(url.to_owned(), SECONDS),
    })
}

//! `GET /api/docs`: a page that shows what `GET /api/openapi.json` says, and tries it. It needs nothing from elsewhere.

use web::Reply;

/// The page, with its style and its script.
const PAGE: &str = include_str!("docs.html");

/// The page's own style and script, by their SHA-256, and calls to where it comes from; nothing else, and no frame
/// around it.
const POLICY: &str = "default-src 'none'; \
    style-src 'sha256-Ud1k37+ktjzV+uQFrsxrYrKDqbXqfEtLYoa+opzOcDM='; \
    script-src 'sha256-PHIUJTmttlDlT3jjJ0yHu9HGHZWti/c14v6eGB0nR4Y='; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[expect(clippy::unused_async, reason = "a handler as all others")]
pub(crate) async fn handle() -> Reply {
    Reply::page(PAGE, POLICY)
}

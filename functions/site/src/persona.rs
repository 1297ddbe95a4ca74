//! `GET /api/persona` and `GET /api/plugin`: roles to talk to and tools to talk with, none of which this site has yet.

use domain::Result;
use serde_json::json;
use web::Reply;

#[expect(clippy::unused_async, reason = "a handler as all others")]
pub(crate) async fn handle() -> Result<Reply> {
    Reply::data(&json!([]))
}

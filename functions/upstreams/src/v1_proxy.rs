//! `ANY /v1/{proxy+}`: what is not served below `/v1`, refused in the form that programs read.

use domain::{Error, Result};
use web::Reply;

#[expect(clippy::unused_async, reason = "a handler as all others")]
pub(crate) async fn handle() -> Result<Reply> {
    Err(Error::no_route())
}

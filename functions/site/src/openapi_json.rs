//! `GET /api/openapi.json`: what all routes take and answer, for programs to read.

use domain::{Error, Result};
use miniz_oxide::inflate::decompress_to_vec;
use web::Reply;

/// `openapi.json`, deflated by the build script.
const DOCUMENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/openapi.deflate"));

#[expect(clippy::unused_async, reason = "a handler as all others")]
pub(crate) async fn handle() -> Result<Reply> {
    let text = decompress_to_vec(DOCUMENT).map_err(|error| Error::internal(error.to_string()))?;
    String::from_utf8(text).map(Reply::json_text).map_err(Error::internal)
}

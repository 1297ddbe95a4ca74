//! Names of files in the bucket. Whoever knows one can fetch the file, so nobody can guess one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use domain::{Result, random};
use upstream::draw::Kind;

/// What the bucket's policy lets everybody read.
const FOLDER: &str = "public";
/// Of it, what a rule of the bucket takes away after a day, should we not.
const PASSING: &str = "public/passing";

/// A new name for a picture of this kind: 128 random bits.
pub(crate) fn name(kind: Kind) -> Result<String> {
    name_in(FOLDER, kind)
}

/// The same for a file that somebody fetches once.
pub(crate) fn passing_name(kind: Kind) -> Result<String> {
    name_in(PASSING, kind)
}

fn name_in(folder: &str, kind: Kind) -> Result<String> {
    let bytes: [u8; 16] = random()?;
    Ok(format!("{folder}/{}.{}", BASE64.encode(bytes), kind.extension()))
}

//! What a call is about: the bucket, the key and the operation.

use http::{Method, Uri};
use percent_encoding::percent_decode_str;

/// Where buckets begin in a path.
const MOUNT: &str = "/s3/";
/// How the scope of a signature for S3 ends.
const SCOPE: &str = "/s3/aws4_request";
/// Query parameters that make another operation of a call; what else a query holds is ignored, as S3 does.
const SUBRESOURCES: [&str; 10] = [
    "acl",
    "attributes",
    "legal-hold",
    "partNumber",
    "retention",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versionId",
];

/// What a call is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The bucket.
    pub bucket: String,
    /// The object's key; empty for the bucket itself.
    pub key: String,
    /// The operation's name; `Other` for what is not served here.
    pub operation: &'static str,
}

/// Reads the address of a call; `None` when it has none or its key is no UTF-8.
pub(crate) fn of(method: &Method, uri: &Uri) -> Option<Address> {
    let (_, path) = uri.path().split_once(MOUNT)?;
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    let key = percent_decode_str(key).decode_utf8().ok()?.into_owned();
    let names = uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split('=').next());
    let is_plain = !key.is_empty() && !names.into_iter().any(|name| SUBRESOURCES.contains(&name));
    let operation = match *method {
        Method::PUT if is_plain => "PutObject",
        Method::GET if is_plain => "GetObject",
        Method::HEAD if is_plain => "HeadObject",
        Method::DELETE if is_plain => "DeleteObject",
        _ => "Other",
    };
    Some(Address { bucket: bucket.to_owned(), key, operation })
}

/// Whether this `authorization` is a signature for S3:
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html>
pub(crate) fn is_signed(authorization: &str) -> bool {
    authorization.contains(SCOPE)
}

//! How S3 says no: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>

use std::io;

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Response, StatusCode};

/// An error answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: &'static str,
}

impl Refusal {
    pub(super) const BAD_URI: Self = bad("InvalidURI", "Couldn't parse the specified URI.");
    pub(super) const LONG_KEY: Self = bad("KeyTooLongError", "Your key is too long");
    pub(super) const TOO_LARGE: Self =
        bad("EntityTooLarge", "Your proposed upload exceeds the maximum allowed object size.");
    pub(super) const NO_ACLS: Self = bad("AccessControlListNotSupported", "The bucket does not allow ACLs");
    pub(super) const BAD_SUM: Self =
        bad("BadDigest", "The checksum you specified did not match the calculated checksum.");
    pub(super) const BAD_SHA256: Self = bad(
        "XAmzContentSHA256Mismatch",
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
    pub(super) const BROKEN_BODY: Self =
        bad("IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header.");
    pub(super) const DENIED: Self = of(StatusCode::FORBIDDEN, "AccessDenied", "Access Denied");
    pub(super) const NO_BUCKET: Self = of(StatusCode::NOT_FOUND, "NoSuchBucket", "The specified bucket does not exist");
    pub(super) const NO_KEY: Self = of(StatusCode::NOT_FOUND, "NoSuchKey", "The specified key does not exist.");
    pub(super) const THERE_ALREADY: Self = of(
        StatusCode::PRECONDITION_FAILED,
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
    );
    pub(super) const NOT_SERVED: Self = of(StatusCode::NOT_IMPLEMENTED, "NotImplemented", "This is not served here.");
    const BROKEN: Self = of(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", "We encountered an internal error.");

    pub(super) fn into_response(self) -> Response<Bytes> {
        let mut response = Response::new(Bytes::from(error(self.code, self.message)));
        *response.status_mut() = self.status;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
        response
    }
}

impl From<io::Error> for Refusal {
    fn from(_: io::Error) -> Self {
        Self::BROKEN
    }
}

const fn bad(code: &'static str, message: &'static str) -> Refusal {
    of(StatusCode::BAD_REQUEST, code, message)
}

const fn of(status: StatusCode, code: &'static str, message: &'static str) -> Refusal {
    Refusal { status, code, message }
}

/// The body of an error answer.
pub(crate) fn error(code: &str, message: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>\
         <RequestId>0000000000000000</RequestId><HostId>local</HostId></Error>"
    )
}

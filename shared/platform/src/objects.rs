//! The bucket of pictures: written once under names that nobody guesses, read by everybody through the bucket's URL.

use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::put_object::PutObjectError;
use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use bytes::Bytes;
use domain::Error;

use crate::{Missing, Outside, aws};

/// A key is given to one object for ever, so whatever has fetched it may keep it: <https://www.rfc-editor.org/rfc/rfc8246>.
const CACHE_CONTROL: &str = "public, max-age=31536000, immutable";
/// S3's answer to a conditional write whose condition does not hold.
const PRECONDITION_FAILED: u16 = 412;

/// The objects of one bucket. Clones share the client.
///
/// Who knows a key can fetch its object, so keys are secrets: no error and no log of this module tells one.
#[derive(Clone, Debug)]
pub struct Objects {
    client: Client,
    bucket: String,
    url: String,
}

impl Objects {
    /// The bucket `IMAGES_BUCKET`, which the world reads at `IMAGES_URL`; no call goes out.
    ///
    /// # Errors
    /// When the environment lacks one of them, credentials or region.
    pub fn new(outside: &Outside) -> Result<Self, Missing> {
        let environment = &outside.environment;
        Ok(Self {
            client: Client::from_conf(aws::s3(outside)?.retry_classifier(ConflictPasses).build()),
            bucket: environment.text("IMAGES_BUCKET")?.to_owned(),
            url: environment.text("IMAGES_URL")?.trim_end_matches('/').to_owned(),
        })
    }

    /// Stores `bytes` under `key`, which must have been drawn for them alone, from at least 128 random bits, of
    /// characters that a URL takes as they are.
    ///
    /// Never overwrites: an object that is there already is taken for this one. The SDK repeats a call whose answer was
    /// lost and then finds what its first try stored.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when S3 is away, overloaded or slower than half a minute: the object may be there all the
    /// same, which [`Objects::remove`] mends. [`Error::Internal`] when it refuses.
    pub async fn put(&self, key: &str, content_type: &'static str, bytes: Bytes) -> domain::Result<()> {
        let put = self.client.put_object().bucket(&self.bucket).key(key).body(ByteStream::from(bytes));
        let put = put.content_type(content_type).content_disposition("inline").cache_control(CACHE_CONTROL);
        match put.if_none_match("*").send().await {
            Ok(_) => Ok(()),
            Err(SdkError::ServiceError(refused)) if refused.raw().status().as_u16() == PRECONDITION_FAILED => Ok(()),
            Err(error) => Err(failure(&error)),
        }
    }

    /// Takes an object away, also one that is gone already. Caches that have it may go on showing it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when S3 is away, overloaded or slow: the object may be there or gone. [`Error::Internal`]
    /// when it refuses.
    pub async fn remove(&self, key: &str) -> domain::Result<()> {
        let removed = self.client.delete_object().bucket(&self.bucket).key(key).send().await;
        removed.map(|_| ()).map_err(|error| failure(&error))
    }

    /// Where everybody can fetch an object.
    #[must_use]
    pub fn url(&self, key: &str) -> String {
        format!("{}/{key}", self.url)
    }
}

/// Two conditional writes of one key at once: S3 refuses the later one and asks for another try, which then finds the
/// object. Happens when an attempt was given up as too slow and yet arrives.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>
#[derive(Debug)]
struct ConflictPasses;

impl ClassifyRetry for ConflictPasses {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else { return RetryAction::NoActionIndicated };
        let refused = error.as_operation_error().and_then(|error| error.downcast_ref::<PutObjectError>());
        let conflict = refused.is_some_and(|refused| refused.code() == Some("ConditionalRequestConflict"));
        if conflict { RetryAction::transient_error() } else { RetryAction::NoActionIndicated }
    }

    fn name(&self) -> &'static str {
        "conditional write conflict"
    }
}

/// Overload and lost connections ask for another try; everything else is a bug or a broken deployment.
fn failure<E>(error: &SdkError<E>) -> Error
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    let passing = match error {
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => true,
        SdkError::ServiceError(refused) => {
            refused.raw().status().is_server_error()
                || matches!(refused.err().code(), Some("ConditionalRequestConflict" | "RequestTimeout" | "SlowDown"))
        }
        _ => false,
    };
    let source = table::failure_cause(error).into();
    if passing { Error::Unavailable { source } } else { Error::Internal { source } }
}

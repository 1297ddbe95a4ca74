//! Reads request bodies within bounds of size and time.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt;

use crate::answers::Refusal;

/// API Gateway's limit of a request's body.
pub(crate) const REQUEST_BYTES_MAX: usize = 10 * 1024 * 1024;
/// How long a client may take to send its body.
const REQUEST_SECONDS_MAX: u64 = 30;
/// How much of a body that is too large is read and thrown away, so that a client which sends first and reads
/// afterwards sees the refusal instead of a broken connection.
const DISCARDED_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The whole body.
///
/// # Errors
/// When it is too large, too slow, or breaks off.
pub(crate) async fn read<B>(body: B, bytes_max: usize) -> Result<Bytes, Refusal>
where
    B: Body<Data = Bytes> + Unpin,
{
    let reading = tokio::time::timeout(Duration::from_secs(REQUEST_SECONDS_MAX), read_all(body, bytes_max));
    reading.await.unwrap_or(Err(Refusal::SlowRequest))
}

async fn read_all<B>(mut body: B, bytes_max: usize) -> Result<Bytes, Refusal>
where
    B: Body<Data = Bytes> + Unpin,
{
    let mut kept = BytesMut::new();
    let mut count: usize = 0;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return Err(Refusal::BadRequest) };
        let Ok(data) = frame.into_data() else { continue };
        count = count.saturating_add(data.len());
        if count <= bytes_max {
            kept.extend_from_slice(&data);
        } else if count > DISCARDED_BYTES_MAX {
            break;
        } else {
            kept = BytesMut::new();
        }
    }
    if count > bytes_max { Err(Refusal::TooLarge) } else { Ok(kept.freeze()) }
}

#[cfg(test)]
mod tests {
    use http_body_util::Full;

    use super::*;

    #[tokio::test]
    async fn a_body_is_read_up_to_its_limit() {
        let read = |text: &'static str| read(Full::new(Bytes::from_static(text.as_bytes())), 4);
        assert_eq!(read("").await, Ok(Bytes::new()));
        assert_eq!(read("four").await, Ok(Bytes::from_static(b"four")));
        assert_eq!(read("fives").await, Err(Refusal::TooLarge));
    }
}

//! A streamed answer whose producer runs inside the body, because nothing runs after the response on Lambda.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::FutureExt;
use http_body::{Body, Frame};
use tokio::sync::mpsc;

/// The producer's end: what it sends becomes the body's next chunk.
#[derive(Clone, Debug)]
pub struct Sender(mpsc::Sender<Bytes>);

/// The receiver is gone: nobody reads any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone;

impl Sender {
    /// Hands `chunk` to the network; waits while the last ones are not taken, so memory stays flat.
    ///
    /// # Errors
    /// [`Gone`] when nobody reads any more.
    pub async fn send(&self, chunk: Bytes) -> Result<(), Gone> {
        self.0.send(chunk).await.map_err(|_| Gone)
    }
}

/// A body that is either one text or the output of a producer that is polled together with it.
pub struct StreamBody {
    chunks: mpsc::Receiver<Bytes>,
    producer: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl StreamBody {
    /// A body of one chunk.
    pub fn from_bytes(bytes: Bytes) -> Self {
        let (sender, chunks) = mpsc::channel(1);
        // There is room for one, and nobody else to take it.
        let _ = sender.try_send(bytes);
        Self { chunks, producer: None }
    }

    /// A body that `producer` writes. It ends when the producer returns.
    pub fn from_producer<F, P>(producer: P) -> Self
    where
        P: FnOnce(Sender) -> F,
        F: Future<Output = ()> + Send + 'static,
    {
        let (sender, chunks) = mpsc::channel(1);
        Self { chunks, producer: Some(Box::pin(producer(Sender(sender)))) }
    }
}

impl Body for StreamBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = &mut *self;
        if let Some(producer) = &mut this.producer
            && producer.poll_unpin(cx).is_ready()
        {
            this.producer = None;
        }
        // The producer holds the only sender, so the channel ends exactly when it has returned.
        this.chunks.poll_recv(cx).map(|chunk| chunk.map(|bytes| Ok(Frame::data(bytes))))
    }
}

impl std::fmt::Debug for StreamBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StreamBody").finish_non_exhaustive()
    }
}

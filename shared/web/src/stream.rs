//! A streamed answer whose producer goes on by itself when nobody reads.
//!
//! A body that is read to its end ends only after the producer has returned, so nothing of it runs after the response.
//! (One that the runtime drops because its connection broke leaves the producer to settle what it began.) It must not
//! depend on its reader: a body is polled only while somebody takes its chunks, and a producer polled by it would stop in the
//! middle of a turn, with credits set aside, when a client stops reading.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

/// The producer's end: what it sends becomes the body's next chunk.
#[derive(Debug)]
pub struct Sender(mpsc::Sender<Bytes>);

/// The receiver is gone: nobody reads any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone;

impl Sender {
    /// Hands `chunk` to the network; waits while the last ones are not taken, so memory stays flat.
    ///
    /// # Errors
    /// [`Gone`] when nobody reads any more, or nobody has read by `deadline`.
    pub async fn send(&self, chunk: Bytes, deadline: Instant) -> Result<(), Gone> {
        match timeout_at(deadline, self.0.send(chunk)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Gone),
        }
    }
}

/// The producer came to no proper end: it said so, or it panicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stream's producer broke off")]
pub struct Broken;

/// A body that is either one text or the output of a producer.
#[derive(Debug)]
pub struct StreamBody {
    chunks: mpsc::Receiver<Bytes>,
    producer: Option<JoinHandle<Result<(), Broken>>>,
}

impl StreamBody {
    /// A body of one chunk.
    pub fn from_bytes(bytes: Bytes) -> Self {
        let (sender, chunks) = mpsc::channel(1);
        // There is room for one, and nobody else to take it.
        let _ = sender.try_send(bytes);
        Self { chunks, producer: None }
    }

    /// A body that `producer` writes. It ends when the producer returns, and the producer returns whether or not
    /// anybody reads.
    pub fn from_producer<F, P>(producer: P) -> Self
    where
        P: FnOnce(Sender) -> F,
        F: Future<Output = ()> + Send + 'static,
    {
        Self::from_fallible(|sender| {
            let work = producer(sender);
            async move {
                work.await;
                Ok(())
            }
        })
    }

    /// The same for a producer that may find that it cannot come to a proper end: then the connection breaks off, so that
    /// nobody takes what came for the whole.
    #[expect(clippy::disallowed_methods, reason = "the body, and so the response, ends after the task")]
    pub fn from_fallible<F, P>(producer: P) -> Self
    where
        P: FnOnce(Sender) -> F,
        F: Future<Output = Result<(), Broken>> + Send + 'static,
    {
        let (sender, chunks) = mpsc::channel(1);
        Self { chunks, producer: Some(tokio::spawn(producer(Sender(sender)))) }
    }
}

impl Body for StreamBody {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        if let Some(chunk) = ready!(self.chunks.poll_recv(cx)) {
            return Poll::Ready(Some(Ok(Frame::data(chunk))));
        }
        // No sender is left; what remains is to learn how the producer ended.
        let Some(producer) = &mut self.producer else { return Poll::Ready(None) };
        let ended = ready!(Pin::new(producer).poll(cx));
        self.producer = None;
        Poll::Ready(match ended {
            Ok(Ok(())) => None,
            Ok(Err(Broken)) | Err(_) => Some(Err(Broken)),
        })
    }
}

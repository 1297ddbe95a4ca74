//! Answer bodies: whole ones, and streams that a task fills as it goes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use tokio::sync::mpsc;

/// The body of every answer. Its error cuts the connection.
pub(crate) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// Chunks that wait for a slow reader before their producer does.
const CHUNKS_WAITING_MAX: usize = 4;

/// A body that is there at once.
pub(crate) fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// A body, and the end that a task writes it by.
pub(crate) fn stream() -> (Writer, Body) {
    let (sender, receiver) = mpsc::channel(CHUNKS_WAITING_MAX);
    (Writer(sender), Stream { receiver, ended: false }.boxed_unsync())
}

/// The writing end of a streamed body. Dropped without [`Writer::end`], it cuts the connection, as a crash should.
#[derive(Debug)]
pub(crate) struct Writer(mpsc::Sender<Chunk>);

#[derive(Debug)]
enum Chunk {
    Data(Bytes),
    End,
}

impl Writer {
    /// Hands over one chunk; waits while the reader is slow. False when nobody reads any more.
    pub(crate) async fn write(&self, chunk: Bytes) -> bool {
        self.0.send(Chunk::Data(chunk)).await.is_ok()
    }

    /// Ends the body in good order.
    pub(crate) async fn end(self) {
        let _ = self.0.send(Chunk::End).await;
    }
}

struct Stream {
    receiver: mpsc::Receiver<Chunk>,
    ended: bool,
}

impl HttpBody for Stream {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        self.receiver.poll_recv(cx).map(|chunk| match chunk {
            Some(Chunk::Data(bytes)) => Some(Ok(Frame::data(bytes))),
            Some(Chunk::End) => {
                self.ended = true;
                None
            }
            None => {
                self.ended = true;
                Some(Err(io::Error::other("the function ended in the middle of its answer")))
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.ended
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

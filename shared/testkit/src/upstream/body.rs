//! A response body that follows a script: sends, waits, falls silent, breaks.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame};

/// What filler is made of: one block for all bodies, so that any amount of it costs no memory.
static BLOCK: [u8; 64 * 1024] = [b'x'; 64 * 1024];

/// One thing that a body does.
#[derive(Debug)]
pub(crate) enum Step {
    /// Sends this.
    Send(Bytes),
    /// Sends this many bytes of filler.
    Fill(u64),
    /// Waits.
    Wait(Duration),
    /// Drops the connection.
    Break,
}

impl Step {
    pub(super) fn send(text: impl Into<Bytes>) -> Self {
        Self::Send(text.into())
    }
}

/// The body of a scripted answer. Its error makes the server drop the connection.
pub struct UpstreamBody {
    steps: Box<dyn Iterator<Item = Step> + Send + Sync>,
    ready: Bytes,
    fill: u64,
    /// While this runs the body is not ready, and so the server flushes what it has.
    pause: Option<Pin<Box<dyn Future<Output = ()> + Send + Sync>>>,
    byte_by_byte: bool,
    broken: bool,
}

impl UpstreamBody {
    pub(crate) fn text(text: String) -> Self {
        Self::script(std::iter::once(Step::send(text)), false)
    }

    /// A body that follows `steps`, which are made as they are needed.
    pub(crate) fn script(steps: impl Iterator<Item = Step> + Send + Sync + 'static, byte_by_byte: bool) -> Self {
        let steps = Box::new(steps);
        Self { steps, ready: Bytes::new(), fill: 0, pause: None, byte_by_byte, broken: false }
    }

    /// The next piece of what is there to be sent.
    fn next_piece(&mut self) -> Option<Bytes> {
        if self.ready.is_empty() && self.fill > 0 {
            let size = usize::try_from(self.fill).map_or(BLOCK.len(), |left| left.min(BLOCK.len()));
            self.ready = Bytes::from_static(&BLOCK[..size]);
            self.fill -= size as u64;
        }
        if self.ready.is_empty() {
            return None;
        }
        if !self.byte_by_byte {
            return Some(std::mem::take(&mut self.ready));
        }
        self.pause_to_flush();
        Some(self.ready.split_to(1))
    }

    /// Lets the server flush. Yielding waits for the network to be looked at as well, so that a reader on the same
    /// thread gets what was sent before more follows.
    fn pause_to_flush(&mut self) {
        self.pause = Some(Box::pin(tokio::task::yield_now()));
    }
}

impl Body for UpstreamBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = &mut *self;
        loop {
            if let Some(pause) = &mut this.pause {
                std::task::ready!(pause.as_mut().poll(cx));
                this.pause = None;
            }
            if this.broken {
                this.steps = Box::new(std::iter::empty());
                this.broken = false;
                return Poll::Ready(Some(Err(io::Error::new(io::ErrorKind::ConnectionReset, "cut by the script"))));
            }
            if let Some(piece) = this.next_piece() {
                return Poll::Ready(Some(Ok(Frame::data(piece))));
            }
            match this.steps.next() {
                None => return Poll::Ready(None),
                Some(Step::Send(bytes)) => this.ready = bytes,
                Some(Step::Fill(bytes)) => this.fill = bytes,
                Some(Step::Wait(wait)) => this.pause = Some(Box::pin(tokio::time::sleep(wait))),
                Some(Step::Break) => {
                    // What was said before must get out before the connection breaks.
                    this.pause_to_flush();
                    this.broken = true;
                }
            }
        }
    }
}

impl fmt::Debug for UpstreamBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpstreamBody").finish_non_exhaustive()
    }
}

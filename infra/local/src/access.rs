//! The access log: one line for each request when its answer has left, without query, tokens and bodies.

use std::io::{self, Write as _};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use domain::Clock;
use http::{Method, Response};
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt;
use jiff::tz::TimeZone;

use crate::body::Body;

/// Where the lines go: standard output, or nowhere.
#[derive(Clone, Debug)]
pub(crate) struct AccessLog {
    clock: Clock,
    zone: TimeZone,
    enabled: bool,
}

/// One request on its way.
#[derive(Debug)]
pub(crate) struct Entry {
    log: AccessLog,
    request: String,
    begun: Instant,
    status: u16,
    bytes: u64,
}

impl AccessLog {
    /// A log in the machine's time zone.
    pub(crate) fn new(clock: Clock, enabled: bool) -> Self {
        Self { clock, zone: TimeZone::system(), enabled }
    }

    /// A request has arrived.
    pub(crate) fn begin(&self, method: &Method, path: &str) -> Entry {
        Entry { log: self.clone(), request: format!("{method} {path}"), begun: Instant::now(), status: 0, bytes: 0 }
    }

    /// Writes a line of its own.
    pub(crate) fn note(&self, text: &str) {
        if self.enabled {
            let time = jiff::Timestamp::from_millisecond(self.clock.millis()).unwrap_or_default();
            let time = time.to_zoned(self.zone.clone()).strftime("%H:%M:%S").to_string();
            // A closed pipe ends the log, not the stack.
            let _ = writeln!(io::stdout(), "{time} {text}");
        }
    }
}

impl Entry {
    /// The answer, logged when it has left or its reader has.
    pub(crate) fn end(mut self, response: Response<Body>) -> Response<Body> {
        self.status = response.status().as_u16();
        response.map(|body| Logged { body, entry: self, ended: false }.boxed_unsync())
    }
}

struct Logged {
    body: Body,
    entry: Entry,
    ended: bool,
}

impl HttpBody for Logged {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        match &frame {
            Poll::Ready(Some(Ok(frame))) => {
                self.entry.bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
            }
            Poll::Ready(None) => self.ended = true,
            Poll::Ready(Some(Err(_))) | Poll::Pending => {}
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Logged {
    fn drop(&mut self) {
        let Entry { log, request, begun, status, bytes } = &self.entry;
        let millis = begun.elapsed().as_secs_f64() * 1000.0;
        // A body whose end is known beforehand is not polled for it.
        let cut = if self.ended || self.body.is_end_stream() { "" } else { " cut" };
        log.note(&format!("{request} {status} {millis:.1} ms {bytes} B{cut}"));
    }
}

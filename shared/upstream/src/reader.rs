//! One upstream's body, read into events within every bound.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Response;
use tokio::time::{Instant, timeout_at};

use crate::chunk::{Chunk, End, Event, Finish, Usage};
use crate::failure::Complaint;
use crate::limits::{DRAIN, DRAIN_BYTES_MAX, GARBAGE_LINES_MAX, LINE_BYTES_MAX, Limits};
use crate::sse::{Item, Parser};

/// The bytes that a byte order mark is made of. No body starts with one of them for another reason.
const BYTE_ORDER_MARK: [u8; 3] = *b"\xef\xbb\xbf";

/// The moments at which waiting for one key ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clocks {
    /// For the first byte of the body.
    pub(crate) first_byte: Instant,
    /// For the first sign of an answer.
    pub(crate) opening: Instant,
    /// For everything.
    pub(crate) answer: Instant,
}

/// How the body is written.
#[derive(Debug)]
enum Framing {
    /// Not known before its first character.
    Unknown,
    /// Server-sent events, or an object per line.
    Events,
    /// It opens with an object. It is collected until the end of its first line tells whether that is all of it.
    Object(Vec<u8>),
    /// One JSON object of several lines, collected until its end.
    Document(Vec<u8>),
}

/// The body of one answer. [`Reader::next`] may be dropped at any await and called again.
#[derive(Debug)]
pub(crate) struct Reader {
    response: Response,
    limits: Limits,
    clocks: Clocks,
    framing: Framing,
    parser: Parser,
    /// When the wait for the next packet began: time in which nobody waited is not the upstream's silence.
    waiting_since: Option<Instant>,
    body_bytes: u64,
    text_bytes: usize,
    /// Text of the answer itself has come, not only reasoning.
    has_text: bool,
    garbage_lines: u32,
    /// A part of an answer has come, so this key is at work even if it has no text yet.
    is_answering: bool,
    body_ended: bool,
    usage: Option<Usage>,
    /// The model's reason to finish; what goes wrong after it does not matter.
    reason: Option<End>,
    complaint: Option<Complaint>,
    finish: Option<Finish>,
}

impl Reader {
    /// Reads `response`.
    pub(crate) fn new(response: Response, limits: Limits, clocks: Clocks) -> Self {
        Self {
            response,
            limits,
            clocks,
            framing: Framing::Unknown,
            parser: Parser::new(LINE_BYTES_MAX),
            waiting_since: None,
            body_bytes: 0,
            text_bytes: 0,
            has_text: false,
            garbage_lines: 0,
            is_answering: false,
            body_ended: false,
            usage: None,
            reason: None,
            complaint: None,
            finish: None,
        }
    }

    /// The next event; the finish again and again once it has come.
    pub(crate) async fn next(&mut self) -> Event {
        loop {
            if let Some(finish) = self.finish {
                return Event::Finished(finish);
            }
            if let Some(item) = self.parser.next_item() {
                if let Some(text) = self.take_item(item) {
                    return Event::Delta(text);
                }
            } else if self.body_ended {
                self.end(End::Cut);
            } else {
                match self.packet().await {
                    Ok(Some(packet)) => self.take_packet(packet),
                    Ok(None) => {
                        if let Some(text) = self.take_rest() {
                            return Event::Delta(text);
                        }
                    }
                    Err(end) => self.end(end),
                }
            }
        }
    }

    /// Reads what follows the answer, within [`DRAIN`]: a body read to its end leaves its connection to the next turn,
    /// which spares that one a TLS handshake.
    pub(crate) async fn drain(mut self) {
        let until = Instant::now() + DRAIN;
        let mut left = DRAIN_BYTES_MAX;
        while let Ok(Ok(Some(packet))) = timeout_at(until, self.response.chunk()).await {
            match left.checked_sub(packet.len()) {
                Some(rest) => left = rest,
                None => return,
            }
        }
    }

    /// Whether any byte of the body has come.
    pub(crate) fn has_begun(&self) -> bool {
        self.body_bytes > 0
    }

    /// The error that the upstream reported inside the body.
    pub(crate) fn complaint(&self) -> Option<&Complaint> {
        self.complaint.as_ref()
    }

    /// Waits for the next packet; `None` at the end of the body.
    async fn packet(&mut self) -> Result<Option<Bytes>, End> {
        let since = *self.waiting_since.get_or_insert_with(Instant::now);
        let (until, late) = self.patience(since);
        // A time-out lets what is ready pass; an upstream that always has something ready ends by this.
        if Instant::now() >= until {
            return Err(late);
        }
        let packet = match timeout_at(until, self.response.chunk()).await {
            Ok(Ok(packet)) => packet,
            // What came before the connection broke may hold a whole event that only lacks its end.
            Ok(Err(_)) => None,
            Err(_) => return Err(late),
        };
        self.waiting_since = None;
        self.body_bytes += packet.as_ref().map_or(0, |packet| packet.len() as u64);
        if self.body_bytes > self.limits.body_bytes_max {
            return Err(End::TooLarge);
        }
        Ok(packet)
    }

    /// Until when the next packet is waited for, and what it means when it does not come.
    fn patience(&self, since: Instant) -> (Instant, End) {
        let quiet_millis = if self.reason.is_some() { self.limits.trailer_millis } else { self.limits.silence_millis };
        let silence =
            if self.has_begun() { since + Duration::from_millis(quiet_millis) } else { self.clocks.first_byte };
        let deadline = if self.is_answering { self.clocks.answer } else { self.clocks.answer.min(self.clocks.opening) };
        if silence < deadline { (silence, End::Silence) } else { (deadline, End::Deadline) }
    }

    fn take_packet(&mut self, mut packet: Bytes) {
        if matches!(self.framing, Framing::Unknown) {
            // Space and a byte order mark before the first character mean nothing in either framing.
            let means_something = |byte: &u8| !byte.is_ascii_whitespace() && !BYTE_ORDER_MARK.contains(byte);
            let Some(start) = packet.iter().position(means_something) else { return };
            packet = packet.slice(start..);
            self.framing = if packet.first() == Some(&b'{') { Framing::Object(Vec::new()) } else { Framing::Events };
        }
        let (Framing::Object(body) | Framing::Document(body)) = &mut self.framing else {
            self.parser.push(packet);
            return;
        };
        // JSON may write each byte of the text as a longer escape.
        if body.len() + packet.len() > 2 * self.limits.answer_bytes_max + LINE_BYTES_MAX {
            self.end(End::TooLarge);
            return;
        }
        let line_was = body.len();
        body.extend_from_slice(&packet);
        if matches!(self.framing, Framing::Object(_)) {
            self.judge_first_line(line_was);
        }
    }

    /// Once the first line is whole: is it an object by itself, then the body is one per line, and is read on as events
    /// are. `searched` bytes have no end of a line.
    fn judge_first_line(&mut self, searched: usize) {
        let Framing::Object(body) = &mut self.framing else { return };
        let ending = body.iter().skip(searched).position(|&byte| byte == b'\n' || byte == b'\r');
        let Some(line) = ending.and_then(|ending| body.get(..searched + ending)) else { return };
        // A longer line is no event; it may be a whole answer.
        let is_whole = line.len() <= LINE_BYTES_MAX && Chunk::parse(line).is_some();
        let body = std::mem::take(body);
        if is_whole {
            self.framing = Framing::Events;
            self.parser.push(Bytes::from(body));
        } else {
            self.framing = Framing::Document(body);
        }
    }

    /// The body has ended: what it left open is read. Text comes back when the body was one document.
    fn take_rest(&mut self) -> Option<String> {
        self.body_ended = true;
        let (Framing::Object(body) | Framing::Document(body)) = std::mem::replace(&mut self.framing, Framing::Events)
        else {
            self.parser.finish();
            return None;
        };
        let chunk = Chunk::parse(&body).unwrap_or_default();
        let end = if chunk.is_answer { End::Done } else { End::Garbage };
        let text = self.take_chunk(chunk);
        if self.finish.is_none() {
            self.end(end);
        }
        text
    }

    /// Takes one event of the stream; text comes back when it has some.
    fn take_item(&mut self, item: Item) -> Option<String> {
        let data = match item {
            Item::Data(data) => data,
            Item::TooLarge => {
                self.end(End::TooLarge);
                return None;
            }
        };
        let data = data.trim();
        if data == "[DONE]" {
            self.end(End::Done);
            return None;
        }
        if let Some(chunk) = Chunk::parse(data.as_bytes()) {
            return self.take_chunk(chunk);
        }
        if !data.is_empty() {
            self.garbage_lines += 1;
        }
        if self.garbage_lines > GARBAGE_LINES_MAX {
            self.end(End::Garbage);
        }
        None
    }

    fn take_chunk(&mut self, chunk: Chunk) -> Option<String> {
        self.is_answering |= chunk.is_answer;
        self.usage = chunk.usage.or(self.usage);
        self.reason = chunk.end.or(self.reason);
        if chunk.complaint.is_some() {
            self.complaint.clone_from(&chunk.complaint);
            self.end(End::Errored);
        }
        let mut text = self.text_of(chunk);
        let room = self.limits.answer_bytes_max - self.text_bytes;
        if text.len() > room {
            text.truncate(text.floor_char_boundary(room));
            self.finish = Some(Finish { usage: self.usage, end: End::TooLarge });
        }
        self.text_bytes += text.len();
        (!text.is_empty()).then_some(text)
    }

    /// What is handed on of a chunk.
    fn text_of(&mut self, chunk: Chunk) -> String {
        let mut answer = chunk.text;
        if answer.is_empty() && !self.has_text && !chunk.whole.is_empty() {
            answer = chunk.whole;
            // It is all there is, whether or not the upstream says so.
            self.reason.get_or_insert(End::Done);
        }
        let thought = if self.limits.relays_reasoning && !self.has_text { chunk.reasoning } else { String::new() };
        if answer.is_empty() {
            return thought;
        }
        let is_first = !std::mem::replace(&mut self.has_text, true);
        let has_thought = self.text_bytes > 0 || !thought.is_empty();
        let gap = if is_first && has_thought { "\n\n" } else { "" };
        if gap.is_empty() { answer } else { thought + gap + &answer }
    }

    /// Ends the answer, unless the model has given its own reason: then it was whole before this happened.
    fn end(&mut self, end: End) {
        self.finish = Some(Finish { usage: self.usage, end: self.reason.unwrap_or(end) });
    }
}

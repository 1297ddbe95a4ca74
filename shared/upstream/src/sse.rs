//! A reader of server-sent events that takes bytes in packets of any size and never holds more than one packet, one
//! line and one event.

use bytes::{Buf, Bytes};

/// What the stream says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// The data of one event.
    Data(String),
    /// A line or an event is longer than allowed. Nothing comes after it.
    TooLarge,
}

/// The state between packets. Feed it with [`Parser::push`] whenever [`Parser::next_item`] has nothing more.
///
/// It reads what upstreams send, not only what the standard allows:
/// * a line that is no field becomes data of its own, because some servers put an error object there bare;
/// * a data line that opens an object after one that closed an object starts a new event (no JSON value has `}` and
///   then `{`), because some servers forget the blank line between events;
/// * the event that the end of the stream leaves open is handed out.
#[derive(Debug)]
pub(crate) struct Parser {
    packet: Bytes,
    line: Vec<u8>,
    /// The data of the event that is being read; `None` before its first data line.
    data: Option<String>,
    /// An item that became ready together with the one handed out before it.
    queued: Option<Item>,
    bytes_max: usize,
    at_start: bool,
    /// The last line ended in CR, so an LF that follows belongs to it.
    after_cr: bool,
    over: bool,
}

impl Parser {
    /// A parser that gives up at lines and events longer than `bytes_max`.
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self {
            packet: Bytes::new(),
            line: Vec::new(),
            data: None,
            queued: None,
            bytes_max,
            at_start: true,
            after_cr: false,
            over: false,
        }
    }

    /// Takes the next packet. What is left of the one before is dropped, so take its items first.
    pub(crate) fn push(&mut self, packet: Bytes) {
        if !self.over {
            self.packet = packet;
        }
    }

    /// The next item that the bytes so far contain.
    pub(crate) fn next_item(&mut self) -> Option<Item> {
        loop {
            if let Some(item) = self.queued.take() {
                return Some(item);
            }
            if self.over || !self.fill_line() {
                return None;
            }
            if self.line.len() > self.bytes_max {
                return Some(self.give_up());
            }
            let line = std::mem::take(&mut self.line);
            let item = self.read_line(&line);
            self.line = line;
            self.line.clear();
            if item.is_some() {
                return item;
            }
        }
    }

    /// The stream has ended: the last line and the last event may lack their ends. Take items until there are none.
    pub(crate) fn finish(&mut self) {
        self.push(Bytes::from_static(b"\n\n"));
    }

    /// Moves bytes into the line until it is whole (true), the packet is used up (false), or the line is too long.
    fn fill_line(&mut self) -> bool {
        if self.after_cr && !self.packet.is_empty() {
            self.after_cr = false;
            if self.packet.first() == Some(&b'\n') {
                self.packet.advance(1);
            }
        }
        let ending = self.packet.iter().position(|&byte| byte == b'\n' || byte == b'\r');
        let taken = ending.unwrap_or(self.packet.len());
        // One byte more than allowed is enough to know; the rest is never copied.
        let room = (self.bytes_max + 1).saturating_sub(self.line.len());
        self.line.extend_from_slice(self.packet.get(..taken.min(room)).unwrap_or_default());
        self.packet.advance(taken);
        if ending.is_some() {
            self.after_cr = self.packet.first() == Some(&b'\r');
            self.packet.advance(1);
        }
        ending.is_some() || self.line.len() > self.bytes_max
    }

    fn read_line(&mut self, line: &[u8]) -> Option<Item> {
        let line =
            if std::mem::take(&mut self.at_start) { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) } else { line };
        if line.is_empty() {
            return self.data.take().map(Item::Data);
        }
        let (name, value) = match line.iter().position(|&byte| byte == b':') {
            Some(colon) => (line.get(..colon)?, line.get(colon + 1..)?),
            None => (line, &b""[..]),
        };
        match name {
            b"data" => self.add_data(value.strip_prefix(b" ").unwrap_or(value)),
            b"" | b"event" | b"id" | b"retry" => None,
            _ => {
                let stray = Item::Data(String::from_utf8_lossy(line).into_owned());
                Some(self.after_open_event(stray))
            }
        }
    }

    fn add_data(&mut self, value: &[u8]) -> Option<Item> {
        let text = String::from_utf8_lossy(value);
        let Some(data) = &mut self.data else {
            self.data = Some(text.into_owned());
            return None;
        };
        let starts_anew = text.starts_with('{') || text.starts_with("[DONE]");
        if starts_anew && data.trim_end().ends_with('}') {
            return self.data.replace(text.into_owned()).map(Item::Data);
        }
        if data.len() + text.len() >= self.bytes_max {
            return Some(self.give_up());
        }
        data.push('\n');
        data.push_str(&text);
        None
    }

    /// The event that was being read, with `item` next; or `item` when there is none.
    fn after_open_event(&mut self, item: Item) -> Item {
        match self.data.take() {
            Some(data) => {
                self.queued = Some(item);
                Item::Data(data)
            }
            None => item,
        }
    }

    fn give_up(&mut self) -> Item {
        self.over = true;
        self.line = Vec::new();
        self.data = None;
        self.packet = Bytes::new();
        Item::TooLarge
    }
}

#[cfg(test)]
#[path = "sse_tests.rs"]
mod tests;

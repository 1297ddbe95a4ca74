//! The chat wire: JSON objects with `\n\n` between them, whole, small and pure ASCII.
//!
//! Clients decode each network chunk by itself and parse each part without protection, so a frame is never cut, never
//! over 1 KB, and no character depends on its neighbour chunk.

use std::fmt::Write as _;

use bytes::Bytes;
use domain::limits::FRAME_BYTES_MAX;
use serde_json::Value;

/// Ends every frame; alone it is the heartbeat, which clients ignore.
const END: &str = "\n\n";

/// Writes the frames of one answer.
#[derive(Debug)]
pub struct Frames {
    /// Everything of a frame but content and segment, as JSON up to the content's opening quote.
    head: String,
}

impl Frames {
    /// Frames of the answer `id` in `conversation` by `model`, at the business time `date_time`.
    pub fn new(id: &str, conversation: &str, model: &str, date_time: &str) -> Self {
        let mut head = String::from("{\"role\":\"assistant\"");
        for (name, value) in [("id", id), ("parentMessageId", conversation), ("model", model), ("dateTime", date_time)]
        {
            let _ = write!(head, ",\"{name}\":\"");
            value.chars().for_each(|c| push_escaped(&mut head, c));
            head.push('"');
        }
        head.push_str(",\"content\":\"");
        Self { head }
    }

    /// The first frame.
    pub fn start(&self) -> Bytes {
        self.whole("start", None)
    }

    /// The last frame, with what the turn cost when it cost something.
    pub fn stop(&self, usage: Option<&Value>) -> Bytes {
        self.whole("stop", usage)
    }

    /// A piece of the answer, as as many frames as it takes, each with what it says.
    pub fn text<'a>(&self, delta: &'a str) -> Vec<(Bytes, &'a str)> {
        const TAIL: &str = "\",\"segment\":\"text\"}\n\n";
        let full = FRAME_BYTES_MAX.saturating_sub(TAIL.len()).max(self.head.len() + 12);
        let mut frames = Vec::new();
        let mut rest = delta;
        while !rest.is_empty() {
            let mut frame = self.head.clone();
            let mut said = rest.len();
            for (at, c) in rest.char_indices() {
                let before = frame.len();
                push_escaped(&mut frame, c);
                if frame.len() > full {
                    frame.truncate(before);
                    said = at;
                    break;
                }
            }
            frame.push_str(TAIL);
            let (piece, later) = rest.split_at(said);
            frames.push((Bytes::from(frame), piece));
            rest = later;
        }
        frames
    }

    fn whole(&self, segment: &str, usage: Option<&Value>) -> Bytes {
        let mut frame = self.head.clone();
        let _ = write!(frame, "\",\"segment\":\"{segment}\"");
        if let Some(usage) = usage {
            let _ = write!(frame, ",\"usage\":{usage}");
        }
        frame.push('}');
        frame.push_str(END);
        Bytes::from(frame)
    }
}

/// What is sent in times of silence.
pub fn heartbeat() -> Bytes {
    Bytes::from_static(END.as_bytes())
}

/// One character inside a JSON text, in ASCII. Characters beyond the first plane become both halves of their pair at
/// once, so a frame never ends between them.
fn push_escaped(text: &mut String, c: char) {
    match c {
        '"' => text.push_str("\\\""),
        '\\' => text.push_str("\\\\"),
        '\n' => text.push_str("\\n"),
        ' '..='~' => text.push(c),
        _ => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
}

//! What a function answers through the Runtime API: one JSON text, or a stream that opens with its metadata.

use std::io;

use serde_json::Value;

/// Ends the metadata of a streamed answer.
const SEPARATOR: [u8; 8] = [0; 8];

/// An answer to an HTTP event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body as sent; base64 stays base64.
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads a buffered answer in the form that API Gateway takes, or the report of what a schedule runs: an object
    /// without a status, which is as good as 200.
    ///
    /// # Errors
    /// When it is neither.
    pub fn of_buffered(json: &[u8]) -> io::Result<Self> {
        let value: Value = serde_json::from_slice(json)?;
        if value.is_object() && value.get("statusCode").is_none() {
            return Ok(Self { status: 200, body: json.to_vec() });
        }
        let body = value.get("body").and_then(Value::as_str).unwrap_or_default();
        Ok(Self { status: status(&value)?, body: body.as_bytes().to_vec() })
    }
}

/// A streamed answer while it arrives, in chunks cut anywhere.
#[derive(Debug, Default)]
pub struct Streamed {
    received: Vec<u8>,
    body_at: Option<usize>,
}

impl Streamed {
    /// Takes the next chunk.
    pub fn feed(&mut self, chunk: &[u8]) {
        // The separator may have begun in the chunk before.
        let unseen = self.received.len().saturating_sub(SEPARATOR.len() - 1);
        self.received.extend_from_slice(chunk);
        if self.body_at.is_none() {
            let found =
                self.received.get(unseen..).and_then(|rest| rest.windows(SEPARATOR.len()).position(is_separator));
            self.body_at = found.map(|at| unseen + at + SEPARATOR.len());
        }
    }

    /// The body so far.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.body_at.and_then(|at| self.received.get(at..)).unwrap_or_default()
    }

    /// The whole answer, once the stream has ended.
    ///
    /// # Errors
    /// When the stream ended inside the metadata, or the metadata has no status.
    pub fn finish(self) -> io::Result<Answer> {
        let metadata = self.body_at.and_then(|at| self.received.get(..at - SEPARATOR.len()));
        let metadata = metadata.ok_or_else(|| io::Error::other("the stream ended inside its metadata"))?;
        Ok(Answer { status: status(&serde_json::from_slice(metadata)?)?, body: self.body().to_vec() })
    }
}

fn is_separator(window: &[u8]) -> bool {
    window == SEPARATOR
}

fn status(metadata: &Value) -> io::Result<u16> {
    let code = metadata.get("statusCode").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
    code.ok_or_else(|| io::Error::other("the answer has no statusCode"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffered_answer_is_read() {
        let answer = Answer::of_buffered(br#"{"statusCode":404,"headers":{},"body":"{}","isBase64Encoded":false}"#);
        assert_eq!(answer.unwrap(), Answer { status: 404, body: b"{}".to_vec() });
        assert!(Answer::of_buffered(b"\"hello\"").is_err());
        assert!(Answer::of_buffered(b"{").is_err());
        assert!(Answer::of_buffered(br#"{"statusCode":"200"}"#).is_err());
        assert_eq!(Answer::of_buffered(br#"{"held":0}"#).unwrap().status, 200);
    }

    #[test]
    fn a_streamed_answer_is_read_wherever_it_is_cut() {
        let wire = b"{\"statusCode\":200,\"headers\":{}}\0\0\0\0\0\0\0\0first\n\n\0\0\0\0\0\0\0\0last";
        for cut in 0..=wire.len() {
            let (before, after) = wire.split_at(cut);
            let mut streamed = Streamed::default();
            streamed.feed(before);
            streamed.feed(after);
            assert!(streamed.body().starts_with(b"first"));
            let answer = streamed.finish().unwrap();
            assert_eq!((answer.status, answer.body.as_slice()), (200, &wire[39..]));
        }
        let mut bytewise = Streamed::default();
        for byte in wire {
            bytewise.feed(&[*byte]);
        }
        assert_eq!(bytewise.finish().unwrap().body, &wire[39..]);
    }

    #[test]
    fn a_stream_without_separator_has_no_body_and_is_an_error() {
        let mut streamed = Streamed::default();
        streamed.feed(b"{\"statusCode\":200}\0\0\0\0\0\0\0");
        assert_eq!(streamed.body(), b"");
        assert!(streamed.finish().is_err());
        assert!(Streamed::default().finish().is_err());
    }

    #[test]
    fn an_empty_body_is_a_body() {
        let mut streamed = Streamed::default();
        streamed.feed(b"{\"statusCode\":204}\0\0\0\0\0\0\0\0");
        assert_eq!(streamed.finish().unwrap(), Answer { status: 204, body: Vec::new() });
    }
}

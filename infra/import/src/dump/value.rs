//! The values of a row.

use std::io::BufRead;

use super::statement::keep;
use super::{Dump, DumpError, Insert, Row, VALUE_BYTES_MAX, Value, shown};

impl<R: BufRead> Dump<R> {
    /// The next row of a statement; none when it has ended.
    pub(super) fn tuple(&mut self, insert: &Insert) -> Result<Option<Row>, DumpError> {
        let Insert { database, table, columns } = insert.clone();
        self.space()?;
        match self.bytes.peek()? {
            Some(b'(') => {}
            Some(b',') => {
                self.bytes.next()?;
                self.space()?;
            }
            None => return Err(self.cut("a statement has no end")),
            // Also what comes behind the rows, such as ON DUPLICATE KEY UPDATE.
            Some(_) => {
                self.rest_of_statement()?;
                return Ok(None);
            }
        }
        let line = self.bytes.line();
        match self.bytes.next()? {
            Some(b'(') => {}
            None => return Err(self.cut("a row is missing")),
            Some(other) => return Err(self.not_a_dump(format!("{} where a row should begin", shown(other)))),
        }
        let mut values = Vec::with_capacity(columns.len());
        let mut is_too_long = false;
        loop {
            self.space_but_minus()?;
            let (value, fits) = self.value()?;
            is_too_long |= !fits;
            values.push(value);
            self.space()?;
            match self.bytes.next()? {
                Some(b',') if values.len() < columns.len() => {}
                Some(b')') if values.len() == columns.len() => break,
                Some(b',' | b')') => {
                    let what = format!("a row of `{table}` has another number of values than there are columns");
                    return Err(DumpError::Unsupported { line, what });
                }
                None => return Err(self.cut("a row has no end")),
                Some(other) => return Err(self.not_a_dump(format!("{} behind a value", shown(other)))),
            }
        }
        let has_utc_timestamps = self.has_utc_timestamps;
        Ok(Some(Row { database, table, columns, values, line, is_too_long, has_utc_timestamps }))
    }

    /// White space and block comments: a `-` begins a number here.
    fn space_but_minus(&mut self) -> Result<(), DumpError> {
        self.bytes.until(|byte| !byte.is_ascii_whitespace(), |_| {})?;
        if self.bytes.peek()? == Some(b'/') { self.space() } else { Ok(()) }
    }

    /// A value, and whether all of it was kept.
    fn value(&mut self) -> Result<(Value, bool), DumpError> {
        let Some(first) = self.bytes.peek()? else { return Err(self.cut("a row has no end")) };
        match first {
            b'\'' | b'"' => self.text(first),
            b'0'..=b'9' | b'-' | b'+' | b'.' => self.number(),
            b'_' | b'A'..=b'Z' | b'a'..=b'z' => self.named_value(),
            other => Err(self.not_a_dump(format!("{} where a value should be", shown(other)))),
        }
    }

    fn text(&mut self, quote: u8) -> Result<(Value, bool), DumpError> {
        let mut text = Vec::new();
        let fits = self.quoted(quote, &mut text, VALUE_BYTES_MAX)?;
        Ok((Some(text), fits))
    }

    /// A number, or bytes as `0x…`.
    fn number(&mut self) -> Result<(Value, bool), DumpError> {
        let mut digits = Vec::new();
        let mut length = 0_usize;
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
        self.bytes.until(
            |byte| !is_part(byte),
            |some| {
                length += some.len();
                keep(&mut digits, some, 2 * VALUE_BYTES_MAX + 2);
            },
        )?;
        let fits = length <= digits.len();
        match digits.strip_prefix(b"0x") {
            Some(hex) => {
                let bytes = self.hex(hex)?;
                Ok((Some(bytes), fits))
            }
            None => Ok((Some(digits), fits)),
        }
    }

    /// `NULL`, truth values, and texts with a word before them.
    fn named_value(&mut self) -> Result<(Value, bool), DumpError> {
        let word = self.word_as_is()?;
        let follows = self.bytes.peek()?;
        if follows.is_none() {
            return Err(self.cut("a row has no end"));
        }
        match (word.to_ascii_uppercase().as_str(), follows) {
            ("NULL", _) => Ok((None, true)),
            ("TRUE", _) => Ok((Some(b"1".to_vec()), true)),
            ("FALSE", _) => Ok((Some(b"0".to_vec()), true)),
            ("X", Some(quote @ b'\'')) => {
                let (hex, fits) = self.text(quote)?;
                Ok((Some(self.hex(&hex.unwrap_or_default())?), fits))
            }
            ("B", Some(quote @ b'\'')) => {
                let (bits, fits) = self.text(quote)?;
                let bits = bits.unwrap_or_default();
                let number = bits.iter().fold(0_u64, |number, bit| (number << 1) | u64::from(*bit == b'1'));
                Ok((Some(number.to_string().into_bytes()), fits))
            }
            ("N", Some(quote @ b'\'')) => self.text(quote),
            (word, _) if word.starts_with('_') => {
                self.space_but_minus()?;
                match self.bytes.peek()? {
                    Some(quote @ (b'\'' | b'"')) => self.text(quote),
                    Some(b'0'..=b'9') => self.number(),
                    _ => Err(self.not_a_dump(format!("nothing behind {word}"))),
                }
            }
            (word, _) => Err(DumpError::Unsupported {
                line: self.bytes.line(),
                what: format!("the value {word} is none that a dump holds"),
            }),
        }
    }

    fn hex(&self, digits: &[u8]) -> Result<Vec<u8>, DumpError> {
        let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let pairs = digits.chunks(2).map(|pair| match pair {
            [high, low] => Some((digit(high)? << 4) | digit(low)?),
            [low] => digit(low),
            _ => None,
        });
        pairs.collect::<Option<Vec<u8>>>().ok_or_else(|| self.not_a_dump("0x without hexadecimal digits"))
    }

    /// What stands in quotes, the quotes passed. False when it is longer than `bytes_max`: the rest is not kept.
    pub(super) fn quoted(&mut self, quote: u8, into: &mut Vec<u8>, bytes_max: usize) -> Result<bool, DumpError> {
        self.bytes.next()?;
        let mut length = 0_usize;
        // In names a backslash is one.
        let escapes = quote != b'`';
        loop {
            self.bytes.until(
                |byte| byte == quote || (escapes && byte == b'\\'),
                |some| {
                    length = length.saturating_add(some.len());
                    keep(into, some, bytes_max);
                },
            )?;
            let byte = match self.bytes.next()? {
                None => return Err(self.cut("a text has no end")),
                Some(byte) if byte == quote => {
                    if self.bytes.peek()? != Some(quote) {
                        return Ok(length <= bytes_max);
                    }
                    self.bytes.next()?;
                    quote
                }
                Some(_) => match self.bytes.next()? {
                    None => return Err(self.cut("a text has no end")),
                    Some(meant) => unescaped(meant),
                },
            };
            length = length.saturating_add(1);
            keep(into, &[byte], bytes_max);
        }
    }
}

/// What a byte behind a backslash stands for.
const fn unescaped(byte: u8) -> u8 {
    match byte {
        b'0' => 0,
        b'b' => 8,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'Z' => 26,
        other => other,
    }
}

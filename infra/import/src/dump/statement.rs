//! Between the rows: comments, and which statement comes next.

use std::io::BufRead;
use std::sync::Arc;

use super::schema::columns_named;
use super::{Dump, DumpError, Insert, NAME_BYTES_MAX, frame, shown};

/// What may stand between `INSERT` and the table's name.
const BEFORE_NAMES: [&str; 5] = ["INTO", "IGNORE", "LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY"];
/// How much of a comment or a `SET` is looked at.
const LOOKED_AT_BYTES: usize = 1000;
/// Character sets whose bytes are UTF-8 too.
const UTF8: [&str; 6] = ["utf8", "utf8mb3", "utf8mb4", "ascii", "us-ascii", "binary"];

impl<R: BufRead> Dump<R> {
    /// Goes on to the next `VALUES`; false at the end.
    pub(super) fn advance(&mut self) -> Result<bool, DumpError> {
        loop {
            self.space()?;
            let Some(byte) = self.bytes.peek()? else { return Ok(false) };
            match byte {
                b';' => {
                    self.bytes.next()?;
                }
                b'A'..=b'Z' | b'a'..=b'z' => {
                    let word = self.word()?;
                    self.statements += 1;
                    if self.statement(&word)? {
                        return Ok(true);
                    }
                }
                // The mark that some editors begin UTF-8 with.
                0xEF if self.bytes.read() == 0 => {
                    self.bytes.until(|byte| !matches!(byte, 0xEF | 0xBB | 0xBF), |_| {})?;
                }
                other => return Err(self.not_a_dump(format!("a statement cannot begin with {}", shown(other)))),
            }
        }
    }

    /// The rest of a statement; true when rows follow.
    fn statement(&mut self, word: &str) -> Result<bool, DumpError> {
        match word {
            "INSERT" | "REPLACE" => return self.insert(),
            "CREATE" => return self.create().map(|()| false),
            "DELIMITER" => return self.foreign_delimiter().map(|()| false),
            "SET" => {
                let text = self.rest_of_statement()?;
                self.obey(&format!("SET {}", text.trim_start()))?;
            }
            "USE" => {
                let name = self.rest_of_statement()?;
                self.database = Some(name.trim().into());
            }
            _ => {
                let rest = self.rest_of_statement()?;
                self.frame.statement(word, &rest);
            }
        }
        Ok(false)
    }

    /// `INTO name (columns) VALUES`.
    fn insert(&mut self) -> Result<bool, DumpError> {
        let mut name = String::new();
        loop {
            self.space()?;
            let is_bare = self.bytes.peek()?.is_some_and(|byte| byte.is_ascii_alphabetic());
            let word = if is_bare { self.word_as_is()? } else { String::new() };
            if !BEFORE_NAMES.contains(&word.to_ascii_uppercase().as_str()) {
                name.push_str(&word);
                break;
            }
        }
        let name = if name.is_empty() { self.name()? } else { name };
        let place = self.behind_dot(name)?;
        self.space()?;
        if self.bytes.peek()?.is_none() {
            return Err(self.cut("a statement has no end"));
        }
        let listed = if self.bytes.peek()? == Some(b'(') { Some(self.column_names()?) } else { None };
        let word = self.next_word()?;
        if word != "VALUES" && word != "VALUE" {
            // INSERT … SELECT and the like hold no rows.
            self.rest_of_statement()?;
            return Ok(false);
        }
        let columns = match (listed, self.tables.get(&place)) {
            (Some(names), known) => columns_named(names, known.map(AsRef::as_ref)),
            (None, Some(columns)) => Arc::clone(columns),
            (None, None) => {
                let line = self.bytes.line();
                let name = &place.1;
                let what = format!("rows of `{name}` without names of columns, and no CREATE TABLE before them");
                return Err(DumpError::Unsupported { line, what });
            }
        };
        self.frame.rows();
        self.insert = Some(Insert { database: place.0.clone(), table: place.1.as_str().into(), columns });
        self.filled.insert(place);
        Ok(true)
    }

    /// Triggers and routines come between two `DELIMITER` lines.
    fn foreign_delimiter(&mut self) -> Result<(), DumpError> {
        loop {
            let mut line = Vec::new();
            self.bytes.until(|byte| byte == b'\n', |some| keep(&mut line, some, LOOKED_AT_BYTES))?;
            let text = String::from_utf8_lossy(&line).trim().to_ascii_uppercase();
            if text == ";" || text == "DELIMITER ;" {
                return Ok(());
            }
            if self.bytes.next()?.is_none() {
                return Err(self.cut("no `DELIMITER ;` follows"));
            }
        }
    }

    /// What a `SET` or a conditional comment says about the dump itself.
    fn obey(&mut self, text: &str) -> Result<(), DumpError> {
        let line = self.bytes.line();
        let upper = text.to_ascii_uppercase();
        if let Some((_, rest)) = upper.split_once("SET NAMES") {
            let rest = rest.trim_start_matches([' ', '\'', '"', '=']);
            let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
            let name = name.to_ascii_lowercase();
            if !UTF8.contains(&name.as_str()) && !name.is_empty() {
                return Err(DumpError::Charset { line, what: name });
            }
        }
        let compact: String = upper.chars().filter(|c| !c.is_whitespace() && *c != '\'' && *c != '"').collect();
        self.frame.set(&compact);
        if compact.contains("TIME_ZONE=+00:00") {
            self.has_utc_timestamps = true;
        }
        if compact.contains("NO_BACKSLASH_ESCAPES") {
            let what = "the dump was made with NO_BACKSLASH_ESCAPES; make it without".to_owned();
            return Err(DumpError::Unsupported { line, what });
        }
        Ok(())
    }

    /// Passes white space and comments.
    pub(super) fn space(&mut self) -> Result<(), DumpError> {
        loop {
            match self.bytes.peek()? {
                Some(byte) if byte.is_ascii_whitespace() => {
                    self.bytes.until(|byte| !byte.is_ascii_whitespace(), |_| {})?;
                }
                Some(b'#') => self.line_comment()?,
                Some(b'-') => {
                    self.bytes.next()?;
                    if self.bytes.peek()? != Some(b'-') {
                        return Err(self.not_a_dump("a lone `-`"));
                    }
                    self.line_comment()?;
                }
                Some(b'/') => {
                    self.bytes.next()?;
                    if self.bytes.next()? != Some(b'*') {
                        return Err(self.not_a_dump("a lone `/`"));
                    }
                    self.block_comment()?;
                }
                _ => return Ok(()),
            }
        }
    }

    fn line_comment(&mut self) -> Result<(), DumpError> {
        let mut text = Vec::new();
        self.bytes.until(|byte| byte == b'\n', |some| keep(&mut text, some, LOOKED_AT_BYTES))?;
        self.heed(String::from_utf8_lossy(&text).trim_start_matches(['-', '#', ' ']));
        Ok(())
    }

    /// What a comment tells of the dump: by which program it is, where it ends, and of which database.
    fn heed(&mut self, text: &str) {
        if self.frame.comment(text) {
            self.database = None;
        }
        if let Some(name) = frame::database(text) {
            self.database = Some(name.into());
        }
    }

    fn block_comment(&mut self) -> Result<(), DumpError> {
        let mut text = Vec::new();
        loop {
            self.bytes.until(|byte| byte == b'*', |some| keep(&mut text, some, LOOKED_AT_BYTES))?;
            if self.bytes.next()?.is_none() {
                return Err(self.cut("a comment has no end"));
            }
            if self.bytes.peek()? == Some(b'/') {
                self.bytes.next()?;
                break;
            }
            keep(&mut text, b"*", LOOKED_AT_BYTES);
        }
        let is_conditional = text.starts_with(b"!") || text.starts_with(b"M!");
        let text = String::from_utf8_lossy(&text);
        if is_conditional {
            return self.obey(&text);
        }
        self.heed(text.trim_start());
        Ok(())
    }

    /// Passes a statement's rest, its end too, and returns how it begins.
    pub(super) fn rest_of_statement(&mut self) -> Result<String, DumpError> {
        let mut text = Vec::new();
        loop {
            let stops = |byte| matches!(byte, b';' | b'\'' | b'"' | b'`' | b'#' | b'/' | b'-');
            self.bytes.until(stops, |some| keep(&mut text, some, LOOKED_AT_BYTES))?;
            match self.bytes.peek()? {
                None => return Err(self.cut("a statement has no end")),
                Some(b';') => {
                    self.bytes.next()?;
                    return Ok(String::from_utf8_lossy(&text).into_owned());
                }
                Some(quote @ (b'\'' | b'"' | b'`')) => {
                    let mut value = Vec::new();
                    self.quoted(quote, &mut value, LOOKED_AT_BYTES)?;
                    keep(&mut text, &value, LOOKED_AT_BYTES);
                }
                Some(byte) => self.maybe_comment(byte, &mut text)?,
            }
        }
    }

    /// A comment within a statement, or just a byte.
    fn maybe_comment(&mut self, byte: u8, text: &mut Vec<u8>) -> Result<(), DumpError> {
        self.bytes.next()?;
        match (byte, self.bytes.peek()?) {
            (b'#', _) | (b'-', Some(b'-')) => self.line_comment(),
            (b'/', Some(b'*')) => {
                self.bytes.next()?;
                self.block_comment()
            }
            _ => {
                keep(text, &[byte], LOOKED_AT_BYTES);
                Ok(())
            }
        }
    }

    pub(super) fn next_word(&mut self) -> Result<String, DumpError> {
        self.space()?;
        self.word()
    }

    /// Letters, in capitals; nothing where none are.
    fn word(&mut self) -> Result<String, DumpError> {
        Ok(self.word_as_is()?.to_ascii_uppercase())
    }

    pub(super) fn word_as_is(&mut self) -> Result<String, DumpError> {
        let mut word = Vec::new();
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$';
        self.bytes.until(|byte| !is_part(byte), |some| keep(&mut word, some, NAME_BYTES_MAX))?;
        if word.len() >= NAME_BYTES_MAX {
            return Err(self.not_a_dump("a word without an end"));
        }
        Ok(String::from_utf8_lossy(&word).into_owned())
    }
}

/// Adds what there is room for.
pub(super) fn keep(text: &mut Vec<u8>, some: &[u8], bytes_max: usize) {
    let room = bytes_max.saturating_sub(text.len()).min(some.len());
    text.extend_from_slice(some.split_at(room).0);
}

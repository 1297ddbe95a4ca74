//! Tables and their columns.

use std::io::BufRead;
use std::sync::Arc;

use super::statement::keep;
use super::{COLUMNS_MAX, Database, Dump, DumpError, NAME_BYTES_MAX};

/// What a definition in `CREATE TABLE` begins with that is no column.
const NO_COLUMNS: [&str; 9] =
    ["PRIMARY", "KEY", "UNIQUE", "INDEX", "FULLTEXT", "SPATIAL", "CONSTRAINT", "FOREIGN", "CHECK"];

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// Its name, as words with `_` between them.
    pub(crate) name: String,
    /// Whether it is of the type `timestamp`.
    pub(crate) is_timestamp: bool,
}

/// `createTime` as `create_time`.
pub(crate) fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    let mut was_small = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && was_small {
            snake.push('_');
        }
        was_small = c.is_ascii_lowercase() || c.is_ascii_digit();
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

impl<R: BufRead> Dump<R> {
    /// What follows `CREATE`; a table's columns are kept.
    pub(super) fn create(&mut self) -> Result<(), DumpError> {
        let word = self.next_word()?;
        let word = if word == "TEMPORARY" { self.next_word()? } else { word };
        if word != "TABLE" {
            return self.rest_of_statement().map(|_| ());
        }
        let mut name = self.name()?;
        if name.eq_ignore_ascii_case("IF") {
            let not_exists = [self.next_word()?, self.next_word()?];
            if not_exists != ["NOT", "EXISTS"] {
                return Err(self.not_a_dump("a CREATE TABLE that cannot be read"));
            }
            name = self.name()?;
        }
        let line = self.bytes.line();
        let table = self.behind_dot(name)?;
        self.space()?;
        if self.bytes.peek()? != Some(b'(') {
            return self.rest_of_statement().map(|_| ());
        }
        self.bytes.next()?;
        let columns = self.definitions()?;
        if self.filled.contains(&table) && crate::classic::table(&table.1).is_some() {
            let what = format!(
                "the table `{}` begins once more: the file holds two dumps, one behind the other; give one of them",
                table.1
            );
            return Err(DumpError::Unsupported { line, what });
        }
        self.tables.insert(table, columns.into());
        self.rest_of_statement().map(|_| ())
    }

    /// The definitions up to the closing bracket, which is passed.
    fn definitions(&mut self) -> Result<Vec<Column>, DumpError> {
        let mut columns = Vec::new();
        loop {
            self.space()?;
            let is_quoted = matches!(self.bytes.peek()?, Some(b'`' | b'"'));
            let name = self.name()?;
            if is_quoted || !NO_COLUMNS.contains(&name.to_ascii_uppercase().as_str()) {
                let kind = self.next_word()?;
                columns.push(Column { name: snake_case(&name), is_timestamp: kind == "TIMESTAMP" });
            }
            if columns.len() > COLUMNS_MAX {
                return Err(self.not_a_dump("a table with too many columns"));
            }
            if self.end_of_definition()? {
                return Ok(columns);
            }
        }
    }

    /// Passes the rest of a definition; true when it was the last.
    fn end_of_definition(&mut self) -> Result<bool, DumpError> {
        let mut depth = 0_u32;
        loop {
            let stops = |byte| matches!(byte, b',' | b'(' | b')' | b'\'' | b'"' | b'`' | b'/' | b'#' | b'-');
            self.bytes.until(stops, |_| {})?;
            match self.bytes.peek()? {
                None => return Err(self.cut("a CREATE TABLE has no end")),
                Some(quote @ (b'\'' | b'"' | b'`')) => {
                    self.quoted(quote, &mut Vec::new(), 0)?;
                    continue;
                }
                Some(b'/' | b'#') => {
                    self.space()?;
                    continue;
                }
                Some(_) => {}
            }
            match self.bytes.next()? {
                Some(b'(') => depth += 1,
                Some(b')') if depth == 0 => return Ok(true),
                Some(b')') => depth -= 1,
                Some(b',') if depth == 0 => return Ok(false),
                _ => {}
            }
        }
    }

    /// A name, in quotes or not.
    pub(super) fn name(&mut self) -> Result<String, DumpError> {
        self.space()?;
        let mut name = Vec::new();
        match self.bytes.peek()? {
            Some(quote @ (b'`' | b'"')) => {
                self.quoted(quote, &mut name, NAME_BYTES_MAX)?;
            }
            Some(_) => {
                let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80;
                self.bytes.until(|byte| !is_part(byte), |some| keep(&mut name, some, NAME_BYTES_MAX))?;
            }
            None => return Err(self.cut("a name is missing")),
        }
        if name.is_empty() || name.len() >= NAME_BYTES_MAX {
            return Err(self.not_a_dump("a name is missing"));
        }
        Ok(String::from_utf8_lossy(&name).into_owned())
    }

    /// The database and the table of `database.table`, or of a name alone.
    pub(super) fn behind_dot(&mut self, name: String) -> Result<(Database, String), DumpError> {
        self.space()?;
        if self.bytes.peek()? == Some(b'.') {
            self.bytes.next()?;
            return Ok((Some(name.into()), self.name()?));
        }
        Ok((self.database.clone(), name))
    }

    /// The names in brackets before `VALUES`.
    pub(super) fn column_names(&mut self) -> Result<Vec<String>, DumpError> {
        self.bytes.next()?;
        let mut names = Vec::new();
        loop {
            names.push(self.name()?);
            self.space()?;
            match self.bytes.next()? {
                Some(b',') if names.len() < COLUMNS_MAX => {}
                Some(b')') => return Ok(names),
                _ => return Err(self.not_a_dump("a list of columns that cannot be read")),
            }
        }
    }
}

/// Columns by their names, of the types that the table is known to have.
pub(super) fn columns_named(names: Vec<String>, known: Option<&[Column]>) -> Arc<[Column]> {
    let names = names.into_iter().map(|name| snake_case(&name));
    let is_timestamp =
        |name: &str| known.unwrap_or_default().iter().any(|column| column.name == name && column.is_timestamp);
    names.map(|name| Column { is_timestamp: is_timestamp(&name), name }).collect()
}

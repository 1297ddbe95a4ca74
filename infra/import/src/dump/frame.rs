//! Whether a dump is whole, and of which database it is: by what each program writes first and last.

use std::collections::BTreeSet;

/// A program that writes dumps.
#[derive(Debug)]
struct Tool {
    /// How the comment begins that it writes first.
    heads: &'static [&'static str],
    name: &'static str,
    foot: Foot,
}

/// What a program writes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Foot {
    /// A comment that begins with this.
    Comment(&'static str),
    /// A comment that is the time.
    Time,
    /// The foreign keys are looked after again.
    ForeignKeys,
    /// The end of the transaction that it began with.
    Commit,
    /// Nothing but the settings that it had set aside.
    Settings,
}

const TOOLS: [Tool; 9] = [
    Tool { heads: &["MySQL dump", "MariaDB dump"], name: "mysqldump", foot: Foot::Comment("Dump completed") },
    Tool { heads: &["phpMyAdmin SQL Dump"], name: "phpMyAdmin", foot: Foot::Commit },
    Tool { heads: &["Navicat "], name: "Navicat", foot: Foot::ForeignKeys },
    Tool { heads: &["HeidiSQL"], name: "HeidiSQL", foot: Foot::Settings },
    Tool { heads: &["Adminer "], name: "Adminer", foot: Foot::Time },
    Tool { heads: &["Dump created by MySQL pump"], name: "mysqlpump", foot: Foot::Comment("Dump end time") },
    Tool { heads: &["SQLyog"], name: "SQLyog", foot: Foot::Settings },
    Tool { heads: &["Sequel Pro SQL dump", "Sequel Ace SQL dump"], name: "Sequel Ace", foot: Foot::Settings },
    Tool { heads: &["TablePlus"], name: "TablePlus", foot: Foot::Settings },
];

/// The end of a transaction, and of what is locked.
const COMMIT: &str = "COMMIT;";
const UNLOCK: &str = "UNLOCK TABLES;";

/// What the end of a dump says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It is where the program that wrote the dump puts it.
    Whole,
    /// Something is missing.
    Cut(String),
    /// Nobody can tell: no program that marks its ends wrote it, as far as it says.
    Unmarked,
}

/// What has begun and not yet ended, between the statements.
#[derive(Debug, Default)]
pub(super) struct Frame {
    tool: Option<&'static Tool>,
    /// Whether the tool's last line came.
    has_foot: bool,
    /// Settings that are set aside, to be put back at the end.
    aside: BTreeSet<String>,
    /// Statements that are still to come, because of one that came.
    due: BTreeSet<&'static str>,
    /// What an earlier one of several dumps lacks.
    earlier: Option<String>,
    /// Whether rows came that nothing says the end of.
    has_unmarked: bool,
}

impl Frame {
    /// A comment, without what it begins with. True when a dump begins with it.
    pub(super) fn comment(&mut self, text: &str) -> bool {
        if let Some(tool) = TOOLS.iter().find(|tool| tool.heads.iter().any(|head| text.starts_with(head))) {
            let earlier = self.earlier.take().or_else(|| self.missing());
            let has_unmarked = self.has_unmarked;
            *self = Self { tool: Some(tool), earlier, has_unmarked, ..Self::default() };
            return true;
        }
        self.has_foot |= match self.tool.map(|tool| tool.foot) {
            Some(Foot::Comment(last)) => text.starts_with(last),
            Some(Foot::Time) => is_time(text),
            _ => false,
        };
        false
    }

    /// A `SET`, in capitals and without blanks and quotes.
    pub(super) fn set(&mut self, text: &str) {
        let mut rest = text;
        while let Some((_, behind)) = rest.split_once("@OLD_") {
            let end = behind.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(behind.len());
            let (name, behind) = behind.split_at(end);
            if behind.starts_with('=') || behind.starts_with(":=") {
                self.aside.insert(name.to_owned());
            } else {
                self.aside.remove(name);
            }
            rest = behind;
        }
        let is_navicat = self.tool.is_some_and(|tool| tool.foot == Foot::ForeignKeys);
        self.has_foot |= is_navicat && text.contains("FOREIGN_KEY_CHECKS=1");
    }

    /// A statement that is neither rows nor a definition nor a `SET`.
    pub(super) fn statement(&mut self, word: &str, rest: &str) {
        let _ = match word {
            "START" if !rest.trim_start().to_ascii_uppercase().starts_with("TRANSACTION") => false,
            "BEGIN" | "START" => self.due.insert(COMMIT),
            "COMMIT" => self.due.remove(COMMIT),
            "LOCK" => self.due.insert(UNLOCK),
            "UNLOCK" => self.due.remove(UNLOCK),
            _ => false,
        };
    }

    /// Rows come: the end is still to come, if anything tells where it is.
    pub(super) fn rows(&mut self) {
        let is_marked = match self.tool.map(|tool| tool.foot) {
            Some(Foot::Comment(_) | Foot::Time | Foot::ForeignKeys) => !self.has_foot,
            Some(Foot::Commit) => self.due.contains(COMMIT),
            Some(Foot::Settings) | None => false,
        };
        self.has_unmarked |= !is_marked && self.aside.is_empty();
    }

    /// What is still to come, in words.
    fn missing(&self) -> Option<String> {
        let last = match self.tool.map(|tool| tool.foot) {
            // What is set aside is put back before it.
            Some(Foot::Comment(_)) if self.has_foot => return None,
            Some(Foot::Comment(last)) => Some(format!("its last line, `-- {last}`, is missing")),
            Some(Foot::Time) if !self.has_foot => Some("its last line, a comment with the time, is missing".to_owned()),
            Some(Foot::ForeignKeys) if !self.has_foot => {
                Some("its last line, `SET FOREIGN_KEY_CHECKS = 1;`, is missing".to_owned())
            }
            _ => self.due.first().map(|due| format!("a last `{due}` is missing")),
        };
        let first =
            self.aside.first().map(|name| format!("its last lines, such as `SET {name}=@OLD_{name}`, are missing"));
        let what = last.or(first)?;
        Some(self.tool.map_or_else(|| what.clone(), |tool| format!("it is by {}, and {what}", tool.name)))
    }

    pub(super) fn end(&self) -> End {
        match self.earlier.clone().or_else(|| self.missing()) {
            Some(what) => End::Cut(what),
            None if self.has_unmarked => End::Unmarked,
            None => End::Whole,
        }
    }
}

/// `2023-05-17 03:15:50`, whatever stands behind it.
fn is_time(text: &str) -> bool {
    let form = "dddd-dd-dd dd:dd";
    let fits = |(byte, form): (u8, u8)| if form == b'd' { byte.is_ascii_digit() } else { byte == form };
    text.len() >= form.len() && text.bytes().zip(form.bytes()).all(fits)
}

/// The database that a comment says the dump is of.
pub(super) fn database(text: &str) -> Option<&str> {
    // mysqldump: `Host: localhost    Database: chat`, or nothing behind it when there are several.
    let of_mysqldump =
        text.strip_prefix("Host: ").and_then(|rest| rest.split_once(" Database: ")).map(|(_, name)| name);
    let of_sqlyog =
        || text.starts_with("SQLyog").then(|| text.split_once(" : Database - ")).flatten().map(|(_, name)| name);
    let of_navicat = || {
        let mut lines = text.starts_with("Navicat").then(|| text.lines()).into_iter().flatten();
        let name = |line: &str| {
            line.trim_start().starts_with("Source Schema") || line.trim_start().starts_with("Source Database")
        };
        lines.find(|line| name(line)).and_then(|line| line.split_once(':')).map(|(_, name)| name)
    };
    // phpMyAdmin, in the language of whoever made it: `Database: `chat``, `数据库： `chat``.
    let of_php = || {
        text.trim_end().strip_suffix('`').and_then(|text| text.rsplit_once('`')).and_then(|(before, name)| {
            let before = before.trim_end();
            (before.ends_with(':') || before.ends_with('：')).then_some(name)
        })
    };
    let of_others = || text.strip_prefix("Database: ");
    let name = of_mysqldump.or_else(of_sqlyog).or_else(of_navicat).or_else(of_php).or_else(of_others)?;
    let name = name.lines().next().unwrap_or_default().trim();
    (!name.is_empty()).then_some(name)
}

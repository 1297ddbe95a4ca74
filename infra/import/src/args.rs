//! The command line.

use std::collections::BTreeSet;
use std::path::PathBuf;

use domain::Zone;
use jiff::tz::{Offset, TimeZone};

use crate::losses;

/// What `--help` prints.
pub const HELP: &str = "\
Takes over a site of the classic schema: loads a MySQL dump into the table of a deployment that nobody uses yet.

Usage: cargo run --release -p import -- DUMP.sql[.gz] --table NAME [OPTIONS]

  --table NAME           the table of the deployment (its stack names it)
  --secret-id ID         the deployment's secret in Secrets Manager (its stack names it)
  --secret-file FILE     the deployment's secret itself, in a file, in place of --secret-id
  --business-zone ZONE   the deployment's business time zone [Asia/Shanghai]
  --time-zone ZONE       the zone of the dump's times, a name or +08:00 [the business time zone]
  --database NAME        the database to take over, when the dump holds several sites
  --accept WORD,WORD     losses that are meant: an import that would lose something stops, says what, and gives the words
  --report FILE          every row that does not add up, a line of JSON each [import-report.ndjson]
  --spool FILE           the importer's own file, as large as the dump [REPORT.spool]
  --endpoint URL         DynamoDB and Secrets Manager are there, as in the local stack
  --dry-run              read and judge everything, write the report and nothing else
  --help                 this text

Credentials and region come from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and AWS_REGION:
  eval \"$(aws configure export-credentials --format env)\"
A run that was cut short goes on when the same command is given again.
";

/// What the command line asks for.
#[derive(Clone, Debug)]
pub enum Command {
    /// Import.
    Import(Box<Arguments>),
    /// Print the help.
    Help,
}

/// Where the deployment's secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secret {
    /// In Secrets Manager.
    Id(String),
    /// In a file.
    File(PathBuf),
}

/// The options of an import.
#[derive(Clone, Debug)]
pub struct Arguments {
    /// The dump.
    pub dump: PathBuf,
    /// The table.
    pub table: String,
    /// The secret; a dry run needs none.
    pub secret: Option<Secret>,
    /// The deployment's business time zone, with its name.
    pub zone: (Zone, String),
    /// The zone of the dump's times.
    pub dump_zone: TimeZone,
    /// The database of the dump.
    pub database: Option<String>,
    /// The words for losses that are meant.
    pub accepted: BTreeSet<String>,
    /// The report.
    pub report: PathBuf,
    /// The importer's own file.
    pub spool: PathBuf,
    /// Where AWS is, if not there.
    pub endpoint: Option<String>,
    /// Whether nothing is written into the table.
    pub is_dry: bool,
}

/// Reads the arguments after the program's name. Both `--table x` and `--table=x` are understood.
///
/// # Errors
/// A sentence about the first argument that is wrong.
pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Command, String> {
    let mut given = Given::default();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        if !argument.starts_with("--") {
            if given.dump.replace(argument).is_some() {
                return Err("one dump at a time".to_owned());
            }
            continue;
        }
        let (flag, joined) = match argument.split_once('=') {
            Some((flag, value)) => (flag.to_owned(), Some(value.to_owned())),
            None => (argument, None),
        };
        if flag == "--help" {
            return Ok(Command::Help);
        }
        if flag == "--dry-run" && joined.is_none() {
            given.is_dry = true;
            continue;
        }
        if flag == "--accept" {
            let value = joined.or_else(|| arguments.next()).ok_or("--accept needs a value")?;
            given.accept(&value)?;
            continue;
        }
        let Some(place) = given.place(&flag) else { return Err(format!("{flag:?} is no option; --help lists them")) };
        let value = joined.or_else(|| arguments.next()).filter(|value| !value.is_empty() && !value.starts_with("--"));
        *place = Some(value.ok_or_else(|| format!("{flag} needs a value"))?);
    }
    given.checked().map(|arguments| Command::Import(Box::new(arguments)))
}

/// As it was typed.
#[derive(Default)]
struct Given {
    dump: Option<String>,
    table: Option<String>,
    secret_id: Option<String>,
    secret_file: Option<String>,
    business_zone: Option<String>,
    time_zone: Option<String>,
    database: Option<String>,
    accepted: BTreeSet<String>,
    report: Option<String>,
    spool: Option<String>,
    endpoint: Option<String>,
    is_dry: bool,
}

impl Given {
    fn place(&mut self, flag: &str) -> Option<&mut Option<String>> {
        match flag {
            "--table" => Some(&mut self.table),
            "--secret-id" => Some(&mut self.secret_id),
            "--secret-file" => Some(&mut self.secret_file),
            "--business-zone" => Some(&mut self.business_zone),
            "--time-zone" => Some(&mut self.time_zone),
            "--database" => Some(&mut self.database),
            "--report" => Some(&mut self.report),
            "--spool" => Some(&mut self.spool),
            "--endpoint" => Some(&mut self.endpoint),
            _ => None,
        }
    }

    /// One word or several, each of which an import has asked for.
    fn accept(&mut self, words: &str) -> Result<(), String> {
        for word in words.split([',', ' ']).filter(|word| !word.is_empty()) {
            if !losses::is_word(word) {
                return Err(format!("--accept: {word:?} is no word that the importer asks for"));
            }
            self.accepted.insert(word.to_owned());
        }
        Ok(())
    }

    fn checked(self) -> Result<Arguments, String> {
        let dump = self.dump.ok_or("which dump? --help tells how")?;
        let table = match self.table {
            Some(table) => table,
            None if self.is_dry => String::new(),
            None => return Err("--table is missing".to_owned()),
        };
        let secret = match (self.secret_id, self.secret_file) {
            (Some(_), Some(_)) => return Err("--secret-id and --secret-file exclude each other".to_owned()),
            (Some(id), None) => Some(Secret::Id(id)),
            (None, Some(file)) => Some(Secret::File(file.into())),
            (None, None) if self.is_dry => None,
            (None, None) => {
                return Err("--secret-id or --secret-file is missing: codes and keys are sealed with it".to_owned());
            }
        };
        let name = self.business_zone.unwrap_or_else(|| "Asia/Shanghai".to_owned());
        let zone: Zone = name.parse().map_err(|_| format!("--business-zone: {name:?} is no time zone"))?;
        let dump_zone = self.time_zone.unwrap_or_else(|| name.clone());
        let dump_zone = time_zone(&dump_zone).ok_or_else(|| format!("--time-zone: {dump_zone:?} is no time zone"))?;
        let report = self.report.unwrap_or_else(|| "import-report.ndjson".to_owned());
        let spool = self.spool.unwrap_or_else(|| format!("{report}.spool"));
        Ok(Arguments {
            dump: dump.into(),
            table,
            secret,
            zone: (zone, name),
            dump_zone,
            database: self.database,
            accepted: self.accepted,
            report: report.into(),
            spool: spool.into(),
            endpoint: self.endpoint,
            is_dry: self.is_dry,
        })
    }
}

/// A zone by its name or its distance from UTC.
fn time_zone(text: &str) -> Option<TimeZone> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return TimeZone::get(text).ok(),
    };
    let (hours, minutes) = rest.split_once(':')?;
    let part = |text: &str, most: i32| -> Option<i32> {
        let is_digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|number| is_digits && *number <= most)
    };
    let seconds = sign * (part(hours, 14)? * 3600 + part(minutes, 59)? * 60);
    Some(TimeZone::fixed(Offset::from_seconds(seconds).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command, String> {
        parse(line.split(' ').map(str::to_owned))
    }

    #[test]
    fn a_whole_command_is_understood() {
        let line = "dump.sql --table=main --secret-id arn --time-zone +00:00 --report r.ndjson --endpoint http://x";
        let Ok(Command::Import(arguments)) = parsed(line) else { panic!("{line}") };
        assert_eq!((arguments.table.as_str(), arguments.is_dry), ("main", false));
        assert_eq!(arguments.secret, Some(Secret::Id("arn".to_owned())));
        assert_eq!(arguments.spool, PathBuf::from("r.ndjson.spool"));
        assert_eq!((arguments.dump_zone, arguments.zone.1.as_str()), (TimeZone::UTC, "Asia/Shanghai"));
        let line = "dump.sql --dry-run --database chat --accept end,config:ai4_ratio --accept=missing:order";
        let Ok(Command::Import(arguments)) = parsed(line) else { panic!("{line}") };
        assert_eq!(arguments.database.as_deref(), Some("chat"));
        assert_eq!(arguments.accepted.into_iter().collect::<Vec<_>>(), ["config:ai4_ratio", "end", "missing:order"]);
        assert!(matches!(parsed("dump.sql --help"), Ok(Command::Help)));
        assert!(matches!(parsed("dump.sql --dry-run"), Ok(Command::Import(_))));
    }

    #[test]
    fn wrong_commands_get_a_sentence() {
        for (line, sentence) in [
            ("--table main", "which dump? --help tells how"),
            ("a.sql", "--table is missing"),
            ("a.sql b.sql", "one dump at a time"),
            ("a.sql --table main", "--secret-id or --secret-file is missing: codes and keys are sealed with it"),
            ("a.sql --table main --secret-id x --secret-file y", "--secret-id and --secret-file exclude each other"),
            ("a.sql --table --dry-run", "--table needs a value"),
            ("a.sql --dry-run --accept everything", "--accept: \"everything\" is no word that the importer asks for"),
            ("a.sql --tabel main", "\"--tabel\" is no option; --help lists them"),
            ("a.sql --dry-run --time-zone +8", "--time-zone: \"+8\" is no time zone"),
            ("a.sql --dry-run --time-zone Shanghai", "--time-zone: \"Shanghai\" is no time zone"),
            ("a.sql --dry-run --business-zone +08:00", "--business-zone: \"+08:00\" is no time zone"),
        ] {
            assert_eq!(parsed(line).unwrap_err(), sentence, "{line}");
        }
    }
}

//! The command line.

use std::path::PathBuf;

/// What `--help` prints.
pub const HELP: &str = "\
Runs the whole product on this machine: functions, database, mail and upstream.

Usage: cargo run -p local -- [OPTIONS]

  --port N        port on 127.0.0.1; 0 takes a free one [3200]
  --data DIR      where data is kept [.local/]
  --ephemeral     keep data in memory only
  --admin E-MAIL  the account that becomes administrator [admin@example.com]
  --help          this text
";

/// What the command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Run a stack.
    Run(Arguments),
    /// Print the help.
    Help,
}

/// The options of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arguments {
    /// The port.
    pub port: u16,
    /// Where data is kept; `None` keeps it in memory.
    pub data: Option<PathBuf>,
    /// The account that becomes administrator.
    pub admin: String,
}

/// Reads the arguments after the program's name. Both `--port 1` and `--port=1` are understood.
///
/// # Errors
/// A sentence about the first argument that is wrong.
pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Command, String> {
    let (mut port, mut data, mut is_ephemeral, mut admin) = (3200, None, false, "admin@example.com".to_owned());
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let (flag, joined) = match argument.split_once('=') {
            Some((flag, value)) => (flag.to_owned(), Some(value.to_owned())),
            None => (argument, None),
        };
        let mut value = |what: &str| {
            let value = joined.clone().or_else(|| arguments.next()).filter(|value| !value.is_empty());
            value.ok_or_else(|| format!("{flag} needs {what}"))
        };
        match flag.as_str() {
            "--port" => {
                let text = value("a port number")?;
                port = text.parse().map_err(|_| format!("--port needs a number from 0 to 65535, not {text:?}"))?;
            }
            "--data" => data = Some(PathBuf::from(value("a directory")?)),
            "--admin" => {
                admin = value("an e-mail address")?;
                if !is_address(&admin) {
                    return Err(format!("--admin needs an e-mail address, not {admin:?}"));
                }
            }
            "--ephemeral" if joined.is_none() => is_ephemeral = true,
            "--help" | "-h" if joined.is_none() => return Ok(Command::Help),
            _ => return Err(format!("{flag:?} is no option; --help lists them")),
        }
    }
    if is_ephemeral && data.is_some() {
        return Err("--ephemeral and --data exclude each other".to_owned());
    }
    let data = if is_ephemeral { None } else { Some(data.unwrap_or_else(|| PathBuf::from(".local"))) };
    Ok(Command::Run(Arguments { port, data, admin }))
}

fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
        && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Command, String> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_have_defaults() {
        let defaults =
            Arguments { port: 3200, data: Some(PathBuf::from(".local")), admin: "admin@example.com".to_owned() };
        assert_eq!(read(""), Ok(Command::Run(defaults)));
        let given = Arguments { port: 0, data: None, admin: "a@b".to_owned() };
        assert_eq!(read("--port=0 --ephemeral --admin a@b"), Ok(Command::Run(given)));
        assert_eq!(read("--port 1 --help --nonsense"), Ok(Command::Help));
    }

    #[test]
    fn a_wrong_option_is_one_sentence() {
        let cases = [
            ("--prot 1", "\"--prot\" is no option; --help lists them"),
            ("--port", "--port needs a port number"),
            ("--port 70000", "--port needs a number from 0 to 65535, not \"70000\""),
            ("--admin nobody", "--admin needs an e-mail address, not \"nobody\""),
            ("--data=", "--data needs a directory"),
            ("--ephemeral=yes", "\"--ephemeral\" is no option; --help lists them"),
            ("--ephemeral --data x", "--ephemeral and --data exclude each other"),
        ];
        for (line, sentence) in cases {
            assert_eq!(read(line), Err(sentence.to_owned()), "{line}");
        }
    }
}

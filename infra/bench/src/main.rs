//! `bench [sizes|cold-start] [--rounds N] [--stack PROGRAM] [--packages FOLDER]`: see the crate's documentation.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use bench::{cold_start, packages, sizes};

const USAGE: &str = "usage: bench [sizes|cold-start] [--rounds N] [--stack PROGRAM] [--packages FOLDER]";
const ROUNDS_DEFAULT: usize = 20;

#[derive(Debug)]
struct Options {
    sizes: bool,
    cold_start: bool,
    rounds: usize,
    stack: Option<PathBuf>,
    /// What `sam build` has made: nothing else is looked at then.
    packages: Option<PathBuf>,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Option<Self> {
        let mut options = Self { sizes: true, cold_start: true, rounds: ROUNDS_DEFAULT, stack: None, packages: None };
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "sizes" => options.cold_start = false,
                "cold-start" => options.sizes = false,
                "--rounds" => options.rounds = arguments.next()?.parse().ok().filter(|rounds| *rounds > 0)?,
                "--packages" => options.packages = Some(arguments.next()?.into()),
                "--stack" => options.stack = Some(arguments.next()?.into()),
                _ => return None,
            }
        }
        Some(options)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Some(options) = Options::parse(std::env::args().skip(1)) else {
        let _ = writeln!(io::stderr(), "{USAGE}");
        return ExitCode::from(2);
    };
    match run(options).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(io::stderr(), "bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints what is asked for; false when a binary is too large, or a package does not answer as it should.
async fn run(options: Options) -> io::Result<bool> {
    let mut output = io::stdout();
    let program = std::env::current_exe()?;
    let folder = program.parent().ok_or_else(|| io::Error::other("this program lies in no folder"))?;
    let mut fit = true;
    let stack = options.stack.unwrap_or_else(|| folder.join("../debug/local"));
    if let Some(built) = options.packages {
        let all = packages::try_all(&built, &stack).await?;
        writeln!(output, "{}", packages::table(&all))?;
        return Ok(all.iter().all(packages::Answers::are_well));
    }
    if options.sizes {
        let all = sizes::FUNCTIONS.iter().map(|name| sizes::Size::of(folder, name)).collect::<io::Result<Vec<_>>>()?;
        fit = all.iter().all(sizes::Size::fits);
        writeln!(output, "{}", sizes::table(&all))?;
    }
    if options.cold_start {
        writeln!(output, "{}", cold_start::table(&cold_start::measure(folder, &stack, options.rounds).await?))?;
    }
    Ok(fit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Option<Options> {
        Options::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_are_read_and_nonsense_is_refused() {
        assert!(parse("").is_some_and(|options| options.sizes && options.cold_start && options.rounds == 20));
        assert!(parse("sizes").is_some_and(|options| options.sizes && !options.cold_start));
        assert!(parse("cold-start --rounds 3 --stack x").is_some_and(|options| !options.sizes && options.rounds == 3));
        assert!(parse("--packages x").is_some_and(|options| options.packages.is_some()));
        for nonsense in ["--packages", "--rounds", "--rounds 0", "--rounds x", "all"] {
            assert!(parse(nonsense).is_none(), "{nonsense}");
        }
    }
}

//! `cargo run -p import -- DUMP.sql --table NAME`: takes over a site of the classic schema.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for a person at a terminal")]

use std::io;
use std::process::ExitCode;

use domain::Clock;
use import::args::{self, Arguments, Command, Secret};
use import::{Failure, Options, Progress, Summary};
use outbound::Loopback;
use platform::{Environment, Keys, Outside, http_client};

/// Something could not be done, or does not add up.
const FAILURE: u8 = 1;
/// The command line is wrong.
const MISUSE: u8 = 2;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = match args::parse(std::env::args().skip(1)) {
        Ok(Command::Import(arguments)) => arguments,
        Ok(Command::Help) => {
            print!("{}", args::HELP);
            return ExitCode::SUCCESS;
        }
        Err(sentence) => {
            eprintln!("{sentence}");
            return ExitCode::from(MISUSE);
        }
    };
    match import(*arguments).await {
        Ok(summary) => {
            print!("{}", summary.text());
            if summary.is_clean() { ExitCode::SUCCESS } else { ExitCode::from(FAILURE) }
        }
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(FAILURE)
        }
    }
}

async fn import(arguments: Arguments) -> Result<Summary, Failure> {
    let environment = environment(&arguments);
    let loopback = match environment.find("UPSTREAM_LOOPBACK") {
        Some("allow") => Loopback::Allow,
        _ => Loopback::Refuse,
    };
    let outside = Outside { environment, clock: Clock::system(), aws_http: http_client()? };
    let keys = match &arguments.secret {
        Some(Secret::Id(_)) => Keys::fetch(&outside).await?,
        Some(Secret::File(path)) => {
            let secret = std::fs::read_to_string(path);
            let secret = secret.map_err(|source| Failure::File { path: path.clone(), source })?;
            Keys::of(secret.trim_end_matches(['\r', '\n']))
        }
        // Nothing is kept of what a dry run seals.
        None => Keys::of("a dry run"),
    };
    let table = if arguments.is_dry { None } else { Some(platform::table(&outside).map_err(Failure::missing)?) };
    let mut progress = Progress::to(Box::new(io::stderr()), outside.clock.clone());
    let Arguments { dump, zone: (zone, zone_name), dump_zone, database, accepted, report, spool, is_dry, .. } =
        arguments;
    let report = Some(report);
    let options = Options { dump, dump_zone, zone, zone_name, database, accepted, report, spool, loopback, is_dry };
    import::run(&options, &outside, &keys, table.as_ref(), &mut progress).await
}

/// The process's environment with what the command line says. A server on this machine wants no credentials.
fn environment(arguments: &Arguments) -> Environment {
    let process = Environment::of_process();
    let mut variables = vec![("TABLE_NAME".to_owned(), arguments.table.clone())];
    if let Some(Secret::Id(id)) = &arguments.secret {
        variables.push(("SECRET_ID".to_owned(), id.clone()));
    }
    if let Some(endpoint) = &arguments.endpoint {
        for service in ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_SECRETS_MANAGER"] {
            variables.push((service.to_owned(), endpoint.clone()));
        }
    }
    let is_here = arguments.endpoint.as_deref().is_some_and(|url| url.starts_with("http://127.0.0.1"));
    for (name, here) in [
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_SESSION_TOKEN", ""),
        ("AWS_REGION", "us-east-1"),
        ("UPSTREAM_LOOPBACK", ""),
    ] {
        let value = process.find(name).map(str::to_owned).or_else(|| is_here.then(|| here.to_owned()));
        variables.extend(value.map(|value| (name.to_owned(), value)));
    }
    variables.into_iter().collect()
}

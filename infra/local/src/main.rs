//! `cargo run -p local`: the local stack until Ctrl-C.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for a person at a terminal")]

use std::io::{self, Write as _};
use std::process::ExitCode;

use domain::Clock;
use local::args::{self, Arguments, Command};
use local::{Options, Stack, StackError};
use platform::Environment;
use tracing::level_filters::LevelFilter;

/// Something could not be done.
const FAILURE: u8 = 1;
/// The command line is wrong.
const MISUSE: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match args::parse(std::env::args().skip(1)) {
        Ok(Command::Run(arguments)) => arguments,
        Ok(Command::Help) => {
            print!("{}", args::HELP);
            return ExitCode::SUCCESS;
        }
        Err(sentence) => {
            eprintln!("{sentence}");
            return ExitCode::from(MISUSE);
        }
    };
    let level = Environment::of_process().parsed("RUST_LOG").unwrap_or(LevelFilter::WARN);
    // At `trace` the libraries would print whole requests.
    let level = level.min(LevelFilter::DEBUG);
    tracing_subscriber::fmt().with_max_level(level).with_writer(io::stderr).compact().init();
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(FAILURE)
        }
    }
}

async fn run(Arguments { port, data, admin }: Arguments) -> Result<(), StackError> {
    let stop = stop_signal().map_err(StackError::Listen)?;
    let options =
        Options { port, data, admin, time_zone: None, clock: Clock::system(), background: true, access_log: true };
    let stack = Stack::start(options).await?;
    let mut stdout = io::stdout();
    // A closed standard output is no reason to stop serving.
    let _ = writeln!(stdout, "ready {}", stack.url()).and_then(|()| stdout.flush());
    stop.await;
    stack.stop().await;
    Ok(())
}

/// Resolves at Ctrl-C or a polite kill. Listens from the moment of the call, so that a signal during the start counts.
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    #[cfg(unix)]
    let mut interrupted = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?;
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    })
}

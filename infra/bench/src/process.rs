//! One cold start: a process from spawn to its first answer, and what it used.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::emulator::Emulator;

/// Lambda itself gives an init ten seconds; a function that needs more is broken, not slow.
const COLD_START_SECONDS_MAX: u64 = 20;

/// A function to start.
#[derive(Debug, Clone)]
pub struct Function {
    /// The name in the table of figures.
    pub name: String,
    /// The program.
    pub binary: PathBuf,
    /// Its whole environment but for what the Runtime API adds.
    pub environment: Vec<(String, String)>,
}

/// What one cold start took.
#[derive(Debug, Clone, Copy)]
pub struct ColdStart {
    /// From spawn until the function asked for its first event.
    pub init: Duration,
    /// From spawn until the first byte of the answer's body.
    pub first: Duration,
    /// From spawn until the answer was complete.
    pub complete: Duration,
    /// Processor time of all its threads until then.
    pub cpu: Duration,
    /// The most memory that it held until then, in kB.
    pub peak_kb: u64,
    /// The HTTP status that it answered.
    pub status: u16,
}

/// Starts `function`, hands it `event` and ends it after its answer.
///
/// # Errors
/// When it does not start, fails, or does not answer in time.
pub async fn cold_start(function: &Function, event: Bytes) -> io::Result<ColdStart> {
    let mut emulator = Emulator::bind().await?;
    let mut command = command(function, &emulator.address()?);
    let spawned = Instant::now();
    let process = Running(command.spawn()?);
    let invocation =
        tokio::time::timeout(Duration::from_secs(COLD_START_SECONDS_MAX), emulator.invoke(event)).await??;
    let folder = PathBuf::from(format!("/proc/{}", process.0.id()));
    Ok(ColdStart {
        init: invocation.ready - spawned,
        first: invocation.first - spawned,
        complete: invocation.complete - spawned,
        cpu: cpu(&folder)?,
        peak_kb: peak_kb(&std::fs::read_to_string(folder.join("status"))?)?,
        status: invocation.answer.status,
    })
}

fn command(function: &Function, runtime_api: &str) -> Command {
    let mut command = Command::new(&function.binary);
    command.env_clear().envs(function.environment.iter().map(|(name, value)| (name, value)));
    command.env("AWS_LAMBDA_RUNTIME_API", runtime_api);
    command.env("AWS_LAMBDA_FUNCTION_NAME", &function.name);
    command.env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST");
    command.env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256");
    command.env("AWS_LAMBDA_LOG_GROUP_NAME", "bench").env("AWS_LAMBDA_LOG_STREAM_NAME", "bench");
    command.env("AWS_LAMBDA_LOG_FORMAT", "JSON");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// A process that ends with this value, whatever happens.
#[derive(Debug)]
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing else to do about a failure here.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Processor time of all threads, to the nanosecond (`stat` counts in hundredths of a second).
fn cpu(folder: &Path) -> io::Result<Duration> {
    let mut total = Duration::ZERO;
    for task in std::fs::read_dir(folder.join("task"))? {
        total += on_cpu(&std::fs::read_to_string(task?.path().join("schedstat"))?)?;
    }
    Ok(total)
}

/// The first number of a `schedstat`: nanoseconds on a processor.
fn on_cpu(schedstat: &str) -> io::Result<Duration> {
    let nanoseconds = schedstat.split_whitespace().next().and_then(|number| number.parse().ok());
    nanoseconds.map(Duration::from_nanos).ok_or_else(|| io::Error::other("schedstat has another form"))
}

/// The line `VmHWM` of a `status`.
fn peak_kb(status: &str) -> io::Result<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse().ok());
    number.ok_or_else(|| io::Error::other("status has no VmHWM"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_figures_are_read() {
        assert_eq!(peak_kb("Name:\tauth\nVmPeak:\t   99 kB\nVmHWM:\t    5344 kB\n").unwrap(), 5344);
        assert!(peak_kb("VmPeak:\t 99 kB\n").is_err());
        assert_eq!(on_cpu("12345678 910 11\n").unwrap(), Duration::from_nanos(12_345_678));
        assert!(on_cpu("").is_err());
    }

    #[tokio::test]
    async fn a_program_that_does_not_exist_is_an_error() {
        let function =
            Function { name: "none".to_owned(), binary: PathBuf::from("/no/such/program"), environment: Vec::new() };
        assert!(cold_start(&function, Bytes::new()).await.is_err());
    }
}

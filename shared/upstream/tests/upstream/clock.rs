//! Time that passes only when a server waits, so that no verdict depends on how fast the machine is.
//!
//! The client's runtime is paused. A server that is told to wait asks for each bit of time to pass, and goes on once the
//! client has done all that there was to do at that moment. Nothing else moves the clock: connecting, sending and reading
//! take no time, however long they take.

use std::collections::VecDeque;
use std::future::Future;
use std::net::TcpStream;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// The bits in which time passes.
const STEP_MILLIS: u64 = 5;
/// How often the client's tasks are run between two bits: more often than any of them has something to do.
const SETTLES: usize = 200;

thread_local! {
    /// The clock of the test that runs on this thread.
    static CLOCK: Clock = Clock::default();
}

/// The clock of one test.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock(Arc<(Mutex<Asked>, Condvar)>);

/// What servers ask for: bits of time, and whom to tell when they have passed.
#[derive(Debug, Default)]
struct Asked {
    bits: VecDeque<(Duration, Sender<()>)>,
    is_over: bool,
}

impl Clock {
    /// That of the test on this thread.
    pub(crate) fn here() -> Self {
        CLOCK.with(Clone::clone)
    }

    /// Lets so much time pass, unless the client hangs up before. False when nobody is there any more.
    pub(crate) fn pass(&self, stream: &TcpStream, millis: u64) -> bool {
        let mut left = millis;
        while left > 0 {
            let bit = left.min(STEP_MILLIS);
            let (passed, wait) = channel();
            self.asked().bits.push_back((Duration::from_millis(bit), passed));
            self.0.1.notify_all();
            if wait.recv().is_err() || has_hung_up(stream) {
                return false;
            }
            left -= bit;
        }
        true
    }

    fn asked(&self) -> std::sync::MutexGuard<'_, Asked> {
        self.0.0.lock().unwrap()
    }

    /// The next bit of time; none when the test's future is done. It blocks, and while it does, the clock stands still.
    fn next(&self) -> Option<(Duration, Sender<()>)> {
        let asked = self.0.1.wait_while(self.asked(), |asked| asked.bits.is_empty() && !asked.is_over);
        asked.unwrap().bits.pop_front()
    }

    /// Moves the time of this runtime as servers ask for it.
    async fn keep(&self) {
        loop {
            let clock = self.clone();
            let next = tokio::task::spawn_blocking(move || clock.next()).await.unwrap();
            let Some((bit, passed)) = next else { std::future::pending().await };
            settle().await;
            tokio::time::advance(bit).await;
            settle().await;
            // A server whose client is gone does not wait for this.
            let _ = passed.send(());
        }
    }
}

/// Ends the keeping of time, also when a test fails.
struct Keeping(Clock);

impl Drop for Keeping {
    fn drop(&mut self) {
        let mut asked = self.0.asked();
        (asked.is_over, asked.bits) = (true, VecDeque::new());
        drop(asked);
        self.0.0.1.notify_all();
    }
}

/// Lets everything happen that can happen now.
pub(crate) async fn settle() {
    for _ in 0..SETTLES {
        tokio::task::yield_now().await;
    }
}

fn has_hung_up(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let peeked = stream.peek(&mut [0]);
    stream.set_nonblocking(false).unwrap();
    match peeked {
        Ok(count) => count == 0,
        Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
    }
}

/// Runs one test's future on a runtime like the one of a function, but for the time.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    let clock = Clock::here();
    *clock.asked() = Asked::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let _keeping = Keeping(clock.clone());
        tokio::select! {
            biased;
            result = future => result,
            () = clock.keep() => unreachable!("time is kept for ever"),
        }
    })
}

//! The tasks of a stack, so that stopping it leaves none behind.

use std::future::Future;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Tasks that end when the stack does. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tasks {
    tracker: TaskTracker,
    /// Asks for a clean end.
    closing: CancellationToken,
    /// Ends what has not ended by itself.
    killed: CancellationToken,
}

impl Tasks {
    /// Runs `work`; its result is `None` when the stack stopped first.
    pub(crate) fn spawn<F>(&self, work: F) -> JoinHandle<Option<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let killed = self.killed.clone();
        self.tracker.spawn(async move { killed.run_until_cancelled_owned(work).await })
    }

    /// Resolves when the stack begins to stop.
    pub(crate) async fn closing(&self) {
        self.closing.cancelled().await;
    }

    /// Lets the tasks end by themselves for `grace`, then drops them.
    pub(crate) async fn stop(&self, grace: Duration) {
        self.closing.cancel();
        self.tracker.close();
        if tokio::time::timeout(grace, self.tracker.wait()).await.is_err() {
            self.killed.cancel();
            // What still runs now is blocked outside of any await point; waiting for it would be waiting for ever.
            let _ = tokio::time::timeout(grace, self.tracker.wait()).await;
        }
    }
}

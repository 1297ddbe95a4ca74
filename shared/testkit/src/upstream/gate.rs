//! A gate that a test opens: whoever is to wait for something waits for just that, and not for some time.

use std::sync::Arc;

use tokio::sync::Semaphore;

/// What a request says that is to wait.
const WORD: &[u8] = b"[[gate]]";
/// More requests than one upstream ever sees.
const OPEN: usize = 1 << 20;

/// The gate, shut at first. Clones are the same one.
#[derive(Clone, Debug)]
pub(super) struct Gate(Arc<Semaphore>);

impl Default for Gate {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }
}

impl Gate {
    /// Waits for it to be open, when the body says so.
    pub(super) async fn pass(&self, body: &[u8]) {
        if body.windows(WORD.len()).any(|some| some == WORD) {
            // It is never closed for good, so there is no error.
            let _ = self.0.acquire().await;
        }
    }

    /// Opens it for good.
    pub(super) fn open(&self) {
        self.0.add_permits(OPEN);
    }
}

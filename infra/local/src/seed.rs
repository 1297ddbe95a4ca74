//! What a new stack holds before anybody uses it.

use crate::{Stack, StackError};

/// Puts in what a person would otherwise have to set up first. Runs at every start, so it changes nothing that is
/// there already.
///
/// # Errors
/// When the table cannot be written.
#[expect(clippy::unused_async, reason = "writing to the table is")]
pub(crate) async fn seed(_stack: &Stack) -> Result<(), StackError> {
    Ok(())
}

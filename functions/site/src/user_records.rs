//! `GET /api/user/records`: the caller's invitations, shares and withdrawals, by `type`; nobody has any yet.

use domain::Result;
use web::{Call, Reply};

pub(crate) async fn handle(call: &Call) -> Result<Reply> {
    call.user().await?;
    Reply::list(0, &[])
}

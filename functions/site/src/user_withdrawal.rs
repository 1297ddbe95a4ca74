//! `POST /api/user/withdrawal`: pays out a share in what others bought, which nobody has yet.

use domain::{Error, Result};
use web::{Call, Reply};

pub(crate) async fn handle(call: &Call) -> Result<Reply> {
    call.user().await?;
    Err(Error::refused("本站尚未开通提现"))
}

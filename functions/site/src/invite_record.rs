//! `GET /api/admin/invite_record` and `GET /api/admin/cashback` and `GET /api/admin/withdrawal_record` and `GET /api/admin/amount_details` and `GET /api/admin/dialog` and `GET /api/admin/persona` and `GET /api/admin/plugins` and `GET /api/admin/draw_record`: lists of what this site has none of yet, so that the pages that show them open.

use domain::Result;
use web::{Call, Reply};

pub(crate) async fn handle(call: &Call) -> Result<Reply> {
    call.administrator().await?;
    Reply::list(0, &[])
}

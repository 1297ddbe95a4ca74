//! `POST /api/admin/notification`: a new notice.

use domain::limits::NOTICES_MAX;
use domain::{Error, NoticeId, Result};
use table::notice::{self, Notice, Wanted};
use web::{Call, Reply};

use crate::{App, form, view};

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let (administrator, there) = call.administrator_and(notice::all(&app.base.table)).await?;
    let notice = notice(form::parse(&call.fields()?)?, call.began())?;
    // Two at once can make one more: the limit is about the size of an answer, not about a number.
    if there.len() >= NOTICES_MAX {
        return Err(Error::refused("通知数量已达上限50个，请先删除不用的通知"));
    }
    notice::create(&app.base.table, &notice, &call.audit(&administrator)?).await?;
    app.shown.forget();
    Reply::data(&view::notice(&notice, &app.base.zone))
}

fn notice(wanted: Wanted, now: i64) -> Result<Notice> {
    Ok(Notice {
        id: NoticeId::draw(now)?,
        title: wanted.title.ok_or(Error::missing())?,
        content: wanted.content.ok_or(Error::missing())?,
        sort: wanted.sort.unwrap_or(0),
        enabled: wanted.enabled.unwrap_or(true),
        created: now,
        updated: now,
    })
}

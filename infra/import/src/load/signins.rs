//! Sign-ins: one for each user and business day.

use domain::SigninId;
use serde_json::json;
use table::signin::Signin;

use super::{Load, place, user_of};
use crate::Failure;
use crate::progress::Progress;
use crate::spool::{number, text};

impl Load<'_> {
    /// All of them, in the order of users and days.
    pub(super) async fn signins(&mut self, progress: &mut Progress) -> Result<(), Failure> {
        let spool = self.spool;
        let mut statement = spool.db.prepare("SELECT * FROM signin ORDER BY user_id, create_time, id")?;
        let mut found = statement.query([])?;
        let mut last = None;
        while let Some(row) = found.next()? {
            let place = place("signin", row)?;
            let (Some(id), Some(user), Some(created)) =
                (SigninId::from_i64(place.id), user_of(row)?, number(row, "create_time")?)
            else {
                continue;
            };
            let day = self.options.zone.day(created);
            if last == Some((user, day)) {
                self.leave_out(place, "day_twice", &json!({"user": user, "day": day}))?;
                continue;
            }
            last = Some((user, day));
            let ip = text(row, "ip")?.chars().take(64).collect();
            let put = self.rows.signin(&Signin { id, user, day, ip, created })?;
            self.put_row(place, put).await?;
            progress.tick("writing", self.report.done());
        }
        Ok(())
    }
}

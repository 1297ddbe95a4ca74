//! From the spool into the table: in one order that is always the same, so that a load that was cut short knows what is
//! there.

mod amount;
mod codes;
mod kept;
mod messages;
mod opened;
mod orders;
mod people;
mod shop;
mod signins;

use domain::{BusinessDay, UserId};
use platform::{RedemptionKey, Sealer};
use rusqlite::Row;
use serde_json::Value;
use table::Table;
use table::import::{Counts, Put, Rows, Writer};

use crate::losses::Losses;
use crate::progress::Progress;
use crate::report::{Fate, Place, Report};
use crate::spool::{Spool, number};
use crate::{Failure, Options};

/// Everything that a load uses.
pub(crate) struct Load<'a> {
    options: &'a Options,
    spool: &'a Spool,
    report: &'a mut Report,
    rows: Rows,
    writer: Writer,
    /// What is judged and not yet written: settings, products, channels and keys, of which there are few.
    judged: Vec<Put>,
    sealer: Sealer,
    redemption: RedemptionKey,
    /// When it first began, in milliseconds since the Unix epoch.
    began: i64,
    /// The business day of that.
    today: BusinessDay,
    /// Rows that open a ledger, so far.
    openings: u64,
}

impl<'a> Load<'a> {
    pub(crate) fn new(
        options: &'a Options,
        spool: &'a Spool,
        report: &'a mut Report,
        began: i64,
        (sealer, redemption): (Sealer, RedemptionKey),
    ) -> Self {
        let (rows, writer, judged, today) = (Rows::default(), Writer::to(None, 0), Vec::new(), options.zone.day(began));
        Self { options, spool, report, rows, writer, judged, sealer, redemption, began, today, openings: 0 }
    }

    /// From now on items go into this table, which has the first `written` ones.
    pub(crate) fn write_to(&mut self, table: &Table, written: u64) {
        self.writer = Writer::to(Some(table.clone()), written);
    }

    /// What would be lost, as far as it is asked about.
    pub(crate) fn losses(&mut self) -> &mut Losses {
        self.report.losses()
    }

    /// Items so far.
    pub(crate) const fn items(&self) -> u64 {
        self.writer.seen()
    }

    /// What is to be counted at the end.
    pub(crate) fn into_counts(self) -> Counts {
        self.rows.counts().clone()
    }

    /// Decides what is taken over of all that is asked about when it is not, before anything is written.
    pub(crate) fn judge(&mut self) -> Result<(), Failure> {
        self.settings()?;
        self.upstream_keys()?;
        self.products()?;
        self.channels()?;
        self.look_at_people()?;
        // A ledger names the codes and orders that its rows tell of.
        self.sort_codes()?;
        self.sort_orders()
    }

    /// Writes all of it, once it is judged.
    pub(crate) async fn everything(&mut self, progress: &mut Progress) -> Result<(), Failure> {
        progress.begin(self.rows_to_write()?, 0);
        for put in std::mem::take(&mut self.judged) {
            self.put(put).await?;
        }
        self.notices().await?;
        self.warn_of_ids_ahead()?;
        self.people(progress).await?;
        self.signins(progress).await?;
        self.orders(progress).await?;
        self.messages(progress).await?;
        self.codes(progress).await?;
        for branch in self.rows.counts().branches()? {
            self.put(branch).await?;
        }
        self.writer.end().await?;
        Ok(())
    }

    /// Ids that will be newer than those of rows to come: lists are in the order of ids.
    fn warn_of_ids_ahead(&mut self) -> Result<(), Failure> {
        let now = domain::MessageId::at(self.began).as_i64();
        for table in ["user", "turnover", "carmi", "order", "signin", "message"] {
            let sql = format!("SELECT count(*) FROM \"{table}\" WHERE id > ?");
            let ahead: i64 = self.spool.db.query_row(&sql, [now], |row| row.get(0))?;
            if ahead > 0 {
                let place = Place { table, line: 0, id: 0 };
                let detail = serde_json::json!({"rows": ahead, "because": "lists will show these before newer rows"});
                self.report.say(place, Fate::Kept, "ids_ahead", &detail)?;
            }
        }
        Ok(())
    }

    fn rows_to_write(&self) -> Result<u64, Failure> {
        let count = |table| -> Result<u64, Failure> {
            Ok(self.spool.db.query_row(&format!("SELECT count(*) FROM \"{table}\""), [], |row| row.get(0))?)
        };
        crate::classic::TABLES.iter().map(|table| count(table.name)).sum()
    }

    async fn put(&mut self, put: Put) -> Result<(), Failure> {
        Ok(self.writer.put(put).await?)
    }

    /// A row of the dump as its item.
    async fn put_row(&mut self, place: Place<'_>, put: Put) -> Result<(), Failure> {
        self.report.written(place.table);
        self.put(put).await
    }

    /// A row of the dump as its item, which is written when all are judged.
    fn judge_row(&mut self, place: Place<'_>, put: Put) {
        self.report.written(place.table);
        self.judged.push(put);
    }

    fn leave_out(&mut self, place: Place<'_>, kind: &'static str, detail: &Value) -> Result<(), Failure> {
        self.leave_out_called(place, "", kind, detail)
    }

    /// The same, of a row that people know by a name.
    fn leave_out_called(
        &mut self,
        place: Place<'_>,
        called: &str,
        kind: &'static str,
        detail: &Value,
    ) -> Result<(), Failure> {
        Ok(self.report.leave_out(place, kind, detail, called)?)
    }

    fn remark(&mut self, place: Place<'_>, kind: &'static str, detail: &Value) -> Result<(), Failure> {
        Ok(self.report.say(place, Fate::Kept, kind, detail)?)
    }
}

/// Where a row of the spool comes from.
fn place<'a>(table: &'a str, row: &Row<'_>) -> Result<Place<'a>, Failure> {
    let line = number(row, "line")?.and_then(|line| u64::try_from(line).ok()).unwrap_or(0);
    Ok(Place { table, line, id: number(row, "id")?.unwrap_or(0) })
}

/// The user that a row names.
fn user_of(row: &Row<'_>) -> Result<Option<UserId>, Failure> {
    Ok(number(row, "user_id")?.and_then(UserId::from_i64))
}

/// Whether a status says yes; what is not said is one.
fn is_on(status: &str) -> bool {
    !["0", "\0", "false"].contains(&status.trim())
}

//! Redemption codes, in batches made up for them: of codes that follow one another, give the same and end on the same day.

use domain::{BatchId, Benefit, BusinessDay, CodeId, RedemptionCode, Remark, UserId};
use rusqlite::{Row, params};
use serde_json::json;
use table::redemption::{BATCH_CODES_MAX, Batch, Code, Status};

use super::amount::{benefit, day, whole};
use super::{Load, place, user_of};
use crate::Failure;
use crate::progress::Progress;
use crate::report::quoted;
use crate::spool::{number, text, times};

/// What administrators read of a batch.
const REMARK: &str = "由旧系统导入";

/// A code of the dump that can be taken over.
struct Old {
    id: CodeId,
    benefit: Benefit,
    end_day: Option<BusinessDay>,
    status: Status,
    user: Option<UserId>,
    times: (i64, i64),
}

impl Load<'_> {
    /// Decides which codes are taken over, and in which batches.
    pub(super) fn sort_codes(&mut self) -> Result<(), Failure> {
        let spool = self.spool;
        let by = self.maker()?;
        let mut statement = spool.db.prepare("SELECT * FROM carmi ORDER BY id")?;
        let mut found = statement.query([])?;
        let mut batch: Option<Batch> = None;
        while let Some(row) = found.next()? {
            let Some(code) = self.old_code(row)? else { continue };
            let joins = batch.as_ref().is_some_and(|batch| {
                (batch.benefit, batch.end_day) == (code.benefit, code.end_day)
                    && batch.count < u64::from(BATCH_CODES_MAX)
            });
            if !joins {
                self.keep_batch(batch.take())?;
            }
            let batch = batch.get_or_insert_with(|| new_batch(&code, by));
            batch.last = Some(code.id);
            batch.count += 1;
            batch.used += u64::from(code.status == Status::Used);
            batch.left += u64::from(code.status == Status::Unused);
            let benefit = json!(code.benefit).to_string();
            let (user, is_used) = (code.user.map(UserId::as_i64), code.status == Status::Used);
            let values = params![code.id.as_i64(), user, batch.id.as_i64(), benefit, code.times.1, is_used];
            spool.db.prepare_cached("INSERT INTO code VALUES (?, ?, ?, ?, ?, ?)")?.execute(values)?;
        }
        self.keep_batch(batch)
    }

    fn keep_batch(&self, batch: Option<Batch>) -> Result<(), Failure> {
        let Some(batch) = batch else { return Ok(()) };
        let mut insert = self.spool.db.prepare_cached("INSERT INTO batch VALUES (?, ?)")?;
        insert.execute(params![batch.id.as_i64(), json!(batch).to_string()])?;
        Ok(())
    }

    /// Who is said to have made the batches: the first administrator.
    fn maker(&self) -> Result<UserId, Failure> {
        let sql = "SELECT min(id) FROM user WHERE role = 'administrator'";
        let id: Option<i64> = self.spool.db.query_row(sql, [], |row| row.get(0))?;
        Ok(id.and_then(UserId::from_i64).unwrap_or_else(|| UserId::at(0)))
    }

    /// A code as the dump has it; none when it cannot be taken over.
    fn old_code(&mut self, row: &Row<'_>) -> Result<Option<Old>, Failure> {
        let place = place("carmi", row)?;
        let Some(id) = CodeId::from_i64(place.id) else { return Ok(None) };
        let Some(code) = RedemptionCode::parse(&text(row, "key")?) else {
            self.leave_out(place, "no_code", &json!("a code is 1 to 64 visible ASCII characters"))?;
            return Ok(None);
        };
        let (kind, value) = (text(row, "type")?, text(row, "value")?);
        let Some(benefit) = benefit(&kind, &value, &text(row, "level")?) else {
            let detail = json!({"type": quoted(&kind), "value": quoted(&value)});
            self.leave_out(place, "no_benefit", &detail)?;
            return Ok(None);
        };
        // The text itself is as good as money, and stays out of the report.
        if !self.spool.take(&format!("code {}", code.as_str()))? {
            self.leave_out(place, "code_twice", &json!("another code has the same text, letter case aside"))?;
            return Ok(None);
        }
        let end = text(row, "end_time")?;
        let end_day = day(&end);
        if end_day.is_none() && !end.trim().is_empty() && !end.starts_with("0000") {
            self.remark(place, "end_time", &quoted(&end))?;
        }
        let is_over = end_day.is_some_and(|last| last < self.today);
        let status = match whole(&text(row, "status")?).unwrap_or(0) {
            1 => Status::Used,
            0 if !is_over => Status::Unused,
            _ => Status::Void,
        };
        let user = user_of(row)?.filter(|_| status == Status::Used);
        Ok(Some(Old { id, benefit, end_day, status, user, times: times(row)? }))
    }

    /// The codes, and then their batches: from the moment that those are there, the janitor looks after them.
    pub(super) async fn codes(&mut self, progress: &mut Progress) -> Result<(), Failure> {
        let spool = self.spool;
        let sql = "SELECT carmi.*, code.batch, code.benefit, code.user_id AS redeemer, code.is_used, linked.ordinal \
                   FROM code JOIN carmi ON carmi.id = code.id \
                   LEFT JOIN linked ON linked.kind = 'code' AND linked.id = code.id ORDER BY code.id";
        let mut statement = spool.db.prepare(sql)?;
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            let place = place("carmi", row)?;
            let (Some(code), Some(key)) = (self.code(row)?, RedemptionCode::parse(&text(row, "key")?)) else {
                continue;
            };
            if code.status == Status::Used && code.ordinal.is_none() {
                let detail = json!({"user": code.user, "because": "no ledger row of the user tells of it"});
                self.remark(place, "used_without_row", &detail)?;
            }
            let put = self.rows.code(&self.redemption.hash(&key), &code)?;
            self.put_row(place, put).await?;
            progress.tick("writing", self.report.done());
        }
        let mut statement = spool.db.prepare("SELECT json FROM batch ORDER BY id")?;
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            let batch: Batch = serde_json::from_str(&text(row, "json")?).map_err(domain::Error::internal)?;
            let put = self.rows.batch(&batch, &self.options.zone)?;
            self.put(put).await?;
        }
        Ok(())
    }

    fn code(&self, row: &Row<'_>) -> Result<Option<Code>, Failure> {
        let id = number(row, "id")?.and_then(CodeId::from_i64);
        let batch = number(row, "batch")?.and_then(BatchId::from_i64);
        let benefit = serde_json::from_str(&text(row, "benefit")?).ok();
        let (Some(id), Some(batch), Some(benefit)) = (id, batch, benefit) else { return Ok(None) };
        let end_day = day(&text(row, "end_time")?);
        let is_over = end_day.is_some_and(|last| last < self.today);
        let is_used: bool = row.get("is_used")?;
        let status = match whole(&text(row, "status")?).unwrap_or(0) {
            _ if is_used => Status::Used,
            0 if !is_over => Status::Unused,
            _ => Status::Void,
        };
        let Some(key) = RedemptionCode::parse(&text(row, "key")?) else { return Ok(None) };
        let sealed = self.sealer.seal(&id.to_string(), key.as_str()).map_err(domain::Error::internal)?;
        let ip = Some(text(row, "ip")?).filter(|ip| !ip.is_empty() && is_used);
        let (created, updated) = times(row)?;
        let user = number(row, "redeemer")?.and_then(UserId::from_i64);
        let ordinal = row.get("ordinal")?;
        Ok(Some(Code {
            id,
            batch,
            sealed,
            benefit,
            end_day,
            status,
            created,
            updated,
            user,
            ip,
            ordinal,
            imported: true,
        }))
    }
}

fn new_batch(first: &Old, by: UserId) -> Batch {
    Batch {
        id: BatchId::from_i64(first.id.as_i64()).unwrap_or_else(|| BatchId::at(0)),
        remark: Remark::parse(REMARK).unwrap_or_default(),
        by,
        benefit: first.benefit,
        end_day: first.end_day,
        first: first.id,
        last: Some(first.id),
        count: 0,
        used: 0,
        left: 0,
        created: first.times.0,
        void: None,
    }
}

//! Users with their ledgers; and what is kept of those who own rows but are gone.

use domain::{Account, Avatar, BatchId, BusinessDay, CodeId, Credits, MessageId, Nickname, OrderId, Role, UserId};
use rusqlite::{Row, params};
use serde_json::json;
use table::account::fresh_user;
use table::import::Rows;
use table::ledger::Cause;
use table::user::User;

use super::amount::{day, is_no_day, whole};
use super::opened::{Gift, Old, Opened, open};
use super::{Load, is_on, place, user_of};
use crate::Failure;
use crate::progress::Progress;
use crate::report::{Place, quoted};
use crate::spool::{number, text, times};

/// Where users live whose account is no e-mail address or is another's: no mail ever comes there (RFC 2606).
const NOWHERE: &str = "imported.invalid";
/// Bytes of an account that its stand-in shows.
const SHOWN_BYTES_MAX: usize = 40;
/// A ledger row, as the spool has it.
const ROWS: &str = "SELECT line, id, value, \"describe\", create_time, update_time FROM turnover WHERE user_id = ? \
     ORDER BY coalesce(create_time, update_time, 0), id";
/// What codes and orders gave a person: kind, id, batch, benefit, when.
const CODES: &str = "SELECT id, batch, benefit, at FROM code WHERE user_id = ? AND is_used ORDER BY id";
const ORDERS: &str = "SELECT id, benefit, at FROM paid WHERE user_id = ? ORDER BY id";

/// Gifts, and before them of which kind and id each is.
type Gifts = (Vec<(&'static str, i64)>, Vec<Gift>);

impl Load<'_> {
    /// Asks about people whose credits or membership cannot be read: they would have none.
    pub(super) fn look_at_people(&mut self) -> Result<(), Failure> {
        let spool = self.spool;
        let mut statement = spool.db.prepare("SELECT * FROM user WHERE delete_time = 0 ORDER BY id")?;
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            let Place { line, id, .. } = place("user", row)?;
            let mut ask = |column: &str, written: &str| {
                let what = || format!("`user` {id}, line {line}: {column} {} cannot be read", quoted(written));
                self.report.losses().add("user", what);
            };
            let credits = text(row, "integral")?;
            if whole(&credits).is_none() {
                ask("integral", &credits);
            }
            for column in ["vip_expire_time", "svip_expire_time", "subscribe"] {
                let end = text(row, column)?;
                if day(&end).is_none() && !is_no_day(&end) {
                    ask(column, &end);
                }
            }
        }
        Ok(())
    }

    /// Everybody, in the order of their ids.
    pub(super) async fn people(&mut self, progress: &mut Progress) -> Result<(), Failure> {
        let spool = self.spool;
        let sql = "SELECT people.id AS person, user.* FROM people LEFT JOIN user ON user.id = people.id \
                   WHERE people.id > 0 ORDER BY people.id";
        let mut statement = spool.db.prepare(sql)?;
        let mut people = statement.query([])?;
        while let Some(row) = people.next()? {
            let Some(id) = number(row, "person")?.and_then(UserId::from_i64) else { continue };
            let is_known = number(row, "id")?.is_some();
            let is_gone = number(row, "delete_time")?.unwrap_or(1) == 1;
            let place = place("user", row)?;
            if is_known && !is_gone {
                let (user, credits) = self.user(id, row, place)?;
                self.person(user, credits, place, progress).await?;
            } else {
                let place = Place { id: id.as_i64(), ..place };
                if is_known {
                    self.report.written("user");
                    self.remark(place, "deleted", &json!("their rows are kept, and nothing personal"))?;
                } else {
                    self.remark(place, "unknown_user", &json!("rows name them, and the table of users does not"))?;
                }
                let Some(nobody) = Rows::nobody() else { continue };
                let times = times(row)?;
                let gone = User { gone: Some(self.began), ..self.fresh(id, &nobody, times) };
                self.person(User { enabled: false, ..gone }, 0, place, progress).await?;
            }
        }
        if let Some(administrators) = self.rows.administrators()? {
            self.put(administrators).await?;
        }
        Ok(())
    }

    /// A user as the dump has them, and their credits.
    fn user(&mut self, id: UserId, row: &Row<'_>, place: Place<'_>) -> Result<(User, Credits), Failure> {
        let account = self.account(id, &text(row, "account")?, place)?;
        let fresh = self.fresh(id, &account, times(row)?);
        let name = text(row, "nickname")?;
        let nickname = Nickname::parse(&name).map(|name| name.as_str().to_owned());
        if nickname.is_none() {
            self.remark(place, "nickname", &quoted(&name))?;
        }
        let picture = text(row, "avatar")?;
        let avatar = Avatar::parse(&picture).map(|avatar| avatar.as_str().to_owned());
        if avatar.is_none() {
            self.remark(place, "avatar", &quoted(&picture))?;
        }
        let role = match text(row, "role")?.trim() {
            "administrator" => Role::Administrator,
            "user" | "" => Role::User,
            other => {
                self.remark(place, "unknown_role", &quoted(other))?;
                Role::User
            }
        };
        let subscribe = self.membership(row, "subscribe", place)?;
        let vip_day = self.membership(row, "vip_expire_time", place)?.or(subscribe).unwrap_or(fresh.vip_day);
        let svip_day = self.membership(row, "svip_expire_time", place)?.unwrap_or(fresh.svip_day);
        let credits = self.credits(&text(row, "integral")?, place)?;
        let user = User {
            nickname: nickname.unwrap_or_else(|| fresh.nickname.clone()),
            avatar: avatar.unwrap_or_default(),
            role,
            enabled: is_on(&text(row, "status")?),
            vip_day,
            svip_day,
            ip: text(row, "ip")?.chars().take(64).collect(),
            ..fresh
        };
        Ok((user, credits))
    }

    /// The last day of a membership.
    fn membership(&mut self, row: &Row<'_>, column: &str, place: Place<'_>) -> Result<Option<BusinessDay>, Failure> {
        let written = text(row, column)?;
        let last = day(&written);
        if last.is_none() && !is_no_day(&written) {
            self.remark(place, "no_day", &json!({"column": column, "value": quoted(&written)}))?;
        }
        Ok(last)
    }

    fn credits(&mut self, text: &str, place: Place<'_>) -> Result<Credits, Failure> {
        match whole(text) {
            Some(credits) if credits >= 0 => Ok(credits),
            Some(debt) => {
                self.remark(place, "below_zero", &json!({"integral": debt, "taken_over_as": 0}))?;
                Ok(0)
            }
            None => {
                self.remark(place, "no_number", &json!({"integral": quoted(text), "taken_over_as": 0}))?;
                Ok(0)
            }
        }
    }

    /// Their account, if it is an e-mail address and nobody else's; else one that nobody can log in with.
    fn account(&mut self, id: UserId, text: &str, place: Place<'_>) -> Result<Account, Failure> {
        let stand_in = || {
            let is_plain = |c: &char| c.is_ascii_alphanumeric();
            let shown: String = text.chars().filter(is_plain).take(SHOWN_BYTES_MAX).collect();
            let shown = if shown.is_empty() { "user".to_owned() } else { shown };
            Account::parse(&format!("{shown}.{id}@{NOWHERE}"))
        };
        let parsed = Account::parse(text);
        let (kind, detail) = match &parsed {
            Some(account) if self.spool.take(&format!("account {account}"))? => return Ok(account.clone()),
            Some(account) => ("account_twice", json!({"account": quoted(text), "folded": account.as_str()})),
            None => ("account_no_address", json!({"account": quoted(text)})),
        };
        let account =
            stand_in().ok_or_else(|| Failure::Table(domain::Error::internal("no stand-in for an account")))?;
        let detail = json!({"was": detail, "taken_over_as": account.as_str()});
        self.remark(place, kind, &detail)?;
        Ok(account)
    }

    /// A user as everybody begins, but for when it was changed.
    fn fresh(&self, id: UserId, account: &Account, (created, updated): (i64, i64)) -> User {
        User { updated, ..fresh_user(id, account, self.today.yesterday(), created) }
    }

    /// One person: the rows first, then the item that says how many there are.
    async fn person(
        &mut self,
        user: User,
        credits: Credits,
        place: Place<'_>,
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        let (codes, gifts) = self.gifts(user.id)?;
        let opened = open(user.id, credits, self.old_rows(user.id)?, &gifts, (self.opening_id(), self.began));
        self.tell(&user, credits, &opened, place)?;
        for (gift, ordinal, row) in &opened.linked {
            let (kind, id) = codes.get(*gift).copied().unwrap_or_default();
            let linked = "INSERT INTO linked VALUES (?, ?, ?, ?)";
            self.spool.db.prepare_cached(linked)?.execute(params![kind, id, ordinal, row.as_i64()])?;
        }
        let rows = opened.rows.last().map_or(0, |row| row.ordinal);
        for row in &opened.rows {
            if row.cause == Cause::Opening {
                self.openings += 1;
            } else {
                self.report.written("turnover");
            }
            let put = self.rows.ledger_row(row)?;
            self.put(put).await?;
            progress.tick("writing", self.report.done());
        }
        let user = User { balance: credits, rows, messages: self.messages_of(user.id)?, ..user };
        let standing = params![user.id.as_i64(), rows, credits, user.vip_day.to_string(), user.svip_day.to_string()];
        self.spool.db.prepare_cached("INSERT INTO standing VALUES (?, ?, ?, ?, ?)")?.execute(standing)?;
        if user.gone.is_some() {
            let put = self.rows.remains(&user)?;
            return self.put(put).await;
        }
        let user = User { signin_day: self.last_signin(user.id)?, ..user };
        let [item, mark] = self.rows.user(&user)?;
        self.put_row(place, item).await?;
        self.put(mark).await
    }

    /// What does not add up of a person.
    fn tell(&mut self, user: &User, credits: Credits, opened: &Opened, place: Place<'_>) -> Result<(), Failure> {
        for (line, id, value) in &opened.unreadable {
            self.remark(Place { table: "turnover", line: *line, id: *id }, "no_amount", &quoted(value))?;
        }
        if opened.old_sum != credits {
            let difference = credits.saturating_sub(opened.old_sum);
            let place = Place { id: user.id.as_i64(), ..place };
            let detail = json!({"rows_add_up_to": opened.old_sum, "integral": credits, "opened_with": difference});
            self.remark(place, "opened", &detail)?;
        }
        Ok(())
    }

    /// The next id of a row that opens a ledger: those of all come one after the other.
    fn opening_id(&self) -> MessageId {
        MessageId::at(self.began).offset(u32::try_from(self.openings).unwrap_or(u32::MAX))
    }

    fn old_rows(&self, id: UserId) -> Result<Vec<Old>, Failure> {
        let mut statement = self.spool.db.prepare_cached(ROWS)?;
        let mut found = statement.query([id.as_i64()])?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let place = place("turnover", row)?;
            let Some(id) = MessageId::from_i64(place.id) else { continue };
            let (value, describe, (created, _)) = (text(row, "value")?, text(row, "describe")?, times(row)?);
            rows.push(Old { id, line: place.line, value, describe, created });
        }
        Ok(rows)
    }

    /// What codes and orders gave a person, and which those are.
    fn gifts(&self, user: UserId) -> Result<Gifts, Failure> {
        let (mut ids, mut gifts) = (Vec::new(), Vec::new());
        let mut statement = self.spool.db.prepare_cached(CODES)?;
        let mut found = statement.query([user.as_i64()])?;
        while let Some(row) = found.next()? {
            let id: i64 = row.get("id")?;
            let (code, batch) = (CodeId::from_i64(id), number(row, "batch")?.and_then(BatchId::from_i64));
            let benefit = serde_json::from_str(&text(row, "benefit")?);
            if let (Some(code), Some(batch), Ok(benefit)) = (code, batch, benefit) {
                ids.push(("code", id));
                gifts.push(Gift { benefit, at: row.get("at")?, cause: Cause::Code { code, batch }, word: "卡密" });
            }
        }
        let mut statement = self.spool.db.prepare_cached(ORDERS)?;
        let mut found = statement.query([user.as_i64()])?;
        while let Some(row) = found.next()? {
            let id: i64 = row.get("id")?;
            let benefit = serde_json::from_str(&text(row, "benefit")?);
            if let (Some(order), Ok(benefit)) = (OrderId::from_i64(id), benefit) {
                ids.push(("order", id));
                gifts.push(Gift { benefit, at: row.get("at")?, cause: Cause::Order { order }, word: "购买" });
            }
        }
        Ok((ids, gifts))
    }

    fn messages_of(&self, id: UserId) -> Result<u64, Failure> {
        let mut count = self.spool.db.prepare_cached("SELECT count(*) FROM message WHERE user_id = ?")?;
        Ok(count.query_row([id.as_i64()], |row| row.get(0))?)
    }

    fn last_signin(&self, id: UserId) -> Result<Option<BusinessDay>, Failure> {
        let mut last = self.spool.db.prepare_cached("SELECT max(create_time) FROM signin WHERE user_id = ?")?;
        let millis: Option<i64> = last.query_row([id.as_i64()], |row| row.get(0))?;
        Ok(millis.map(|millis| self.options.zone.day(millis)))
    }

    /// What the ledger of this user has come to; none for nobody's.
    pub(super) fn standing(&self, row: &Row<'_>) -> Result<Option<table::user::Standing>, Failure> {
        let Some(id) = user_of(row)? else { return Ok(None) };
        let mut statement = self.spool.db.prepare_cached("SELECT * FROM standing WHERE id = ?")?;
        let mut found = statement.query([id.as_i64()])?;
        let Some(row) = found.next()? else { return Ok(None) };
        let day =
            |name| -> Result<BusinessDay, Failure> { Ok(BusinessDay::parse(&text(row, name)?).unwrap_or(self.today)) };
        let (rows, total) = (row.get("rows")?, row.get("total")?);
        Ok(Some(table::user::Standing { rows, total, vip_day: day("vip")?, svip_day: day("svip")?, active: None }))
    }
}

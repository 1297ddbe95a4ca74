//! A user becomes what an administrator wants them to be.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{Credits, Error, MessageId, Result, Role, UserId};

use super::{ADJUSTED, By, Step, TRIES_MAX, Wanted, account_taken, administrates, done, last_administrator};
use crate::audit::Note;
use crate::failure::{Item, still_busy};
use crate::keys::Key;
use crate::ledger::Row;
use crate::list::Tally;
use crate::user::User;
use crate::values::{n, s};
use crate::write::Change;
use crate::{Table, account, administrators, holds, ledger, user};

/// Attributes that are written when they are to be other than they were found.
const EDITABLE: [&str; 7] = ["account", "nickname", "avatar", "role", "enabled", "vip_day", "svip_day"];

/// Changes a user, and returns them as they are then; none when there is no such user. A ban, a demotion and a new password
/// end all sessions.
///
/// Wanted credits are a sum, not a difference: whatever the user has at the moment of the write, they have the wanted
/// sum after it, and the ledger row tells the difference. So of two changes at once the later one counts, and a form
/// that shows an old number and is sent back whole sets that old number.
///
/// # Errors
/// [`Error::Conflict`] when a wanted account is taken; [`Error::Refused`] for the last administrator, and when credits
/// would be taken that are set aside; when the table cannot be read or written.
pub async fn change(table: &Table, id: UserId, wanted: &Wanted, by: By<'_>) -> Result<Option<User>> {
    let request = MessageId::draw(by.now())?;
    let mut rows_before = None;
    for attempt in 0..TRIES_MAX {
        let Some(mut user) = user::find(table, id).await? else { return Ok(None) };
        if wanted.total.is_some() {
            // What a dead function set aside is free to be taken.
            user = holds::recovered(table, user, by.now().div_euclid(1000)).await?;
        }
        if is_written(table, &user, *rows_before.get_or_insert(user.rows), by, request).await? {
            return Ok(Some(user));
        }
        let delta = wanted.total.map_or(0, |total| total - user.total());
        if user.balance + delta < 0 {
            return Err(Error::refused("该用户有对话正在进行，已预留的积分暂时不能扣除，请稍后再试"));
        }
        let row = (delta != 0)
            .then(|| Row::next(user.id, user.standing(), request, delta, ADJUSTED, by.adjustment(request), by.now()));
        let Some(after) = after(&user, wanted, delta, row.as_ref(), by) else { return Ok(Some(user)) };
        if done(table, steps(table, &user, &after, row.as_ref(), by)?, attempt).await? {
            return Ok(Some(after));
        }
    }
    Err(still_busy("changing a user"))
}

/// Whether an earlier try of this request, whose answer was lost, wrote its row.
async fn is_written(table: &Table, user: &User, rows_before: u64, by: By<'_>, request: MessageId) -> Result<bool> {
    let rows = ledger::between(table, user.id, rows_before + 1, user.rows).await?;
    Ok(rows.iter().any(|row| row.cause == by.adjustment(request)))
}

/// The user after the change; none when nothing changes.
fn after(user: &User, wanted: &Wanted, delta: Credits, row: Option<&Row>, by: By<'_>) -> Option<User> {
    let edited = wanted.of(user);
    let is_same = edited.account == user.account
        && edited.nickname == user.nickname
        && edited.avatar == user.avatar
        && edited.password == user.password
        && (edited.role, edited.enabled) == (user.role, user.enabled)
        && (edited.vip_day, edited.svip_day) == (user.vip_day, user.svip_day);
    if is_same && row.is_none() {
        return None;
    }
    let (balance, rows) = (user.balance + delta, row.map_or(user.rows, |row| row.ordinal));
    let sessions = if ends_sessions(user, &edited) { BTreeMap::new() } else { user.sessions.clone() };
    Some(User { balance, rows, sessions, updated: by.now(), ..edited })
}

fn ends_sessions(user: &User, after: &User) -> bool {
    let is_banned = user.enabled && !after.enabled;
    let is_demoted = user.role == Role::Administrator && after.role == Role::User;
    is_banned || is_demoted || user.password != after.password
}

/// The user comes first: when they have moved on, what the other conditions say does not matter.
fn steps(table: &Table, user: &User, after: &User, row: Option<&Row>, by: By<'_>) -> Result<Vec<Step>> {
    let mut change = edit(user, after)?;
    if let Some(row) = row {
        change = ledger::takes(change, row).set("balance = balance + :delta").value(":delta", n(row.amount));
        if row.amount < 0 {
            // The sum stands, but a chat that starts meanwhile may set some of it aside.
            change = change.when("balance >= :taken").value(":taken", n(-row.amount));
        }
    }
    let mut steps = vec![Step::new(change.action(table)?)];
    match (administrates(user), administrates(after)) {
        (true, false) => {
            steps.push(Step::or(administrators::leaves(user.id).action(table)?, last_administrator));
        }
        (false, true) => steps.push(Step::new(administrators::joins(user.id).action(table)?)),
        _ => {}
    }
    if user.account != after.account {
        steps.push(Step::or(account::put_marker(table, &after.account, user.id)?, account_taken));
        steps.push(Step::new(account::remove_marker(table, &user.account, user.id)?));
    }
    let mut tally = None;
    if let Some(row) = row {
        steps.push(Step::new(ledger::put(table, row)?));
        tally = Some(Tally::of(user.id).row(row, by.today));
    }
    match Note::changed(user, after) {
        Some(note) => steps.extend(Step::record(table, by, &note, tally)?),
        None => return Err(Error::internal("a change of a user that changes nothing")),
    }
    Ok(steps)
}

/// Writes what differs, while the user has the account, the role and the standing that the other steps rely on.
fn edit(user: &User, after: &User) -> Result<Change> {
    let item =
        |user: &User| -> Result<Item> { serde_dynamo::aws_sdk_dynamodb_1::to_item(user).map_err(Error::internal) };
    let (was, will_be) = (item(user)?, item(after)?);
    let mut change = Change::of(&Key::user(user.id))
        .set("updated = :now")
        .when(
            "attribute_not_exists(gone) AND #account = :was_account AND #role = :was_role AND #enabled = :was_enabled",
        )
        .name("#account", "account")
        .name("#role", "role")
        .name("#enabled", "enabled")
        .value(":was_account", s(user.account.as_str()))
        .value(":was_enabled", AttributeValue::Bool(user.enabled))
        .value(":now", n(after.updated));
    for name in EDITABLE {
        let (Some(old), Some(new)) = (was.get(name), will_be.get(name)) else { continue };
        if name == "role" {
            change = change.value(":was_role", old.clone());
        }
        if old != new {
            change = change
                .set(format!("#{name} = :{name}"))
                .name(format!("#{name}"), name)
                .value(format!(":{name}"), new.clone());
        }
    }
    if let Some(password) = after.password.as_ref().filter(|_| user.password != after.password) {
        change = change.set("password = :password").value(":password", s(password.as_str()));
    }
    if ends_sessions(user, after) {
        change = change.set("sessions = :none").value(":none", AttributeValue::M([].into()));
    }
    Ok(change)
}

//! The end of a user. The ledger remains, and of the user item what the ledger needs; the janitor takes the rest away.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{MessageId, Result, UserId};

use super::{By, Step, TRIES_MAX, administrates, done, last_administrator};
use crate::audit::Note;
use crate::failure::still_busy;
use crate::keys::{Key, Place};
use crate::ledger::{Cause, Row};
use crate::list::{List, Tally};
use crate::user::User;
use crate::values::{n, s};
use crate::write::Change;
use crate::{Table, account, administrators, erasure, ledger, user};

/// The account of all who are gone. No mail ever comes there (RFC 2606), and no marker names it.
pub(crate) const NOBODY: &str = "deleted@users.invalid";

/// Deletes a user: sessions, open reservations and all credits end, the account is free. False when there is no such
/// user any more.
///
/// # Errors
/// [`Error::Refused`](domain::Error::Refused) for the last administrator; when the table cannot be read or written.
pub async fn delete(table: &Table, id: UserId, by: By<'_>) -> Result<bool> {
    let (key, request) = (Key::user(id), MessageId::draw(by.now())?);
    for attempt in 0..TRIES_MAX {
        let Some(item) = table.get_all([key.clone()]).await?.remove(&key) else { return Ok(false) };
        if item.contains_key("gone") {
            // An earlier try did it, if its answer was lost.
            return Ok(item.get("deletion") == Some(&s(&request.to_string())));
        }
        if done(table, steps(table, &user::from_item(item)?, request, by)?, attempt).await? {
            return Ok(true);
        }
    }
    Err(still_busy("deleting a user"))
}

/// The user comes first: when they have moved on, what the other conditions say does not matter.
fn steps(table: &Table, user: &User, request: MessageId, by: By<'_>) -> Result<Vec<Step>> {
    let mut change = remains(user, request, by)?;
    let mut tally = Tally::of(user.id).leaves(List::USERS, user.id).joins(List::DELETED_USERS, user.id);
    let mut others = vec![
        Step::new(account::remove_marker(table, &user.account, user.id)?),
        // What they put up and said is more than one request can delete.
        Step::new(erasure::of_account(table, user.id, by.now())?),
    ];
    if administrates(user) {
        others.push(Step::or(administrators::leaves(user.id).action(table)?, last_administrator));
    }
    if user.total() > 0 {
        let cause = Cause::Deletion { by: by.audit.by };
        let row = Row::next(user.id, user.standing(), request, -user.total(), "账号注销", cause, by.now());
        change = ledger::takes(change, &row);
        tally = tally.row(&row, by.today);
        others.push(Step::new(ledger::put(table, &row)?));
    } else {
        // While no row comes, there is nothing to take.
        change = change.when("#rows = :rows").name("#rows", "rows").value(":rows", n(user.rows));
    }
    others.extend(Step::record(table, by, &Note::gone(user), Some(tally))?);
    Ok([Step::new(change.action(table)?)].into_iter().chain(others).collect())
}

/// Empties the user item of everything personal and usable, while account, role and standing are as known.
fn remains(user: &User, request: MessageId, by: By<'_>) -> Result<Change> {
    let role = serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value(user.role).map_err(domain::Error::internal)?;
    Ok(Change::of(&Key::user(user.id))
        .set("#account = :nobody, nickname = :empty, avatar = :empty, ip = :empty, #role = :plain, #enabled = :no")
        .set("balance = :zero, held = :zero, holds = :none, sessions = :none, vip_day = :expired, svip_day = :expired")
        .set("gone = :now, updated = :now, deletion = :request, #user = :id")
        .remove("password, signin_day, due_pk, due_sk, api_keys")
        .when("attribute_not_exists(gone) AND #account = :account AND #role = :role AND #enabled = :enabled")
        .name("#account", "account")
        .name("#role", "role")
        .name("#enabled", "enabled")
        .name("#user", "user")
        .value(":account", s(user.account.as_str()))
        .value(":role", role)
        .value(":enabled", AttributeValue::Bool(user.enabled))
        .value(":nobody", s(NOBODY))
        .value(":empty", s(""))
        .value(":plain", s("user"))
        .value(":no", AttributeValue::Bool(false))
        .value(":zero", n(0))
        .value(":none", AttributeValue::M([].into()))
        .value(":expired", s(&by.today.yesterday().to_string()))
        .value(":now", n(by.now()))
        .value(":request", s(&request.to_string()))
        .value(":id", s(&user.id.to_string()))
        .placed(&Place::listed(List::DELETED_USERS, user.id)))
}

//! Coming to be: a user with their account, their gift and their first session, exactly once.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::limits::SESSION_SECONDS;
use domain::{Account, BusinessDay, Credits, Error, MessageId, PasswordHash, Result, Role, SessionToken, UserId, Zone};
use serde::Serialize;

use super::{Entered, TRIES_MAX, fresh_user, put_marker};
use crate::code::{self, Proved};
use crate::failure::{Cancelled, pause, still_busy};
use crate::keys::Key;
use crate::ledger::{Cause, Row};
use crate::list::{List, Tally};
use crate::stats::{Active, Figure};
use crate::user::User;
use crate::{Table, administrators, ledger};

/// With the gift and the role, without the one, without the other.
const REGISTRATIONS_MAX: usize = 3;

/// A new user, before they are stored.
#[derive(Debug)]
pub struct Draft<'a> {
    /// Whose.
    pub account: &'a Account,
    /// Whether it becomes administrator if there is none.
    pub may_administrate: bool,
    /// The password's hash.
    pub password: Option<PasswordHash>,
    /// The gift, written to the ledger as `注册奖励`, if the mailbox has had none.
    pub reward: Credits,
    /// The keyed hash of the mailbox, which stands for it in the mark that it had its gift.
    pub mailbox_hash: &'a str,
    /// The client's address.
    pub ip: &'a str,
}

/// Makes account, user, gift and first session, and uses the code up, in one transaction. A mailbox that had its gift gets
/// none, and where somebody administrates already nobody becomes administrator: both are conditions of the transaction,
/// and without what they refuse it is tried again.
///
/// # Errors
/// When the table cannot be written.
pub async fn register(table: &Table, draft: &Draft<'_>, proved: &Proved, zone: &Zone, now: i64) -> Result<Entered> {
    let (mut reward, mut role) = (draft.reward, Role::User);
    if draft.may_administrate {
        role = Role::Administrator;
    }
    for _ in 0..REGISTRATIONS_MAX {
        let registration = Registration::of(draft, role, reward, zone, now)?;
        match registration.write(table, draft, proved, now).await? {
            Outcome::Done => return Ok(Entered::In(registration.token, Box::new(registration.user))),
            Outcome::Refused(Part::Code) => return Ok(Entered::ProofGone),
            Outcome::Refused(Part::Account) => return Ok(Entered::AccountChanged),
            Outcome::Refused(Part::Gift) => reward = 0,
            Outcome::Refused(Part::Administrator) => role = Role::User,
            Outcome::Refused(Part::Other) => return Err(Error::internal("a user id came twice")),
        }
    }
    Err(still_busy("registration"))
}

/// A user on their way into the table, with their first session.
struct Registration {
    user: User,
    token: SessionToken,
    today: BusinessDay,
}

/// What a part of a registration's transaction is about.
#[derive(Clone, Copy)]
enum Part {
    Code,
    Account,
    Gift,
    Administrator,
    Other,
}

/// What became of the transaction.
enum Outcome {
    Done,
    Refused(Part),
}

impl Registration {
    fn of(draft: &Draft<'_>, role: Role, reward: Credits, zone: &Zone, now: i64) -> Result<Self> {
        let (token, today) = (SessionToken::issue(UserId::draw(now)?)?, zone.day(now));
        let user = User {
            role,
            balance: reward,
            rows: u64::from(reward > 0),
            sessions: [(token.hash(), now + SESSION_SECONDS * 1000)].into(),
            password: draft.password.clone(),
            active: Some(Active::first(today)),
            ip: draft.ip.to_owned(),
            ..fresh_user(token.user(), draft.account, today.yesterday(), now)
        };
        Ok(Self { user, token, today })
    }

    fn parts(
        &self,
        table: &Table,
        draft: &Draft<'_>,
        proved: &Proved,
        now: i64,
    ) -> Result<Vec<(Part, TransactWriteItem)>> {
        let (user, today) = (&self.user, self.today);
        let mut parts = vec![
            (Part::Code, code::use_up(table, draft.account, proved)?),
            (Part::Account, put_marker(table, draft.account, user.id)?),
            (Part::Other, table.put_new(&Key::user(user.id), user, &[])?),
        ];
        let tally = Tally::of(user.id).joins(List::USERS, user.id);
        let mut tally = tally.figure(today, &Figure::NewUsers, 1).figure(today, &Figure::ActiveUsers, 1);
        if user.balance > 0 {
            let mark = table.put_new(&Key::gift(draft.mailbox_hash), &GiftMark { created: now }, &[])?;
            parts.push((Part::Gift, mark));
            let gift = Row::first(user, MessageId::draw(now)?, "注册奖励", Cause::Register);
            tally = tally.row(&gift, today);
            parts.push((Part::Other, ledger::put(table, &gift)?));
        }
        parts.push((Part::Other, tally.action(table)?));
        if user.role == Role::Administrator {
            parts.push((Part::Administrator, administrators::first(user.id).action(table)?));
        }
        Ok(parts)
    }

    async fn write(&self, table: &Table, draft: &Draft<'_>, proved: &Proved, now: i64) -> Result<Outcome> {
        let (parts, actions): (Vec<Part>, Vec<_>) = self.parts(table, draft, proved, now)?.into_iter().unzip();
        // One request token for all tries: a try whose answer was lost is not done twice, and still counts as done.
        let request_token = self.token.hash().as_str().chars().take(36).collect::<String>();
        for attempt in 0..TRIES_MAX {
            match table.transact(actions.clone(), Some(&request_token)).await {
                Ok(()) => return Ok(Outcome::Done),
                Err(Cancelled::Condition(place)) => {
                    return Ok(Outcome::Refused(parts.get(place).copied().unwrap_or(Part::Other)));
                }
                Err(Cancelled::Busy) => pause(attempt).await,
                Err(Cancelled::Failed(error)) => return Err(error),
            }
        }
        Err(still_busy("registration"))
    }
}

/// Says that a mailbox had its gift. It stays when the account goes, and tells neither.
#[derive(Serialize)]
struct GiftMark {
    created: i64,
}

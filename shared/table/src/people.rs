//! What administrators do to users: they make, change and delete them, each in one transaction.

mod change;
mod create;
pub(crate) mod delete;

pub use change::change;
pub use create::create;
pub use delete::delete;

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{Account, Avatar, BusinessDay, Credits, Error, MessageId, Nickname, PasswordHash, Result, Role};

use crate::Table;
use crate::audit::{Audit, Note};
use crate::failure::{Cancelled, short_pause};
use crate::ledger::Cause;
use crate::list::Tally;
use crate::user::User;

/// Looks at a user who keeps changing under our hands before the request is given back: some seconds of somebody's parallel
/// chats, and of other windows of the same administrator, whose records are counted in one item.
const TRIES_MAX: u32 = 40;
/// What a person reads of credits that an administrator gave or took.
const ADJUSTED: &str = "管理员调整";

/// Who does it, and when.
#[derive(Clone, Copy, Debug)]
pub struct By<'a> {
    /// The administrator's request.
    pub audit: &'a Audit,
    /// The business day.
    pub today: BusinessDay,
}

impl By<'_> {
    /// Milliseconds since the Unix epoch.
    const fn now(self) -> i64 {
        self.audit.at
    }

    fn adjustment(self, request: MessageId) -> Cause {
        Cause::Adjustment { by: self.audit.by, request }
    }
}

/// What a user is to be. What is none stays as it is, or as it is with new users.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The account name.
    pub account: Option<Account>,
    /// The role.
    pub role: Option<Role>,
    /// False for a banned user.
    pub enabled: Option<bool>,
    /// Shown name.
    pub nickname: Option<Nickname>,
    /// Address of a picture.
    pub avatar: Option<Avatar>,
    /// The hash of a password.
    pub password: Option<PasswordHash>,
    /// All credits, those set aside included; from 0 on.
    pub total: Option<Credits>,
    /// Last day of the membership.
    pub vip_day: Option<BusinessDay>,
    /// Last day of the super membership.
    pub svip_day: Option<BusinessDay>,
    /// Last day of the membership by those who know one kind of it only, and are shown the later day of both. The day
    /// that they were shown changes nothing; an earlier one ends both kinds then.
    pub subscribe: Option<BusinessDay>,
}

impl Wanted {
    /// The user as wanted, but for the credits.
    fn of(&self, user: &User) -> User {
        let shown = user.vip_day.max(user.svip_day);
        let subscribe = self.subscribe.filter(|day| *day != shown);
        User {
            account: self.account.clone().unwrap_or_else(|| user.account.clone()),
            role: self.role.unwrap_or(user.role),
            enabled: self.enabled.unwrap_or(user.enabled),
            password: self.password.clone().or_else(|| user.password.clone()),
            nickname: self.nickname.as_ref().map_or(&*user.nickname, Nickname::as_str).to_owned(),
            avatar: self.avatar.as_ref().map_or(&*user.avatar, Avatar::as_str).to_owned(),
            vip_day: self.vip_day.or(subscribe).unwrap_or(user.vip_day),
            svip_day: self.svip_day.unwrap_or(subscribe.map_or(user.svip_day, |day| user.svip_day.min(day))),
            ..user.clone()
        }
    }
}

/// Whether the user is in the set of administrators.
fn administrates(user: &User) -> bool {
    user.role == Role::Administrator && user.enabled
}

const fn account_taken() -> Error {
    Error::Conflict("账号已存在")
}

const fn last_administrator() -> Error {
    Error::refused("不能禁用、降级或删除最后一个管理员")
}

/// One action of a transaction, and what it says when its condition does not hold.
struct Step {
    action: TransactWriteItem,
    otherwise: Otherwise,
}

/// What a condition says that does not hold.
enum Otherwise {
    /// The user has moved on.
    LookAgain,
    /// A refusal.
    Refuse(fn() -> Error),
    /// An earlier try did all of it.
    IsDone,
}

impl Step {
    const fn new(action: TransactWriteItem) -> Self {
        Self { action, otherwise: Otherwise::LookAgain }
    }

    const fn or(action: TransactWriteItem, refusal: fn() -> Error) -> Self {
        Self { action, otherwise: Otherwise::Refuse(refusal) }
    }

    /// The record of the write, with the counts that it changes; the last steps.
    fn record(table: &Table, by: By<'_>, note: &Note, tally: Option<Tally>) -> Result<[Self; 3]> {
        let [record, number, tally] = by.audit.record(table, note, tally)?;
        Ok([Self { action: record, otherwise: Otherwise::IsDone }, Self::new(number), Self::new(tally)])
    }
}

/// Does all steps or none. False when the user has moved on, or others were in the way, or when it is not known whether
/// they are done: look again.
async fn done(table: &Table, steps: Vec<Step>, attempt: u32) -> Result<bool> {
    let (actions, otherwise): (Vec<_>, Vec<_>) = steps.into_iter().map(|step| (step.action, step.otherwise)).unzip();
    match table.transact(actions, None).await {
        Ok(()) => return Ok(true),
        Err(Cancelled::Condition(index)) => match otherwise.get(index) {
            Some(Otherwise::Refuse(refusal)) => return Err(refusal()),
            Some(Otherwise::IsDone) => return Ok(true),
            // Who overtook this is through.
            Some(Otherwise::LookAgain) | None => {}
        },
        Err(Cancelled::Busy) => short_pause(attempt).await,
        Err(Cancelled::Failed(error)) => return Err(error),
    }
    Ok(false)
}

//! What administrators do to users: they make, change and delete them, each in one transaction.

mod change;
mod create;
mod delete;

pub use change::change;
pub use create::create;
pub use delete::delete;

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{Account, Avatar, BusinessDay, Credits, Error, MessageId, Nickname, Result, Role, UserId};

use crate::Table;
use crate::failure::{Cancelled, pause};
use crate::ledger::Cause;
use crate::user::User;

/// Looks at a user who keeps changing under our hands before the request is given back.
const TRIES_MAX: u32 = 12;
/// What a person reads of credits that an administrator gave or took.
const ADJUSTED: &str = "管理员调整";

/// Who does it, and when.
#[derive(Clone, Copy, Debug)]
pub struct By {
    /// The administrator.
    pub administrator: UserId,
    /// The business day.
    pub today: BusinessDay,
    /// Milliseconds since the Unix epoch.
    pub now: i64,
}

impl By {
    fn adjustment(self, request: MessageId) -> Cause {
        Cause::Adjustment { by: self.administrator, request }
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

/// One action of a transaction, and what it says when its condition does not hold: a refusal, or that the user has
/// moved on.
struct Step {
    action: TransactWriteItem,
    refusal: Option<fn() -> Error>,
}

impl Step {
    const fn new(action: TransactWriteItem) -> Self {
        Self { action, refusal: None }
    }

    const fn or(action: TransactWriteItem, refusal: fn() -> Error) -> Self {
        Self { action, refusal: Some(refusal) }
    }
}

/// Does all steps or none. False when the user has moved on, or others were in the way, or when it is not known whether
/// they are done: look again.
async fn done(table: &Table, steps: Vec<Step>, attempt: u32) -> Result<bool> {
    let (actions, refusals): (Vec<_>, Vec<_>) = steps.into_iter().map(|step| (step.action, step.refusal)).unzip();
    match table.transact(actions, None).await {
        Ok(()) => return Ok(true),
        Err(Cancelled::Condition(index)) => {
            if let Some(Some(refusal)) = refusals.get(index) {
                return Err(refusal());
            }
        }
        Err(Cancelled::Busy) => {}
        Err(Cancelled::Failed(error)) => return Err(error),
    }
    pause(attempt).await;
    Ok(false)
}

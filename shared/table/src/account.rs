//! Accounts: who has which, coming to be exactly once, and getting a session.

mod register;
mod search;

pub use register::{Draft, register};
pub use search::{Prefix, search};

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::limits::SESSION_SECONDS;
use domain::{Account, BusinessDay, Error, PasswordHash, Result, Role, SessionToken, UserId};
use serde::Serialize;

use crate::code::{self, Proved};
use crate::failure::{Cancelled, Item, pause, still_busy, unexpected};
use crate::keys::{Key, Place};
use crate::list::List;
use crate::user::{Slot, User};
use crate::values::{n, s};
use crate::write::Change;
use crate::{Table, user, write};

const TRIES_MAX: u32 = 5;

/// The user of an account.
///
/// # Errors
/// When the table cannot be read.
pub async fn find(table: &Table, account: &Account) -> Result<Option<UserId>> {
    let read = table.client.get_item().table_name(&table.name).set_key(Some(Key::account(account).attributes()));
    let found = read.consistent_read(true).send().await.map_err(unexpected)?.item;
    found.as_ref().map(user_of).transpose()
}

/// The user of an account, if it has one. It takes as long where there is none, so that the time tells nothing.
///
/// # Errors
/// When the table cannot be read.
pub async fn owner(table: &Table, account: &Account) -> Result<Option<User>> {
    match find(table, account).await? {
        Some(id) => user::find(table, id).await,
        None => table.has(&Key::nobody()).await.map(|_| None),
    }
}

/// The user that a marker names.
fn user_of(marker: &Item) -> Result<UserId> {
    let id = marker.get("user").and_then(|id| UserId::parse(id.as_s().ok()?));
    id.ok_or_else(|| Error::internal("an account marker without its user"))
}

/// What a login does beside giving a session.
#[derive(Debug)]
pub struct Login<'a> {
    /// The client's address.
    pub ip: &'a str,
    /// How the account was shown to be the caller's.
    pub proof: Proof<'a>,
    /// The hash of a new password, which ends all other sessions.
    pub new_password: Option<&'a PasswordHash>,
    /// Milliseconds since the Unix epoch.
    pub now: i64,
}

/// What was found right, and must still be so when the session is written.
#[derive(Clone, Copy)]
pub enum Proof<'a> {
    /// The login code, which is used up.
    Code(&'a Proved),
    /// The password with this hash.
    Password(&'a PasswordHash),
}

impl std::fmt::Debug for Proof<'_> {
    /// Which kind, and no hash.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Code(_) => "Code",
            Self::Password(_) => "Password",
        })
    }
}

/// What became of a login or a registration.
#[derive(Debug)]
pub enum Entered {
    /// In, with this session.
    In(SessionToken, Box<User>),
    /// The code was used or replaced, or the password changed, meanwhile.
    ProofGone,
    /// The account came to be meanwhile (a registration), or ceased to be (a login).
    AccountChanged,
}

/// A user as everybody begins: without credits, memberships and sessions.
#[must_use]
pub fn fresh_user(id: UserId, account: &Account, expired: BusinessDay, now: i64) -> User {
    User {
        id,
        account: account.clone(),
        nickname: "Chat用户".to_owned(),
        avatar: String::new(),
        role: Role::User,
        enabled: true,
        balance: 0,
        held: 0,
        rows: 0,
        hidden: 0,
        messages: 0,
        open_orders: 0,
        images: 0,
        uploads: 0,
        kept_messages: 0,
        holds: [].into(),
        sessions: [].into(),
        api_keys: [].into(),
        password: None,
        vip_day: expired,
        svip_day: expired,
        signin_day: None,
        active: None,
        ip: String::new(),
        created: now,
        updated: now,
        gone: None,
    }
}

/// Gives an existing user a session (in place of the oldest, when there are five), and does with it what `login` says.
///
/// # Errors
/// When the table cannot be read or written.
pub async fn log_in(table: &Table, id: UserId, login: &Login<'_>) -> Result<Entered> {
    let token = SessionToken::issue(id)?;
    let mut code_gone = false;
    for attempt in 0..TRIES_MAX {
        let Some(user) = user::find(table, id).await? else { return Ok(Entered::AccountChanged) };
        if user.sessions.contains_key(&token.hash()) {
            // An earlier try did it, and its answer was lost.
            return Ok(Entered::In(token, Box::new(user)));
        }
        if code_gone {
            return Ok(Entered::ProofGone);
        }
        if !user.enabled {
            return Err(Error::refused("账号已被禁用"));
        }
        if let Proof::Password(hash) = login.proof
            && user.password.as_ref() != Some(hash)
        {
            return Ok(Entered::ProofGone);
        }
        let mut actions = vec![session_update(table, &user, &token, login)?];
        if let Proof::Code(proved) = login.proof {
            actions.push(code::use_up(table, &user.account, proved)?);
        }
        match table.transact(actions, None).await {
            Ok(()) => {
                let user = User { ip: login.ip.to_owned(), updated: login.now, ..user };
                return Ok(Entered::In(token, Box::new(user)));
            }
            Err(Cancelled::Condition(1)) => code_gone = true,
            // Another login took the slot, or the user changed: look again.
            Err(Cancelled::Condition(_)) => {}
            Err(Cancelled::Busy) => pause(attempt).await,
            Err(Cancelled::Failed(error)) => return Err(error),
        }
    }
    Err(still_busy("login"))
}

/// Sets a password, ends all sessions but `keep`, and uses the code up, in one transaction. False when the code was
/// used meanwhile.
///
/// # Errors
/// When the table cannot be read or written.
pub async fn set_password(
    table: &Table,
    id: UserId,
    password: &PasswordHash,
    proved: &Proved,
    keep: Option<&SessionToken>,
    now: i64,
) -> Result<bool> {
    let mut code_gone = false;
    for attempt in 0..TRIES_MAX {
        let Some(user) = user::find(table, id).await? else { return Ok(false) };
        // The hash has a salt of its own: if it is there, an earlier try put it there and its answer was lost.
        let done = user.password.as_ref() == Some(password);
        if done || code_gone {
            return Ok(done);
        }
        if !user.enabled {
            return Err(Error::refused("账号已被禁用"));
        }
        let kept = keep.map(SessionToken::hash);
        let kept = kept.as_ref().and_then(|hash| Some((hash, *user.sessions.get(hash)?)));
        let actions = vec![
            user::password_update(table, &user, password, kept, &user.ip, now)?,
            code::use_up(table, &user.account, proved)?,
        ];
        match table.transact(actions, None).await {
            Ok(()) => return Ok(true),
            // Banned, or the session to keep has ended: look again.
            Err(Cancelled::Condition(0)) => {}
            Err(Cancelled::Condition(_)) => code_gone = true,
            Err(Cancelled::Busy) => pause(attempt).await,
            Err(Cancelled::Failed(error)) => return Err(error),
        }
    }
    Err(still_busy("password"))
}

fn session_update(table: &Table, user: &User, token: &SessionToken, login: &Login<'_>) -> Result<TransactWriteItem> {
    let expiry = login.now + SESSION_SECONDS * 1000;
    if let Some(password) = login.new_password {
        return user::password_update(table, user, password, Some((&token.hash(), expiry)), login.ip, login.now);
    }
    // The number of sessions stands in for a version: it keeps two logins from taking one free slot. The account is what
    // a code has proved.
    let change = Change::of(&Key::user(user.id))
        .set("sessions.#new = :expiry, ip = :ip, updated = :now")
        .when("enabled = :true AND #account = :account AND size(sessions) = :sessions")
        .name("#new", token.hash().as_str())
        .name("#account", "account")
        .value(":account", s(user.account.as_str()))
        .value(":expiry", n(expiry))
        .value(":ip", s(login.ip))
        .value(":now", n(login.now))
        .value(":true", AttributeValue::Bool(true))
        .value(":sessions", n(i64::try_from(user.sessions.len()).unwrap_or(i64::MAX)));
    let change = match Slot::of(user, login.now) {
        Slot::Free => change,
        Slot::InPlaceOf(oldest) => {
            change.remove("sessions.#old").when("attribute_exists(sessions.#old)").name("#old", oldest.as_str())
        }
    };
    let change = match login.proof {
        Proof::Code(_) => change,
        Proof::Password(hash) => change.when("password = :password").value(":password", s(hash.as_str())),
    };
    change.action(table)
}

/// Makes an account that must be free a user's, as one action of a transaction. It stands for the user in the list.
pub(crate) fn put_marker(table: &Table, account: &Account, user: UserId) -> Result<TransactWriteItem> {
    table.put_new(&Key::account(account), &Marker { user }, &[Place::listed(List::USERS, user)])
}

/// Frees a user's account, as one action of a transaction.
pub(crate) fn remove_marker(table: &Table, account: &Account, user: UserId) -> Result<TransactWriteItem> {
    let delete = table.remove(&Key::account(account)).condition_expression("#user = :user");
    let delete = delete.expression_attribute_names("#user", "user");
    write::delete(delete.expression_attribute_values(":user", s(&user.to_string())))
}

/// Says which user an account is.
#[derive(Serialize)]
struct Marker {
    user: UserId,
}

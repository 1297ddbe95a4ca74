//! Users: what their items say of themselves, their accounts, and then their ledgers.

use std::collections::HashMap;

use domain::{Result, Role, UserId};
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};

use super::days::Yesterday;
use super::difference::{Difference, Kind, number};
use super::ledger::{Walk, Walked, walk};
use super::run::Phase;
use super::steady::steady;
use super::{Step, counts, orders, owned};
use crate::Table;
use crate::failure::Item;
use crate::keys::Key;
use crate::list::{self, List, Listed};
use crate::user::{self, Hold, User};

/// Users of one step.
const USERS_MAX: i64 = 64;
/// Users whose items, accounts and the set of administrators are read in one call.
const STANDING_MAX: usize = 32;
/// Ledgers read at once: what they hold of memory is bounded by it.
const SIDE_BY_SIDE: usize = 8;
/// Ledger rows after which a step begins no more ledgers: it must end before its function does.
const ROWS_MAX: u64 = 4_000;
/// Milliseconds after a reservation's end by which somebody must have ended it: the janitor comes every minute.
const HOLD_MILLIS_MAX: i64 = 3600 * 1000;

/// Where the walk through the users is.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct People {
    /// Whether it is among the deleted ones, who come after the others.
    deleted: bool,
    /// The last user's id.
    after: i64,
    /// Ledgers that the last step was not enough for.
    long: Vec<Walk>,
}

impl People {
    pub(super) fn first() -> Self {
        Self { deleted: false, after: 0, long: Vec::new() }
    }

    fn list(&self) -> List {
        if self.deleted { List::DELETED_USERS } else { List::USERS }
    }
}

pub(super) async fn step(table: &Table, people: &People, yesterday: &Yesterday<'_>, now: i64) -> Result<Step> {
    if !people.long.is_empty() {
        let after = people.after;
        return walks(table, people, after, people.long.clone(), (yesterday, now)).await;
    }
    let entries = list::audit::rows(table, people.list(), people.after, USERS_MAX).await?;
    let Some(last) = entries.last().map(|entry| entry.id) else {
        let deleted = Phase::People(People { deleted: true, ..People::first() });
        return Ok(Step::to(if people.deleted { counts::first() } else { deleted }));
    };
    let mut differences = Vec::new();
    for few in entries.chunks(STANDING_MAX) {
        differences.extend(steady(|| standing(table, few)).await?);
    }
    let ids = entries.iter().filter_map(|entry| UserId::from_i64(entry.id));
    let mut step = walks(table, people, last, ids.map(Walk::of).collect(), (yesterday, now)).await?;
    step.differences.splice(0..0, differences);
    Ok(step)
}

/// Goes through the ledgers as far as one step does.
async fn walks(
    table: &Table,
    people: &People,
    after: i64,
    ledgers: Vec<Walk>,
    (yesterday, now): (&Yesterday<'_>, i64),
) -> Result<Step> {
    let mut step = Step::to(Phase::Through);
    let mut long = Vec::new();
    for few in ledgers.chunks(SIDE_BY_SIDE) {
        if step.rows >= ROWS_MAX {
            long.extend_from_slice(few);
            continue;
        }
        let mut items = table.get_all(few.iter().map(|ledger| Key::user(ledger.user()))).await?;
        let buying: Vec<UserId> =
            few.iter().map(Walk::user).filter(|id| items.get(&Key::user(*id)).is_some_and(has_open_orders)).collect();
        let few = few.iter().filter_map(|ledger| Some((ledger, items.remove(&Key::user(ledger.user()))?)));
        let few = few.map(|(ledger, item)| person(table, ledger, item, people.deleted, (yesterday, now)));
        let mut done = Vec::new();
        for walked in join_all(few.collect::<Vec<_>>()).await {
            let (Walked { user, left, rows, differences, day }, maybe_again) = walked?;
            step.day.take(&day, maybe_again);
            step.rows += rows;
            step.differences.extend(differences);
            if left.is_none() {
                done.extend(user);
            }
            long.extend(left);
        }
        step.users += u64::try_from(done.len()).unwrap_or(u64::MAX);
        step.differences.extend(steady(|| owned::look(table, &done)).await?);
        step.differences.extend(steady(|| orders::look(table, &buying)).await?);
    }
    step.next = Phase::People(People { deleted: people.deleted, after, long });
    Ok(step)
}

fn has_open_orders(item: &Item) -> bool {
    item.get("open_orders").is_some_and(|count| count.as_n().is_ok_and(|count| count != "0"))
}

/// One user: the ledger, and with its end the item. And whether the check may have seen it all before, because they were
/// deleted meanwhile.
async fn person(
    table: &Table,
    ledger: &Walk,
    item: Item,
    deleted: bool,
    (yesterday, now): (&Yesterday<'_>, i64),
) -> Result<(Walked, bool)> {
    let is_looked_after = item.contains_key("due_pk");
    let Ok(user) = user::from_item(item) else {
        return Ok((Walked::nothing_but(Difference::either(Kind::Unreadable, &ledger.user(), true)), false));
    };
    if user.gone.is_some() != deleted {
        // Deleted meanwhile: their turn comes among the deleted ones.
        return Ok((Walked::default(), false));
    }
    let mut walked = walk(table, &user, ledger.clone(), yesterday).await?;
    if walked.left.is_none() {
        walked.differences.extend(facts(&user, is_looked_after, now));
    }
    Ok((walked, user.gone.is_some_and(|gone| gone >= yesterday.began)))
}

/// What one reading of the item says by itself.
fn facts(user: &User, is_looked_after: bool, now: i64) -> Vec<Difference> {
    let mut differences = Vec::new();
    for amount in [user.balance, user.held] {
        if amount < 0 {
            differences.push(Difference::new(Kind::Negative, &user.id, 0, amount));
        }
    }
    let set_aside = user.holds.values().fold(0_i64, |sum, hold| sum.saturating_add(hold.amount));
    if set_aside != user.held {
        differences.push(Difference::new(Kind::Held, &user.id, set_aside, user.held));
    }
    let is_late = |until: i64| until.saturating_mul(1000).saturating_add(HOLD_MILLIS_MAX) < now;
    let late = user.holds.values().filter(|hold| is_late(hold.until) || !is_looked_after).count();
    if late > 0 {
        differences.push(Difference::new(Kind::Hold, &user.id, 0, number(late)));
    }
    let is_kept = |hold: &Hold| hold.api_key.as_ref().is_none_or(|key| user.api_keys.contains_key(key));
    let odd = user.api_keys.values().filter(|key| key.room() < 0 || key.spent() < 0).count();
    let odd = odd + user.holds.values().filter(|hold| !is_kept(hold)).count();
    if odd > 0 {
        differences.push(Difference::new(Kind::ApiKey, &user.id, 0, number(odd)));
    }
    let left = number(user.sessions.len())
        + number(user.api_keys.len())
        + number(user.holds.len())
        + user.total()
        + i64::from(user.enabled);
    if user.gone.is_some() && (left != 0 || is_looked_after) {
        differences.push(Difference::new(Kind::Remains, &user.id, 0, left + i64::from(is_looked_after)));
    }
    differences
}

/// Whether some users, their accounts and the set of administrators know of each other.
async fn standing(table: &Table, entries: &[Listed]) -> Result<Vec<Difference>> {
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return Ok(Vec::new()) };
    let ids = |entry: &Listed| UserId::from_i64(entry.id).unwrap_or_else(|| UserId::at(0));
    // Read again with each look, because what has moved meanwhile stands under another key now.
    let entries = list::range(table, &[first.list], ids(first), ids(last)).await?;
    let users = entries.iter().map(|entry| Key::user(ids(entry)));
    let keys = users.chain(entries.iter().map(|entry| entry.key.clone())).chain([Key::administrators()]);
    let items = table.get_all(keys).await?;
    Ok(entries.iter().flat_map(|entry| differs(entry, ids(entry), &items)).collect())
}

fn differs(entry: &Listed, id: UserId, items: &HashMap<Key, Item>) -> Vec<Difference> {
    let alive = match items.get(&Key::user(id)).map(|item| user::from_item(item.clone())) {
        Some(Ok(user)) => Some(user).filter(|user| user.gone.is_none()),
        // Told as such with the ledger.
        Some(Err(_)) => return Vec::new(),
        None => None,
    };
    let named = |key: &Key| items.get(key)?.get("user")?.as_s().ok().and_then(|id| UserId::parse(id));
    let is_named = match &alive {
        Some(user) => entry.key == Key::account(&user.account) && named(&entry.key) == Some(id),
        // An account without its user; or a deleted user, who has none.
        None => entry.list == List::DELETED_USERS || !items.contains_key(&entry.key),
    };
    let acts = alive.is_some_and(|user| user.enabled && user.role == Role::Administrator);
    let set = items.get(&Key::administrators()).and_then(|item| item.get("ids")?.as_ss().ok());
    let is_in_set = set.is_some_and(|ids| ids.contains(&id.to_string()));
    let account = (!is_named).then(|| Difference::either(Kind::Account, &id, true));
    let set = (acts != is_in_set).then(|| Difference::either(Kind::Administrators, &id, acts));
    account.into_iter().chain(set).collect()
}

//! Users by the beginning of their account.

use aws_sdk_dynamodb::types::Select;
use domain::limits::ACCOUNT_BYTES_MAX;
use domain::{Account, Page, Result, UserId};

use crate::failure::{Item, unexpected};
use crate::keys::{ACCOUNTS_PARTITION, Key};
use crate::user::{self, User};
use crate::values::s;
use crate::{Table, account};

/// The beginning of an account name, folded as [`Account`] folds whole ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix(String);

impl Prefix {
    /// Reads what an administrator typed; none when that is blank.
    pub fn parse(text: &str) -> Option<Self> {
        let folded = Account::fold(text);
        (!folded.is_empty()).then_some(Self(folded))
    }
}

/// A page of the users whose account begins so, in the order of their accounts, and the number of them all. It reads the
/// markers of them all: one round trip for a megabyte of them, nine thousand; then the page's users.
///
/// # Errors
/// When the table cannot be read.
pub async fn search(table: &Table, prefix: &Prefix, page: Page) -> Result<(u64, Vec<User>)> {
    if prefix.0.len() > ACCOUNT_BYTES_MAX {
        return Ok((0, Vec::new()));
    }
    let (count, ids) = matches(table, prefix, page).await?;
    let mut users = table.get_all_to_show(ids.iter().copied().map(Key::user)).await?;
    let users = ids.into_iter().filter_map(|id| users.remove(&Key::user(id))).map(user::from_item);
    // Somebody who went between the two reads is left out.
    let living = users.filter(|user| user.as_ref().map_or(true, |user| user.gone.is_none()));
    Ok((count, living.collect::<Result<_>>()?))
}

/// The number of matches, and whose they are on the page. Only those are kept while the rest is counted.
async fn matches(table: &Table, prefix: &Prefix, page: Page) -> Result<(u64, Vec<UserId>)> {
    let before = page.size.saturating_mul(page.number - 1);
    let end = before.saturating_add(page.size);
    let (mut count, mut ids) = (0, Vec::new());
    let mut start: Option<Item> = None;
    loop {
        let query = table
            .client
            .query()
            .table_name(&table.name)
            .key_condition_expression("pk = :accounts AND begins_with(sk, :prefix)")
            .expression_attribute_values(":accounts", s(ACCOUNTS_PARTITION))
            .expression_attribute_values(":prefix", s(&prefix.0))
            .consistent_read(true)
            .set_exclusive_start_key(start);
        let query = if count < end {
            query.projection_expression("#user").expression_attribute_names("#user", "user")
        } else {
            query.select(Select::Count)
        };
        let found = query.send().await.map_err(unexpected)?;
        for (place, item) in (count..end).zip(found.items.unwrap_or_default()) {
            if place >= before {
                ids.push(account::user_of(&item)?);
            }
        }
        count += u64::try_from(found.count).unwrap_or(0);
        start = found.last_evaluated_key;
        if start.is_none() {
            return Ok((count, ids));
        }
    }
}

#[cfg(test)]
mod tests;

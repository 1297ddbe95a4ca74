//! The rows behind a page's index entries, with the people they belong to.

use std::collections::HashMap;

use domain::Result;
use serde::de::DeserializeOwned;

use super::Listed;
use crate::Table;
use crate::failure::Item;
use crate::keys::Key;
use crate::read::entity;
use crate::user::{self, User};

/// A row and its user; none when the row is nobody's or the user was deleted.
#[derive(Clone, Debug)]
pub struct Owned<T> {
    /// The row.
    pub row: T,
    /// Whose it is.
    pub user: Option<User>,
}

/// Reads the rows and their users in one round trip. A row that went meanwhile is left out.
///
/// # Errors
/// When the table cannot be read.
pub async fn load<T: DeserializeOwned>(table: &Table, listed: &[Listed]) -> Result<Vec<Owned<T>>> {
    let rows = listed.iter().map(|row| row.key.clone());
    let users = listed.iter().filter_map(|row| row.user).map(Key::user);
    let mut items = table.get_all_to_show(rows.chain(users)).await?;
    let people = people(listed, &items)?;
    let owned = listed.iter().filter_map(|listed| {
        let row = entity(items.remove(&listed.key)?);
        let user = listed.user.and_then(|id| people.get(&id.as_i64()).cloned());
        Some(row.map(|row| Owned { row, user }))
    });
    owned.collect()
}

/// Reads the users of the entries in one round trip.
///
/// # Errors
/// When the table cannot be read.
pub async fn users(table: &Table, listed: &[Listed]) -> Result<Vec<User>> {
    let items = table.get_all_to_show(listed.iter().filter_map(|row| row.user).map(Key::user)).await?;
    let mut people = people(listed, &items)?;
    Ok(listed.iter().filter_map(|row| people.remove(&row.user?.as_i64())).collect())
}

pub(crate) fn people(listed: &[Listed], items: &HashMap<Key, Item>) -> Result<HashMap<i64, User>> {
    let mut people = HashMap::new();
    for id in listed.iter().filter_map(|row| row.user) {
        if let Some(item) = items.get(&Key::user(id)) {
            let user = user::from_item(item.clone())?;
            if user.gone.is_none() {
                people.insert(id.as_i64(), user);
            }
        }
    }
    Ok(people)
}

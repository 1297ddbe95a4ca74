//! Pure rules and value types: money, days, prices, business time, ids, errors. No I/O, no AWS, no HTTP.

mod account;
mod clock;
mod code;
mod conversation;
mod error;
mod id;
pub mod limits;
mod money;
mod network;
mod page;
mod password_hash;
mod random;
mod role;
mod session;
mod settings;
mod time;

pub use account::Account;
pub use clock::Clock;
pub use code::LoginCode;
pub use conversation::ConversationId;
pub use error::{Error, Result, chain};
pub use id::{Id, MessageId, UserId};
pub use money::{Credits, Family, Ratio};
pub use network::Network;
pub use page::Page;
pub use password_hash::PasswordHash;
pub use random::random;
pub use role::Role;
pub use session::{SessionHash, SessionToken};
pub use settings::Settings;
pub use time::{BusinessDay, Zone};

#[cfg(test)]
mod tests;

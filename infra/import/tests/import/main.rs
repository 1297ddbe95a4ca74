//! Dumps taken over into the whole product: its books, its lists and its people afterwards.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, unreachable_pub)]

mod codes;
mod dumps;
mod killed;
mod lists;
mod losses;
mod shapes;
mod site;
mod tools;
mod wrong;

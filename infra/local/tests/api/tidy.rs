//! What keeps the house in order and no compiler checks.

mod arrows;
mod environment;
mod handlers;
mod layout;
mod source;

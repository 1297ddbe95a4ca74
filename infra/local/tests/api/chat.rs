//! `POST /api/chat/completions`

mod billing;
mod directives;
mod faults;
mod pool;
mod races;

//! `POST /api/login`

mod codes;
mod domains;
mod faults;
mod lost;
mod mailboxes;
mod passwords;
mod races;
mod registering;
mod sessions;
mod strangers;

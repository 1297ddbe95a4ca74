//! `POST /api/login`

mod codes;
mod faults;
mod passwords;
mod races;
mod registering;
mod sessions;

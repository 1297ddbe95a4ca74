//! The product from outside: the real handlers, the real SDK, the embedded engine, HTTP on the loopback address. One
//! file per route, named after it; every test ends with a check of the books.

// Tests say what they expect and stop where it is not so.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub
)]

mod admin_audit;
mod admin_books;
mod admin_config;
mod admin_export;
mod admin_messages;
mod admin_notification;
mod admin_orders;
mod admin_payment;
mod admin_products;
mod admin_signin;
mod admin_stats;
mod admin_token;
mod admin_turnover;
mod admin_uploads;
mod admin_user;
mod app;
mod avatar;
mod books;
mod budgets;
mod carmi;
mod chat;
mod chat_completion;
mod config;
mod dashboard_billing;
mod description;
mod docs;
mod events;
mod fronts;
mod house;
mod http;
mod images_generations;
mod images_get;
mod images_put;
mod janitor;
mod local_binary;
mod login;
mod logout;
mod moderation;
mod objects;
mod openapi;
mod pasted;
mod pay_notify;
mod pay_order;
mod pay_precreate;
mod pictures;
mod product;
mod rights;
mod sandbox;
mod send_sms;
mod shop;
mod side_by_side;
mod signin;
mod signin_list;
mod stranger;
mod sweep;
mod tidy;
mod turnover;
mod upload;
mod use_carmi;
mod user_info;
mod user_keys;
mod user_messages;
mod user_password;
mod v1_chat_completions;
mod v1_images_generations;
mod v1_models;
mod v1_proxy;
mod wrong_inputs;

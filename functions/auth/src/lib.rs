//! Logging in and out: codes by e-mail, sessions, passwords.

mod challenge;
mod login;
mod logout;
mod mail;
mod proof;
mod send_sms;
mod user_password;

use domain::{Account, Error, Result};
use http::{Method, Response};
use lambda_http::{Body, Request};
use platform::{Base, CodeKey, MailboxKey, Outside, StartError, password};
use table::site::CachedSite;
use web::{Call, Reply};

use crate::challenge::Challenger;
use crate::mail::Mailer;
use crate::password::Hasher;

/// What this function uses.
#[derive(Debug)]
pub struct App {
    base: Base,
    site: CachedSite,
    codes: CodeKey,
    mailboxes: MailboxKey,
    mailer: Mailer,
    challenger: Challenger,
    hasher: Hasher,
    /// The account that becomes administrator when it registers.
    admin: Account,
}

impl App {
    /// Reads the environment, opens the connections and fetches the secret.
    ///
    /// # Errors
    /// When the environment lacks something or the secret cannot be had.
    pub async fn start(outside: &Outside) -> Result<Self, StartError> {
        let base = Base::new(outside)?;
        let keys = base.warm_up(outside).await?;
        Ok(Self {
            base,
            site: CachedSite::default(),
            codes: keys.codes()?,
            mailboxes: keys.mailboxes()?,
            mailer: Mailer::new(outside)?,
            challenger: Challenger::new(outside, keys.sealer()?)?,
            hasher: Hasher::new()?,
            admin: outside.environment.parsed("ADMIN_ACCOUNT")?,
        })
    }
}

/// Answers one request.
pub async fn route(app: &App, request: Request) -> Response<Body> {
    let call = Call::new(&app.base, request);
    let result = call.in_time(dispatch(app, &call)).await;
    call.answer(result)
}

async fn dispatch(app: &App, call: &Call) -> Result<Reply> {
    match call.route() {
        (&Method::GET, "/api/send_sms") => send_sms::handle(app, call).await,
        (&Method::POST, "/api/login") => login::handle(app, call).await,
        (&Method::POST, "/api/logout") => logout::handle(app, call).await,
        (&Method::PUT, "/api/user/password") => user_password::handle(app, call).await,
        _ => Err(Error::no_route()),
    }
}

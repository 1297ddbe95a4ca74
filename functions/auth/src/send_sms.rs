//! `GET /api/send_sms`: mails a login code to an address. The answer is the same for known and unknown accounts: what the
//! two differ in is who is served while the whole site is asked for too many codes, and then a mail that does not leave.
//! Who asks from the network of the account's last login is never a stranger.

use domain::{Account, Error, LoginCode, Network, Result};
use table::limit::{self, Bucket};
use table::{account, code};
use web::{Call, Reply};

use crate::challenge::Gate;
use crate::{App, proof};

/// Who asks for a code.
struct Asker<'a> {
    account: &'a Account,
    network: &'a Network,
    /// Whether the account is there.
    is_known: bool,
    /// Whether it last logged in from this network.
    is_home: bool,
}

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let source = call.query("source").unwrap_or_default();
    let account = Account::parse(&source).ok_or(Error::refused("请使用邮箱登录！"))?;

    let (table, network) = (&app.base.table, call.network());
    let from_network = limit::take(table, Bucket::CodesFromNetwork(&network), call.began_seconds());
    let (counted, owner, site) =
        tokio::join!(from_network, account::owner(table, &account), app.site.get(table, call.began()));
    counted?;
    let (owner, site) = (owner?, site?);
    let is_home = proof::is_home(owner.as_ref(), &network);
    let asker = Asker { account: &account, network: &network, is_known: owner.is_some(), is_home };
    let mut gate = Gate::new(&app.challenger, &site, call.query("challenge"), call.address());

    if site_has_room(app, call, &asker, &mut gate).await? {
        let code = stored(app, call, &asker, &mut gate).await?;
        app.mailer.send_code(&account, &code).await?;
        tracing::info!(known = asker.is_known, "code mailed");
    } else {
        count(app, call, &asker).await?;
        tracing::warn!(known = asker.is_known, "a code was not mailed");
    }
    Reply::message("发送成功，请注意查收！")
}

/// Whether the whole site has a code left for this one. What strangers ask for does not take what those get who have an
/// account, nor what those get who have passed a challenge.
async fn site_has_room(app: &App, call: &Call, asker: &Asker<'_>, gate: &mut Gate<'_>) -> Result<bool> {
    let (table, now) = (&app.base.table, call.began_seconds());
    if !asker.is_home {
        let codes = room(limit::take(table, Bucket::CodesOfSite, now).await)?;
        let passed = gate.is_closed_at(codes) && gate.pass().await?;
        if codes.is_some() || (passed && room(limit::take(table, Bucket::CodesOfSitePassed, now).await)?.is_some()) {
            return Ok(true);
        }
    }
    Ok(asker.is_known && room(limit::take(table, Bucket::CodesOfSiteKnown, now).await)?.is_some())
}

/// How many uses a limit has seen with this one; none when it was full.
fn room(taken: Result<i64>) -> Result<Option<i64>> {
    match taken {
        Ok(uses) => Ok(Some(uses)),
        Err(Error::Limited { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Stores a fresh code for the network that asks, counted at the mailbox. Where strangers have had theirs there, those have
/// some more who pass a challenge.
async fn stored(app: &App, call: &Call, asker: &Asker<'_>, gate: &mut Gate<'_>) -> Result<LoginCode> {
    let (table, code, salt) = (&app.base.table, LoginCode::draw()?, proof::salt()?);
    let fresh = code::Asked {
        account: asker.account,
        network: asker.network,
        home: asker.is_home,
        hash: app.codes.hash(asker.account, &salt, &code),
        salt,
        now: call.began(),
    };
    let mut buckets = asker.at_mailbox();
    let mut full = code::put_within(table, &fresh, &buckets).await?;
    if full == Some(OF_STRANGERS) && gate.pass().await? {
        buckets = asker.at_mailbox_passed();
        full = code::put_within(table, &fresh, &buckets).await?;
    }
    told(app, call, &buckets, full).await.map(|()| code)
}

/// Counts at the mailbox what is not mailed, so that nobody learns from limits that a mail did not leave.
async fn count(app: &App, call: &Call, asker: &Asker<'_>) -> Result<()> {
    let buckets = asker.at_mailbox();
    let full = limit::take_all(&app.base.table, &buckets, call.began_seconds()).await?;
    told(app, call, &buckets, full).await
}

async fn told(app: &App, call: &Call, buckets: &[Bucket<'_>], full: Option<usize>) -> Result<()> {
    let Some(place) = full else { return Ok(()) };
    let bucket = buckets.get(place).ok_or_else(|| Error::internal("a code that could not be stored"))?;
    Err(limit::refusal(&app.base.table, *bucket, call.began_seconds()).await)
}

/// The place of what all strangers share among the limits of a mailbox.
const OF_STRANGERS: usize = 1;

impl Asker<'_> {
    /// The limits of the mailbox: of what this network asks for, and of what all networks do that are not its owner's.
    fn at_mailbox(&self) -> Vec<Bucket<'_>> {
        if self.is_home {
            return vec![Bucket::CodesToMailboxFrom(self.account, self.network.as_str())];
        }
        vec![Bucket::CodesToMailboxFrom(self.account, self.network.wide()), Bucket::CodesToMailbox(self.account)]
    }

    /// The same for who has passed a challenge.
    fn at_mailbox_passed(&self) -> Vec<Bucket<'_>> {
        let from = Bucket::CodesToMailboxFrom(self.account, self.network.wide());
        vec![from, Bucket::CodesToMailboxPassed(self.account)]
    }
}

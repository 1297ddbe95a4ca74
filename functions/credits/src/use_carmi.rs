//! `POST /api/use_carmi`: gives the caller what a redemption code gives, once.

use domain::{Error, MessageId, RedemptionCode, Result, SessionToken};
use serde_json::json;
use table::limit::{self, Bucket};
use table::redemption::{self, Code, Redeemed, Redemption};
use table::user::User;
use web::{Call, Reply};

use crate::App;

/// A code that a person typed, as far as it can be one.
struct Typed {
    hash: Option<String>,
}

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let token = call.token().ok_or(Error::LoggedOut)?;
    let typed = match parse(app, call) {
        Ok(typed) => typed,
        // Who is not logged in learns that first.
        Err(error) => return call.user().await.and(Err(error)),
    };
    // The read's failure waits for the identity's verdict, and a refusal does not wait for the read.
    let read = async { Ok(look(app, call, &token, &typed).await) };
    let (user, code) = tokio::try_join!(call.user(), read)?;
    match (typed.hash, code?) {
        (Some(hash), Some(code)) => redeem(app, call, &token, user, code, &hash).await,
        _ => Err(wrong(app, call, &user).await),
    }
}

fn parse(app: &App, call: &Call) -> Result<Typed> {
    let fields = call.fields()?;
    let text = fields.text("carmi").or_else(|| fields.text("carmiHandlers")).ok_or(Error::missing())?;
    Ok(Typed { hash: RedemptionCode::parse(&text).map(|code| app.redemption.hash(&code)) })
}

/// The code, unless its person or network has typed too many wrong ones. A burst can read past the limit before it
/// counts; with 128 bits a code that gains nothing.
async fn look(app: &App, call: &Call, token: &SessionToken, typed: &Typed) -> Result<Option<Code>> {
    let (table, network) = (&app.base.table, call.network());
    let buckets = [Bucket::WrongCodesOfUser(token.user()), Bucket::WrongCodesFromNetwork(&network)];
    let code = async {
        match &typed.hash {
            Some(hash) => redemption::find(table, hash).await,
            None => Ok(None),
        }
    };
    let ((), code) = tokio::try_join!(limit::check(table, &buckets, call.began_seconds()), code)?;
    Ok(code)
}

/// Counts a wrong code and says so, or that there were too many.
async fn wrong(app: &App, call: &Call, user: &User) -> Error {
    let (table, network, now) = (&app.base.table, call.network(), call.began_seconds());
    let counted = tokio::try_join!(
        limit::take(table, Bucket::WrongCodesOfUser(user.id), now),
        limit::take(table, Bucket::WrongCodesFromNetwork(&network), now),
    );
    counted.err().unwrap_or(unknown())
}

async fn redeem(app: &App, call: &Call, token: &SessionToken, user: User, code: Code, hash: &str) -> Result<Reply> {
    let redemption = Redemption {
        row: MessageId::draw(call.began())?,
        hash,
        session: &token.hash(),
        ip: call.address(),
        today: app.base.zone.day(call.began()),
        now: call.began(),
    };
    match redemption::redeem(&app.base.table, code, user, &redemption).await? {
        Redeemed::Done => Reply::new("充值成功", &json!([])),
        Redeemed::Used => Err(Error::Conflict("卡密已被使用")),
        Redeemed::Expired => Err(Error::refused("卡密已过期")),
        Redeemed::Unknown => Err(unknown()),
    }
}

const fn unknown() -> Error {
    Error::refused("卡密不存在")
}

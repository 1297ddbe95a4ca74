//! `POST /api/login`: logs in by code or password; registers a new account by code, with or without a password.

use domain::{Account, Error, PasswordHash, Result, SessionToken};
use serde_json::json;
use table::account::{self, Draft, Entered, Login};
use table::code::Proved;
use table::limit::{self, Bucket};
use table::user::User;
use web::{Call, Fields, Reply, view};

use crate::password::NewPassword;
use crate::{App, proof};

/// A login that names another outcome each time it is looked at is given up after this many looks.
const LOOKS_MAX: usize = 3;

/// How a person shows that the account is theirs.
enum Proof {
    Code { code: String, new_password: Option<NewPassword> },
    Password(String),
}

pub(crate) async fn handle(app: &App, call: &Call) -> Result<Reply> {
    let (account, proof) = parse(&call.fields()?)?;
    let (token, user) = match proof {
        Proof::Code { code, new_password } => by_code(app, call, &account, &code, new_password).await?,
        Proof::Password(password) => by_password(app, call, &account, &password).await?,
    };
    let info = view::user(&user, &app.base.zone, call.began());
    Reply::new("登陆成功", &json!({"user_info": info, "token": token.reveal()}))
}

fn parse(fields: &Fields) -> Result<(Account, Proof)> {
    let account = fields.required("account")?;
    let proof = match (fields.code("code"), fields.text("password")) {
        (Some(code), password) => Proof::Code { code, new_password: password.map(NewPassword::parse).transpose()? },
        (None, Some(password)) => Proof::Password(password),
        (None, None) => return Err(Error::missing()),
    };
    Ok((Account::parse(&account).ok_or(Error::refused("请使用邮箱登录！"))?, proof))
}

async fn by_code(
    app: &App,
    call: &Call,
    account: &Account,
    code: &str,
    new_password: Option<NewPassword>,
) -> Result<(SessionToken, Box<User>)> {
    let (table, network) = (&app.base.table, call.network());
    limit::take(table, Bucket::LoginsFromNetwork(&network), call.began_seconds()).await?;
    let (proved, mut known) = tokio::join!(proof::prove(app, call, account, code), account::find(table, account));
    let proved = proved?;
    let password = new_password.map(|password| app.hasher.hash(&password)).transpose()?;
    for _ in 0..LOOKS_MAX {
        let entered = match known? {
            Some(id) => {
                let login = Login {
                    ip: call.address(),
                    proof: account::Proof::Code(&proved),
                    new_password: password.as_ref(),
                    now: call.began(),
                };
                account::log_in(table, id, &login).await?
            }
            None => register(app, call, account, &proved, password.clone()).await?,
        };
        match entered {
            Entered::In(token, user) => return Ok((token, user)),
            Entered::ProofGone => return Err(proof::wrong_code()),
            Entered::AccountChanged => known = account::find(table, account).await,
        }
    }
    Err(Error::Conflict("操作冲突，请重试"))
}

async fn register(
    app: &App,
    call: &Call,
    account: &Account,
    proved: &Proved,
    password: Option<PasswordHash>,
) -> Result<Entered> {
    let site = app.site.get(&app.base.table, call.began()).await?;
    let may_administrate = app.admin == *account;
    // Told to who has proved the address, and to nobody else: it says that there is no such account.
    if !may_administrate && !site.settings.admits(account) {
        return Err(Error::refused("该邮箱的域名不支持注册，请更换邮箱"));
    }
    let draft = Draft {
        account,
        may_administrate,
        password,
        reward: site.settings.register_reward,
        mailbox_hash: &app.mailboxes.hash(account),
        ip: call.address(),
    };
    account::register(&app.base.table, &draft, proved, &app.base.zone, call.began()).await
}

async fn by_password(app: &App, call: &Call, account: &Account, password: &str) -> Result<(SessionToken, Box<User>)> {
    let (table, network, now) = (&app.base.table, call.network(), call.began_seconds());
    let from_network = limit::take(table, Bucket::LoginsFromNetwork(&network), now);
    let (counted, user) = tokio::join!(from_network, account::owner(table, account));
    counted?;
    let user = user?;
    if proof::is_home(user.as_ref(), &network) {
        limit::take(table, Bucket::PasswordsAtHome(account, &network), now).await?;
    } else {
        // What one network may not try any more does not take what the others may.
        limit::take(table, Bucket::PasswordsFrom(account, &network), now).await?;
        limit::take(table, Bucket::PasswordsOfAccount(account), now).await?;
    }
    let stored = user.as_ref().and_then(|user| user.password.as_ref());
    let fits = app.hasher.verify(password, stored)?;
    let (Some(user), Some(stored), true) = (&user, stored, fits) else { return Err(wrong_password()) };
    let proof = account::Proof::Password(stored);
    let login = Login { ip: call.address(), proof, new_password: None, now: call.began() };
    match account::log_in(table, user.id, &login).await? {
        Entered::In(token, user) => Ok((token, user)),
        Entered::ProofGone | Entered::AccountChanged => Err(wrong_password()),
    }
}

const fn wrong_password() -> Error {
    Error::refused("账号或密码不正确")
}

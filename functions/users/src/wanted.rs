//! What an administrator's form says about a user.

use domain::{Account, Avatar, Error, Nickname, PasswordHash, Result, Role, paste};
use platform::password::{Hasher, NewPassword};
use table::people::Wanted;
use web::{Call, Fields};

/// Most credits that an administrator can set: more than codes and payments ever add up to, so that a form which is
/// sent back whole is never refused for them, and a number that JavaScript still counts exactly.
const CREDITS_MAX: i64 = 1_000_000_000_000_000;

/// Reads the form; absent fields are none. The picture that stands for none comes back as none: front ends send what they
/// were shown. An empty `password` is one that stays: users are shown with none.
pub(crate) fn parse(call: &Call, fields: &Fields, hasher: &Hasher) -> Result<Wanted> {
    let account = text(fields, "account")?.filter(|text| !text.is_empty());
    let is_default = |text: &String| call.default_avatar() == Some(text.trim());
    let avatar = text(fields, "avatar")?.map(|text| if is_default(&text) { String::new() } else { text });
    let total = fields.integer("integral")?;
    if total.is_some_and(|total| !(0..=CREDITS_MAX).contains(&total)) {
        return Err(Error::refused("积分须为0到1000000000000000之间的整数"));
    }
    Ok(Wanted {
        account: read(account, Account::parse, "账号须为邮箱地址")?,
        role: read(text(fields, "role")?, role, "角色不正确")?,
        enabled: fields.flag("status")?,
        nickname: read(text(fields, "nickname")?, nickname, "昵称须为1到50个字符")?,
        avatar: read(avatar, Avatar::parse, "头像须为网址")?,
        total,
        vip_day: fields.day("vip_expire_time")?,
        svip_day: fields.day("svip_expire_time")?,
        subscribe: fields.day("subscribe")?,
        // Last, because it is work.
        password: password(fields, hasher)?,
    })
}

fn password(fields: &Fields, hasher: &Hasher) -> Result<Option<PasswordHash>> {
    let password = fields.text("password").map(NewPassword::parse).transpose()?;
    password.map(|password| hasher.hash(&password)).transpose()
}

/// A text that may be empty.
fn text(fields: &Fields, name: &str) -> Result<Option<String>> {
    if let Some(text) = fields.text(name) {
        return Ok(Some(text));
    }
    // What is there and has no words is the empty text, unless it cannot be read as anything.
    fields.integer(name)?;
    Ok(fields.has(name).then(String::new))
}

fn read<T>(text: Option<String>, parse: impl FnOnce(&str) -> Option<T>, refusal: &'static str) -> Result<Option<T>> {
    text.map(|text| parse(&text).ok_or(Error::refused(refusal))).transpose()
}

fn role(text: &str) -> Option<Role> {
    match &*paste::clean(text) {
        "user" => Some(Role::User),
        "administrator" => Some(Role::Administrator),
        _ => None,
    }
}

fn nickname(text: &str) -> Option<Nickname> {
    Nickname::parse(text).filter(|nickname| !nickname.as_str().is_empty())
}

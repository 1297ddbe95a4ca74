//! What an administrator's form says about a notice.

use domain::limits::NOTICE_SORT_MAX;
use domain::{Error, Result, settings};
use table::notice::{Title, Wanted};
use web::Fields;

use crate::html;

/// Reads the form; absent fields are none.
pub(crate) fn parse(fields: &Fields) -> Result<Wanted> {
    let sort = fields.integer("sort")?;
    if sort.is_some_and(|sort| !(-NOTICE_SORT_MAX..=NOTICE_SORT_MAX).contains(&sort)) {
        return Err(Error::refused("排序须为-1000000到1000000之间的整数"));
    }
    Ok(Wanted {
        title: text(fields, "title")?.map(|text| title(&text)).transpose()?,
        content: text(fields, "content")?.map(|text| content(&text)).transpose()?,
        sort,
        enabled: fields.flag("status")?,
    })
}

/// A text that may be empty, be it a number or the word `null`.
fn text(fields: &Fields, name: &str) -> Result<Option<String>> {
    match fields.verbatim(name).or_else(|| fields.text(name)) {
        Some(text) => Ok(Some(text)),
        // What is there and is neither text nor number is refused.
        None => fields.integer(name).map(|_| fields.has(name).then(String::new)),
    }
}

fn title(text: &str) -> Result<Title> {
    let title = Title::parse(text).filter(|title| !title.as_str().is_empty());
    title.ok_or(Error::refused("标题须为1到100个字符的纯文本"))
}

fn content(text: &str) -> Result<String> {
    let left = settings::html(text, html::sanitised);
    let left = left.ok_or_else(|| Error::Refused(format!("内容{}", settings::html_rule()).into()))?;
    // What is nothing but scripts leaves nothing.
    if left.trim().is_empty() { Err(Error::refused("内容不能为空")) } else { Ok(left) }
}

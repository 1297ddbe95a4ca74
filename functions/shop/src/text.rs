//! Plain texts of administrators: without the HTML that some of their editors add.

use std::collections::HashSet;

use ammonia::Builder;
use domain::{Error, Result};
use web::Fields;

/// Longest text that is looked at: what is kept is far shorter.
const BYTES_MAX: usize = 16 * 1024;

/// A text of the form, or the empty one; none when the form does not name it.
pub(crate) fn line(fields: &Fields, name: &str) -> Result<Option<String>> {
    match fields.verbatim(name).or_else(|| fields.text(name)) {
        Some(text) if text.len() > BYTES_MAX => Err(Error::TooLarge),
        Some(text) => Ok(Some(plain(&text))),
        // What is there and is neither text nor number is refused.
        None => fields.integer(name).map(|_| fields.has(name).then(String::new)),
    }
}

/// What is left of a text without tags. An `&` stays one; `<` and `>` that are no tags stay written as entities, so that
/// the text is safe wherever a page puts it.
#[must_use]
pub fn plain(text: &str) -> String {
    if !text.contains(['<', '>', '&']) {
        return text.trim().to_owned();
    }
    let mut rules = Builder::empty();
    rules.clean_content_tags(HashSet::from(["script", "style"]));
    rules.clean(text).to_string().replace("&amp;", "&").replace("&nbsp;", " ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_go_and_texts_stay() {
        for (text, left) in [
            ("1元366分", "1元366分"),
            (" <b>尝鲜</b> ", "尝鲜"),
            ("A&B", "A&B"),
            ("3 < 5", "3 &lt; 5"),
            ("<script>alert(1)</script>会员", "会员"),
            ("<img src=x onerror=alert(1)>会员", "会员"),
            ("<scr<script>ipt>alert(1)</scr</script>ipt>", "ipt&gt;alert(1)ipt&gt;"),
            ("&lt;b&gt;", "&lt;b&gt;"),
            ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
            ("<!-- x -->天", "天"),
            ("第一行\n第二行", "第一行\n第二行"),
        ] {
            assert_eq!(plain(text), left, "{text}");
            assert!(!plain(text).contains('<'), "{text}");
        }
    }
}

//! HTML that administrators write and everybody's browser shows: what is left of it when only what texts need may stay.

use std::collections::{HashMap, HashSet};

use ammonia::Builder;

/// What texts are made of. Nothing that runs, loads a page, takes input or covers the page around it.
const TAGS: [&str; 49] = [
    "a",
    "abbr",
    "b",
    "blockquote",
    "br",
    "caption",
    "center",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "s",
    "small",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "u",
    "ul",
];

/// What single tags may say beside what all may.
const ATTRIBUTES: [(&str, &[&str]); 6] = [
    ("a", &["href"]),
    ("img", &["src", "alt", "width", "height"]),
    ("col", &["span"]),
    ("ol", &["start"]),
    ("td", &["colspan", "rowspan"]),
    ("th", &["colspan", "rowspan"]),
];

/// What editors write into `style`. No property that could move a text out of its place.
const PROPERTIES: [&str; 9] = [
    "background-color",
    "color",
    "font-size",
    "font-style",
    "font-weight",
    "line-height",
    "text-align",
    "text-decoration",
    "text-indent",
];

/// Tags that browsers open again in each paragraph until they are closed.
const REOPENED: [&str; 14] =
    ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];
/// Most elements that such tags may become: a few hundred bytes of memory each.
const REOPENED_MAX: usize = 250_000;

/// What is left of `html`, which is then safe in any page; none when it would grow beyond measure. Pictures come from the web, not from `data:` addresses:
/// everybody who opens the site loads this text.
#[must_use]
pub fn sanitised(html: &str) -> Option<String> {
    if is_tangled(html) {
        return None;
    }
    let attributes = ATTRIBUTES.map(|(tag, names)| (tag, names.iter().copied().collect::<HashSet<&str>>()));
    let targets = HashMap::from([("a", HashMap::from([("target", HashSet::from(["_blank", "_self"]))]))]);
    let mut rules = Builder::default();
    rules
        .tags(HashSet::from(TAGS))
        .tag_attributes(HashMap::from(attributes))
        .tag_attribute_values(targets)
        .generic_attributes(HashSet::from(["title", "style"]))
        .filter_style_properties(HashSet::from(PROPERTIES))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        // An opened page must not steer this one, and search engines need not count the link.
        .link_rel(Some("noopener noreferrer nofollow"));
    Some(rules.clean(html).to_string())
}

/// Whether so many tags could be open at so many places that 30 KB become gigabytes.
fn is_tangled(html: &str) -> bool {
    let name = |tag: &str| tag.chars().take_while(|c| !c.is_ascii_whitespace() && !['/', '>'].contains(c)).collect();
    let tags = || html.split('<').skip(1);
    let reopened = |tag: &&str| {
        let name: String = name(tag);
        REOPENED.iter().any(|reopened| name.eq_ignore_ascii_case(reopened))
    };
    tags().filter(reopened).count() * tags().count() > REOPENED_MAX
}

#[cfg(test)]
mod tests;

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

/// What is left of `html`, which is then safe in any page. Pictures come from the web, not from `data:` addresses:
/// everybody who opens the site loads this text.
pub(crate) fn sanitised(html: &str) -> String {
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
    rules.clean(html).to_string()
}

#[cfg(test)]
mod tests;

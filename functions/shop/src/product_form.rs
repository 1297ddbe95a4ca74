//! What an administrator's form says about a product: in `type`, `value` and `level`, or in `integral` and `day`.

use domain::limits::{PRICE_FEN_MAX, PRODUCT_TEXT_CHARS_MAX, SHOP_SORT_MAX};
use domain::{Benefit, Error, Fen, Level, Result};
use table::product::{Badge, Product, Title};
use web::Fields;

use crate::text;

/// A form. Absent fields are none.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) title: Option<Title>,
    pub(crate) price: Option<Fen>,
    pub(crate) original_price: Original,
    pub(crate) badge: Option<Badge>,
    pub(crate) describe: Option<String>,
    pub(crate) sort: Option<i64>,
    pub(crate) enabled: Option<bool>,
    benefit: Given,
}

/// What a form says of the price before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Original {
    /// Nothing.
    Unsaid,
    /// That there is none, or which.
    Said(Option<Fen>),
}

impl Original {
    fn parse(fields: &Fields) -> Result<Self> {
        let number = fields.integer("original_price")?.filter(|price| *price != 0);
        if fields.has("original_price") { Ok(Self::Said(number.map(price).transpose()?)) } else { Ok(Self::Unsaid) }
    }

    /// The price before, where `there` is the one so far.
    pub(crate) fn or(self, there: Option<Fen>) -> Option<Fen> {
        match self {
            Self::Unsaid => there,
            Self::Said(original) => original,
        }
    }
}

/// What it gives, as far as the form says.
#[derive(Debug)]
struct Given {
    kind: Option<String>,
    value: Option<i64>,
    level: Option<Level>,
    integral: Option<i64>,
    day: Option<i64>,
}

impl Form {
    pub(crate) fn parse(fields: &Fields) -> Result<Self> {
        Ok(Self {
            title: text::line(fields, "title")?.map(|text| title(&text)).transpose()?,
            price: fields.integer("price")?.map(price).transpose()?,
            original_price: Original::parse(fields)?,
            badge: text::line(fields, "badge")?
                .map(|text| Badge::parse(&text).ok_or(Error::refused("角标不能超过20个字符")))
                .transpose()?,
            describe: text::line(fields, "describe")?.map(describe).transpose()?,
            sort: fields.integer("sort")?.map(sort).transpose()?,
            enabled: fields.flag("status")?,
            benefit: Given {
                kind: fields.word("type"),
                value: fields.integer("value")?,
                level: fields.integer("level")?.map(level).transpose()?,
                integral: fields.integer("integral")?.filter(|number| *number != 0),
                day: fields.integer("day")?.filter(|number| *number != 0),
            },
        })
    }

    /// What a new product gives.
    pub(crate) fn benefit(&self) -> Result<Benefit> {
        self.benefit.of(None)?.ok_or(Error::missing())
    }

    /// The product with what the form says.
    pub(crate) fn change(&self, there: Product, now: i64) -> Result<Product> {
        let benefit = self.benefit.of(Some(there.benefit))?.unwrap_or(there.benefit);
        Ok(Product {
            title: self.title.clone().unwrap_or(there.title),
            price: self.price.unwrap_or(there.price),
            original_price: self.original_price.or(there.original_price),
            badge: self.badge.clone().unwrap_or(there.badge),
            describe: self.describe.clone().unwrap_or(there.describe),
            sort: self.sort.unwrap_or(there.sort),
            enabled: self.enabled.unwrap_or(there.enabled),
            benefit,
            updated: now,
            ..there
        })
    }
}

impl Given {
    /// The benefit; none when the form says nothing of it. `type` with `value` counts before the older pair of fields,
    /// which forms that know both send along.
    fn of(&self, there: Option<Benefit>) -> Result<Option<Benefit>> {
        let level = self.level.or(there.map(Benefit::level)).unwrap_or(Level::Member);
        let (kind, value) = self.newer(there);
        let (kind, number) = match (kind, value, self.integral, self.day) {
            (Some(kind), Some(value), ..) => (kind, value),
            (Some(_), None, None, None) if there.is_none() => return Err(Error::missing()),
            (_, _, Some(_), Some(_)) => return Err(Error::refused("一个商品只能是积分或会员天数")),
            (_, _, Some(integral), None) => ("integral", integral),
            (_, _, None, Some(day)) => ("day", day),
            (kind, value, None, None) => match there {
                None => return Ok(None),
                Some(there) => {
                    let kind = kind.unwrap_or(there.kind());
                    return checked(kind, value.unwrap_or(there.number()), level).map(Some);
                }
            },
        };
        checked(number_kind(kind)?, number, level).map(Some)
    }
}

impl Given {
    /// `type` and `value`, unless they say what is there already and the older pair says something else: then a form that
    /// knows the older pair alone sends the whole row back.
    fn newer(&self, there: Option<Benefit>) -> (Option<&str>, Option<i64>) {
        let newer = (self.kind.as_deref(), self.value);
        let older = self.integral.map(|number| ("integral", number)).or(self.day.map(|number| ("day", number)));
        let is_there = |pair: (&str, i64)| there.is_some_and(|there| (there.kind(), there.number()) == pair);
        match (newer, older) {
            ((Some(kind), Some(value)), Some(older)) if is_there((kind, value)) && !is_there(older) => (None, None),
            _ => newer,
        }
    }
}

fn number_kind(kind: &str) -> Result<&str> {
    if ["integral", "day"].contains(&kind) { Ok(kind) } else { Err(Error::refused("商品类型不正确")) }
}

fn checked(kind: &str, number: i64, level: Level) -> Result<Benefit> {
    Benefit::of(number_kind(kind)?, number, level).ok_or(Error::refused("积分或天数不正确"))
}

fn title(text: &str) -> Result<Title> {
    let title = Title::parse(text).filter(|title| !title.as_str().is_empty());
    title.ok_or(Error::refused("标题须为1到50个字符的纯文本"))
}

fn describe(text: String) -> Result<String> {
    let fits = text.chars().nth(PRODUCT_TEXT_CHARS_MAX).is_none();
    let is_odd = |c: char| c.is_control() && !['\n', '\r', '\t'].contains(&c);
    if fits && !text.contains(is_odd) { Ok(text) } else { Err(Error::refused("描述不能超过500个字符")) }
}

fn price(number: i64) -> Result<Fen> {
    let price = Fen::new(number).filter(|_| (1..=PRICE_FEN_MAX).contains(&number));
    price.ok_or(Error::refused("价格须为1到10000000之间的整数（单位：分）"))
}

fn sort(number: i64) -> Result<i64> {
    let is_near = (-SHOP_SORT_MAX..=SHOP_SORT_MAX).contains(&number);
    if is_near { Ok(number) } else { Err(Error::refused("排序须为-1000000到1000000之间的整数")) }
}

fn level(number: i64) -> Result<Level> {
    Level::from_number(number).ok_or(Error::refused("会员等级不正确"))
}

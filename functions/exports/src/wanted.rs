//! What a request wants to have exported, and how.

use domain::{BusinessDay, Error, Id, Result, Zone};
use web::{Call, csv};

use crate::lists::List;

/// The name of all lists together.
const ALL: &str = "all";

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// A JSON object a line: <https://github.com/ndjson/ndjson-spec>.
    Ndjson,
    /// A table for spreadsheet programs.
    Csv,
}

impl Format {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
        }
    }

    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => csv::CONTENT_TYPE,
        }
    }
}

/// What is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// One list, or all.
    list: Option<List>,
    pub(crate) format: Format,
    from: Option<BusinessDay>,
    to: Option<BusinessDay>,
    /// Of all lists, the one to begin with.
    start: Option<List>,
    /// The id that the rows to begin with come behind.
    before: Option<i64>,
}

/// Marks ids of rows of any list.
enum OfRow {}

impl Wanted {
    /// Reads a request.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such list, [`Error::Refused`] when the query makes no sense.
    pub(crate) fn parse(call: &Call) -> Result<Self> {
        let name = call.path("list").unwrap_or_default();
        let list = if name == ALL { None } else { Some(List::find(&name).ok_or_else(Error::absent)?) };
        let format = match call.query_word("format").as_deref() {
            None | Some("ndjson") => Format::Ndjson,
            Some("csv") if list.is_some() => Format::Csv,
            Some("csv") => return Err(Error::refused("全部列表只能以ndjson格式导出")),
            Some(_) => return Err(Error::refused("导出格式须为ndjson或csv")),
        };
        let wrong_days = || Error::refused("日期须为YYYY-MM-DD，且开始日期不晚于结束日期");
        let day = |name| call.query(name).map(|text| BusinessDay::parse(&text).ok_or_else(wrong_days)).transpose();
        let (from, to) = (day("from")?, day("to")?);
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            return Err(wrong_days());
        }
        let before = call.query_id::<OfRow>("before")?.map(Id::as_i64);
        let start = call.query_word("start").map(|name| List::find(&name).ok_or_else(Error::unreadable)).transpose()?;
        let wanted = Self { list, format, from, to, start, before };
        wanted.check()?;
        Ok(wanted)
    }

    /// What stands in the query has a meaning for what is exported.
    fn check(&self) -> Result<()> {
        let first = self.list.or(self.start);
        if self.list.is_some() && self.start.is_some() {
            return Err(Error::refused("start只用于导出全部列表"));
        }
        if self.before.is_some() && first.is_none() {
            return Err(Error::refused("导出全部列表时，before须与start同时给出"));
        }
        let is_dated = self.from.or(self.to).is_some();
        if (self.before.is_some() && first == Some(List::Config)) || (is_dated && self.list == Some(List::Config)) {
            return Err(Error::refused("设置总是完整导出，不支持from、to和before"));
        }
        Ok(())
    }

    /// The name of what is exported.
    pub(crate) fn name(&self) -> &'static str {
        self.list.map_or(ALL, List::name)
    }

    /// The list when it is one alone.
    pub(crate) const fn one(&self) -> Option<List> {
        self.list
    }

    /// The name of the file.
    pub(crate) fn file_name(&self, today: BusinessDay) -> String {
        format!("{}-{}.{}", self.name(), today.to_string().replace('-', ""), self.format.name())
    }

    /// How it is exported, in the request's words.
    pub(crate) fn asked(&self) -> Vec<(&'static str, String)> {
        let mut asked = vec![("format", self.format.name().to_owned())];
        asked.extend(self.from.map(|day| ("from", day.to_string())));
        asked.extend(self.to.map(|day| ("to", day.to_string())));
        asked.extend(self.start.map(|list| ("start", list.name().to_owned())));
        asked.extend(self.before.map(|id| ("before", id.to_string())));
        asked
    }

    /// The lists to export one after the other, each with the range of ids that is wanted of it, both ends included. It
    /// may be empty.
    pub(crate) fn parts(&self, zone: &Zone) -> Vec<(List, (i64, i64))> {
        let first = self.from.map_or(1, |day| Id::<OfRow>::at(zone.start(day)).as_i64());
        let newest = self.to.map_or(i64::MAX, |day| Id::<OfRow>::at(zone.end(day)).as_i64() - 1);
        let before = self.before.map_or(i64::MAX, |id| id - 1);
        let lists: Vec<List> = match self.list {
            Some(list) => vec![list],
            None => List::ALL.into_iter().skip_while(|list| self.start.is_some_and(|start| start != *list)).collect(),
        };
        let parts = lists.into_iter().enumerate();
        // What comes behind an id does so in the list to begin with.
        parts.map(|(place, list)| (list, (first, if place == 0 { newest.min(before) } else { newest }))).collect()
    }
}

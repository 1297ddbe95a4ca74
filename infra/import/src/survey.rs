//! Which databases a dump holds, and which of them is the site that is taken over.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;

use crate::classic::{self, TABLES, Table};
use crate::dump::{Database, Dump, End};
use crate::{DumpError, Failure};

/// Databases of the server's own, which have a table `user` too.
const OF_THE_SERVER: [&str; 4] = ["mysql", "information_schema", "performance_schema", "sys"];
/// Databases that are told one by one.
const DATABASES_MAX: usize = 100;
/// Names of tables that a sentence lists.
const TABLES_MAX: usize = 20;

/// Which rows are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Those of the first database that has any; it shows at the end whether it is the one.
    First,
    /// Those of this one.
    Only(Database),
}

/// A database of a dump.
#[derive(Debug, Default)]
struct Found {
    /// Rows of tables that are taken over, and those of users among them; and all others.
    known: u64,
    users: u64,
    others: u64,
    /// The tables that are taken over.
    tables: BTreeSet<&'static str>,
    /// The names of the others, as far as they are kept.
    unknown: BTreeSet<String>,
    /// Why its tables are no site's.
    misfit: Option<Failure>,
}

/// What a dump holds.
#[derive(Debug)]
pub(crate) struct Survey {
    wanted: Wanted,
    databases: BTreeMap<Database, Found>,
    end: End,
    line: u64,
}

impl Survey {
    pub(crate) fn of(wanted: Wanted) -> Self {
        Self { wanted, databases: BTreeMap::new(), end: End::Unmarked, line: 0 }
    }

    /// Whether rows of a known table in this database are taken: the first one's, when none is named.
    pub(crate) fn takes(&mut self, database: &Database) -> bool {
        if self.wanted == Wanted::First && !is_of_the_server(database) {
            self.wanted = Wanted::Only(database.clone());
        }
        self.is_taken(database)
    }

    /// Whether this is the database whose rows are taken.
    pub(crate) fn is_taken(&self, database: &Database) -> bool {
        matches!(&self.wanted, Wanted::Only(wanted) if wanted == database)
    }

    /// A row of this database, of a table that is taken over or of another one.
    pub(crate) fn count(&mut self, database: &Database, table: Option<&Table>) {
        let Some(found) = self.found(database) else { return };
        match table {
            Some(table) => {
                found.known += 1;
                found.users += u64::from(table.name == "user");
            }
            None => found.others += 1,
        }
    }

    pub(crate) fn misfits(&mut self, database: &Database, misfit: Failure) {
        if let Some(found) = self.found(database) {
            found.misfit.get_or_insert(misfit);
        }
    }

    fn found(&mut self, database: &Database) -> Option<&mut Found> {
        if !self.databases.contains_key(database) {
            if self.databases.len() >= DATABASES_MAX {
                return None;
            }
            self.databases.insert(database.clone(), Found::default());
        }
        self.databases.get_mut(database)
    }

    /// Everything is read.
    pub(crate) fn end<R: BufRead>(&mut self, dump: &Dump<R>) {
        (self.end, self.line) = (dump.end(), dump.line());
        for (database, name) in dump.tables() {
            let Some(found) = self.found(database) else { continue };
            match classic::table(name) {
                Some(table) => {
                    found.tables.insert(table.name);
                }
                None if found.unknown.len() < TABLES_MAX => {
                    found.unknown.insert(name.clone());
                }
                None => {}
            }
        }
    }

    /// Whether the end of the dump is there; or a word said that it need not be.
    pub(crate) fn check_end(&self, is_accepted: bool) -> Result<(), DumpError> {
        match &self.end {
            End::Cut(what) if !is_accepted => Err(DumpError::NoEnd { line: self.line, what: what.clone() }),
            _ => Ok(()),
        }
    }

    /// Whether nothing tells if the dump is whole.
    pub(crate) fn is_unmarked(&self) -> bool {
        self.end == End::Unmarked
    }

    /// The database to read instead, if the one that was read is not the one.
    pub(crate) fn verdict(&mut self, named: Option<&str>) -> Result<Option<Database>, Failure> {
        let chosen = match named {
            Some(name) => self.named(name)?,
            None => self.only_one()?,
        };
        if !self.is_taken(&chosen) {
            return Ok(Some(chosen));
        }
        match self.databases.get_mut(&chosen) {
            Some(found) if found.misfit.is_some() => Err(found.misfit.take().unwrap_or_else(|| self.nothing())),
            Some(found) if found.known > 0 && found.users == 0 => Err(Failure::NoUsers(self.tables())),
            Some(found) if found.known > 0 => Ok(None),
            _ => Err(self.nothing()),
        }
    }

    fn nothing(&self) -> Failure {
        Failure::Nothing(self.tables())
    }

    /// The names of tables that are not known, for whoever has to find out what they are.
    fn tables(&self) -> String {
        let unknown = self.databases.values().flat_map(|found| &found.unknown).take(TABLES_MAX);
        listed(&unknown.map(|name| format!("`{name}`")).collect::<Vec<_>>())
    }

    /// The one that somebody named; letter case decides only between two.
    fn named(&self, name: &str) -> Result<Database, Failure> {
        let names = || self.databases.keys().flatten();
        let mut alike = names().filter(|other| other.eq_ignore_ascii_case(name));
        let exact = names().find(|other| &***other == name);
        match (exact, alike.next(), alike.next()) {
            (Some(name), ..) | (None, Some(name), None) => Ok(Some(name.clone())),
            _ => Err(Failure::NoDatabase { name: name.to_owned(), found: self.list(|_| true) }),
        }
    }

    /// The only one that is a site; if none is, the one whose rows were read.
    fn only_one(&self) -> Result<Database, Failure> {
        let is_site = |found: &Found| found.users > 0 && found.misfit.is_none();
        let sites = self.databases.iter().filter(|(name, found)| is_site(found) && !is_of_the_server(name));
        match sites.map(|(name, _)| name).collect::<Vec<_>>().as_slice() {
            [one] => Ok((*one).clone()),
            [] => match &self.wanted {
                Wanted::Only(read) => Ok(read.clone()),
                Wanted::First => Err(self.nothing()),
            },
            _ => Err(Failure::Databases { found: self.list(is_site) }),
        }
    }

    fn list(&self, which: impl Fn(&Found) -> bool) -> String {
        let told = self.databases.iter().filter(|(_, found)| which(found)).map(|(name, found)| {
            let name = name.as_ref().map_or_else(|| "one without a name".to_owned(), |name| format!("`{name}`"));
            format!("{name} ({} users, {} rows)", found.users, found.known + found.others)
        });
        listed(&told.collect::<Vec<_>>())
    }

    /// The name of the database that was read.
    pub(crate) fn taken(&self) -> Option<&str> {
        match &self.wanted {
            Wanted::Only(Some(name)) => Some(name),
            _ => None,
        }
    }

    /// The tables that the database lacks.
    pub(crate) fn missing(&self) -> impl Iterator<Item = &'static Table> {
        let found = self.databases.iter().find(|(name, _)| self.is_taken(name)).map(|(_, found)| &found.tables);
        TABLES.iter().filter(move |table| !found.is_some_and(|tables| tables.contains(table.name)))
    }

    /// The databases that were passed over, with how many rows each.
    pub(crate) fn others(&self) -> impl Iterator<Item = (&str, u64)> {
        let others = self.databases.iter().filter(|(name, _)| !self.is_taken(name));
        others.map(|(name, found)| (name.as_deref().unwrap_or_default(), found.known + found.others))
    }
}

fn is_of_the_server(database: &Database) -> bool {
    database.as_deref().is_some_and(|name| OF_THE_SERVER.iter().any(|other| other.eq_ignore_ascii_case(name)))
}

fn listed(what: &[String]) -> String {
    if what.is_empty() { "none".to_owned() } else { what.join(", ") }
}

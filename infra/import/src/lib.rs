//! Takes over a site of the classic schema: reads a `MySQL` dump and loads it into the table of a deployment.
//!
//! 1. The dump is read once, row by row, into a file of the importer's own ([`read`], [`spool`]); of several databases in
//!    it, the one that is a site ([`survey`]).
//! 2. What would be lost that nobody would miss at once, such as a price, is asked about ([`losses`]).
//! 3. The rows are written as the product itself would have left them ([`load`]): users with their ledgers, codes, orders,
//!    sign-ins, messages, and what administrators keep.
//! 4. One transaction counts them all, and the product's own check of the books goes over the table.
//!
//! What does not add up is told row by row in a report. A load that was cut short goes on when it is begun again.

pub mod args;
mod classic;
mod dump;
mod encoding;
mod failure;
mod garbled;
mod load;
mod losses;
mod open;
mod progress;
mod read;
mod report;
mod spool;
mod survey;

pub use dump::DumpError;
pub use failure::Failure;
pub use losses::Loss;
pub use progress::Progress;
pub use report::Numbers;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;

use domain::Zone;
use jiff::tz::TimeZone;
use outbound::Loopback;
use platform::{Keys, Outside};
use serde_json::json;
use table::Table;
use table::books::Outcome;
use table::import::{Begun, Source, State};

use crate::garbled::Garbled;
use crate::load::Load;
use crate::read::Reader;
use crate::report::{Fate, Place, Report};
use crate::spool::Spool;
use crate::survey::{Survey, Wanted};

/// Longest message that is taken over: an item of DynamoDB's has 400 KB.
const MESSAGE_BYTES_MAX: usize = 380 * 1024;
/// The version of what is written for a dump. Raise it when that changes: nobody goes on with another version's load.
const VERSION: u32 = 2;

/// What to take over, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// The dump, plain or compressed by gzip.
    pub dump: PathBuf,
    /// The zone of times in the dump.
    pub dump_zone: TimeZone,
    /// The business time zone of the deployment.
    pub zone: Zone,
    /// The name of that zone.
    pub zone_name: String,
    /// Where the report goes; none keeps the numbers alone.
    pub report: Option<PathBuf>,
    /// Where the importer keeps its own file.
    pub spool: PathBuf,
    /// The database to take over, of those that the dump holds.
    pub database: Option<String>,
    /// The words for losses that are meant.
    pub accepted: BTreeSet<String>,
    /// Whether upstream keys and payment channels may be on this machine.
    pub loopback: Loopback,
    /// Whether nothing is written into the table.
    pub is_dry: bool,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Rows, by table of the dump.
    pub tables: BTreeMap<String, Numbers>,
    /// How often what was said about rows, by table and kind.
    pub remarks: BTreeMap<(String, &'static str), u64>,
    /// Items written, those of earlier runs included.
    pub items: u64,
    /// What would have to be said to be meant, were it no dry run.
    pub asks: Vec<Loss>,
    /// Rows that people have put into the table meanwhile.
    pub meanwhile: u64,
    /// What the check of the books found; none after a dry run.
    pub books: Option<Outcome>,
}

/// Takes over a dump.
///
/// # Errors
/// When it cannot be read, or the table is no place for it. What was written stays, and another run goes on with it.
pub async fn run(
    options: &Options,
    outside: &Outside,
    keys: &Keys,
    table: Option<&Table>,
    progress: &mut Progress,
) -> Result<Summary, Failure> {
    let Dump { digest, survey, spool, mut report } = read(options, progress)?;
    spool.sort()?;
    let redemption = keys.redemption_codes()?;
    let mark = domain::RedemptionCode::parse("import").map(|code| redemption.hash(&code)).unwrap_or_default();
    let source = Source { digest, options: how(options, &survey), secret: mark };
    let table = table.filter(|_| !options.is_dry);
    let now = outside.clock.millis();
    let before = match table {
        Some(table) => table::import::state(table).await?,
        None => None,
    };
    let began = before.map_or(now, |state| state.began);
    let mut load = Load::new(options, &spool, &mut report, began, (keys.sealer()?, redemption));
    load.judge()?;
    let asks = load.losses().but(&options.accepted);
    if !asks.is_empty() && !options.is_dry {
        report.flush()?;
        return Err(Failure::Asks(asks));
    }
    if let Some(table) = table {
        let state = begun(table, &source, &options.zone, now).await?;
        if state.began != began {
            return Err(Failure::Other("somebody else began one just now".to_owned()));
        }
        load.write_to(table, state.written);
    }
    load.everything(progress).await?;
    let items = load.items();
    let counts = load.into_counts();
    let (meanwhile, books) = match table {
        None => (0, None),
        Some(table) => {
            let meanwhile = table::import::finish(table, &counts, &options.zone, outside.clock.millis()).await?;
            (meanwhile, Some(check(options, outside, table, progress).await?))
        }
    };
    let (tables, remarks) = (report.numbers().clone(), report.kinds().clone());
    let summary = Summary { tables, remarks, items, asks, meanwhile, books };
    report.line(&summary.line())?;
    report.flush()?;
    Ok(summary)
}

/// Begins the load, or goes on with it.
async fn begun(table: &Table, source: &Source, zone: &Zone, now: i64) -> Result<State, Failure> {
    match table::import::begin(table, source, zone, now).await? {
        Begun::Ready(state) => Ok(state),
        Begun::Done(state) => Err(Failure::Done(zone.text(state.finished.unwrap_or(state.began)))),
        Begun::Other(state) => Err(Failure::Other(format!("begun at {}", zone.text(state.began)))),
        Begun::InUse(rows) => Err(Failure::InUse(rows)),
    }
}

/// The product's own check of the books, to its end.
async fn check(
    options: &Options,
    outside: &Outside,
    table: &Table,
    progress: &mut Progress,
) -> Result<Outcome, Failure> {
    /// Milliseconds after which a line says how far it is.
    const STEP_MILLIS: i64 = 2_000;
    loop {
        let until = outside.clock.millis() + STEP_MILLIS;
        let Some(now) = table::books::check(table, &outside.clock, &options.zone, until).await? else { break };
        progress.say(&format!("checking the books: {} users, {} ledger rows", now.users, now.rows));
        if now.is_through {
            break;
        }
    }
    let books = table::books::read(table).await?;
    books.outcome.ok_or_else(|| Failure::Table(domain::Error::internal("the books were not checked")))
}

/// What decides, beside the dump and the secret, what is written.
fn how(options: &Options, survey: &Survey) -> String {
    let dump_zone = options
        .dump_zone
        .iana_name()
        .map_or_else(|| format!("{:?}", options.dump_zone.to_fixed_offset().ok()), str::to_owned);
    let (zone, loopback, database) = (&options.zone_name, options.loopback, survey.taken());
    format!("version {VERSION}, dump {dump_zone}, site {zone}, {loopback:?}, database {database:?}")
}

/// A dump that is read.
struct Dump {
    digest: String,
    survey: Survey,
    spool: Spool,
    report: Report,
}

/// Reads the dump into a spool; twice when the first of its databases is not the one.
fn read(options: &Options, progress: &mut Progress) -> Result<Dump, Failure> {
    let mut wanted = options.database.as_deref().map_or(Wanted::First, |name| Wanted::Only(Some(name.into())));
    loop {
        let mut report = Report::create(options.report.as_deref())
            .map_err(|source| Failure::File { path: options.report.clone().unwrap_or_default(), source })?;
        let spool = Spool::create(&options.spool)?;
        let mut input = open::Input::of(&options.dump)?;
        progress.begin(input.bytes, 0);
        let garbled = Garbled::default();
        let mut reader = Reader { spool: &spool, report: &mut report, zone: &options.dump_zone, garbled };
        let mut survey = reader.read(&mut input.text, wanted, progress)?;
        let garbled = reader.garbled;
        survey.check_end(options.accepted.contains("end"))?;
        if let Some(other) = survey.verdict(options.database.as_deref())? {
            wanted = Wanted::Only(other);
            continue;
        }
        tell(&survey, &garbled, &mut report)?;
        return Ok(Dump { digest: input.digest(), survey, spool, report });
    }
}

/// What is odd about a dump as a whole: into the report, and to ask about.
fn tell(survey: &Survey, garbled: &Garbled, report: &mut Report) -> io::Result<()> {
    for (name, rows) in survey.others().filter(|(_, rows)| *rows > 0) {
        let place = Place { table: "(other database)", line: 0, id: 0 };
        report.say(place, Fate::Kept, "other_database", &json!({"database": name, "rows": rows}))?;
    }
    for table in survey.missing() {
        let names: Vec<String> = table.others.iter().map(|name| format!("`{name}`")).collect();
        let what = format!("the dump has no table `{}` (nor {})", table.name, names.join(" nor "));
        report.losses().add(&format!("missing:{}", table.name), || what.clone());
        report.say(Place { table: table.name, line: 0, id: 0 }, Fate::Kept, "missing_table", &json!(what))?;
    }
    if survey.is_unmarked() {
        let what =
            "nothing in the dump tells where it ends, so that it may be cut: look whether its last rows are there";
        report.losses().add("end", || what.to_owned());
        report.say(Place { table: "(dump)", line: 0, id: 0 }, Fate::Kept, "no_end", &json!(what))?;
    }
    if let Some(text) = garbled.found() {
        let what = format!(
            "texts look garbled, such as {text:?}: `>` of PowerShell does that, and a wrong SET NAMES; make the dump with \
             mysqldump --default-character-set=utf8mb4 --result-file=dump.sql"
        );
        report.losses().add("garbled", || what.clone());
        report.say(Place { table: "(dump)", line: 0, id: 0 }, Fate::Kept, "garbled", &json!(what))?;
    }
    Ok(())
}

impl Summary {
    /// Whether the books are in order, nobody was in the way, and nothing is to be asked.
    pub fn is_clean(&self) -> bool {
        self.asks.is_empty() && self.meanwhile == 0 && self.books.as_ref().is_none_or(|books| books.number == 0)
    }

    fn line(&self) -> serde_json::Value {
        let tables = self.tables.iter().map(|(table, numbers)| {
            let Numbers { read, written, left_out } = numbers;
            (table.clone(), json!({"read": read, "written": written, "left_out": left_out}))
        });
        let remarks = self.remarks.iter().map(|((table, kind), count)| (format!("{table}/{kind}"), json!(count)));
        let books = self.books.as_ref().map(|books| {
            json!({"users": books.users, "rows": books.rows, "differences": books.number, "first": books.differences})
        });
        json!({
            "summary": tables.collect::<serde_json::Map<_, _>>(),
            "remarks": remarks.collect::<serde_json::Map<_, _>>(),
            "items": self.items, "asks": self.asks.iter().map(|loss| &loss.word).collect::<Vec<_>>(),
            "meanwhile": self.meanwhile, "books": books,
        })
    }

    /// What a person reads at the end.
    pub fn text(&self) -> String {
        use std::fmt::Write as _;
        let mut text = String::new();
        let _ = writeln!(text, "{:<14} {:>10} {:>10} {:>10}", "table", "read", "taken over", "left out");
        for (table, Numbers { read, written, left_out }) in &self.tables {
            let _ = writeln!(text, "{table:<14} {read:>10} {written:>10} {left_out:>10}");
        }
        for ((table, kind), count) in &self.remarks {
            let _ = writeln!(text, "  {table}: {kind}: {count}");
        }
        if self.meanwhile > 0 {
            let _ = writeln!(text, "WARNING: people put {} rows into the table meanwhile", self.meanwhile);
        }
        if !self.asks.is_empty() {
            let _ = write!(text, "without --dry-run, nothing would be imported:\n{}", losses::told(&self.asks));
        }
        let _ = match &self.books {
            None => writeln!(text, "nothing was written: this was a dry run"),
            Some(books) if books.number == 0 => {
                writeln!(
                    text,
                    "the books are in order: {} users, {} ledger rows, no difference",
                    books.users, books.rows
                )
            }
            Some(books) => writeln!(text, "THE BOOKS DIFFER in {} places; see GET /api/admin/books", books.number),
        };
        text
    }
}

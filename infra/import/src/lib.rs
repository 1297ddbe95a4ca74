//! Takes over a site of the classic schema: reads a `MySQL` dump and loads it into the table of a deployment.
//!
//! 1. The dump is read once, row by row, into a file of the importer's own ([`read`], [`spool`]).
//! 2. The rows are written as the product itself would have left them ([`load`]): users with their ledgers, codes, orders,
//!    sign-ins, messages, and what administrators keep.
//! 3. One transaction counts them all, and the product's own check of the books goes over the table.
//!
//! What does not add up is told row by row in a report. A load that was cut short goes on when it is begun again.

pub mod args;
mod classic;
mod dump;
mod load;
mod progress;
mod read;
mod report;
mod spool;

pub use dump::DumpError;
pub use progress::Progress;
pub use report::Numbers;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use domain::Zone;
use jiff::tz::TimeZone;
use outbound::Loopback;
use platform::{Keys, Outside, StartError};
use ring::digest::{Context, SHA256};
use serde_json::json;
use table::Table;
use table::books::Outcome;
use table::import::{Begun, Source};

use crate::load::Load;
use crate::read::Reader;
use crate::report::Report;
use crate::spool::Spool;

/// Longest message that is taken over: an item of DynamoDB's has 400 KB.
const MESSAGE_BYTES_MAX: usize = 380 * 1024;
/// The version of what is written for a dump. Raise it when that changes: nobody goes on with another version's load.
const VERSION: u32 = 1;
/// How much of the file is read at once.
const BUFFER_BYTES: usize = 256 * 1024;

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
    /// Rows that people have put into the table meanwhile.
    pub meanwhile: u64,
    /// What the check of the books found; none after a dry run.
    pub books: Option<Outcome>,
}

/// Why nothing, or not all, was taken over.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The dump.
    #[error(transparent)]
    Dump(#[from] DumpError),
    /// The dump has no rows of any table that is known.
    #[error("the dump holds no rows of the tables that are taken over (user, carmi, product, order, …)")]
    Nothing,
    /// The dump has no users.
    #[error("the dump holds no rows of the table `user`: without them every other row would be nobody's")]
    NoUsers,
    /// A table of the dump lacks what it is for.
    #[error("line {line}: the table `{table}` has no column {columns}")]
    MissingColumns {
        /// Where.
        line: u64,
        /// Which table.
        table: String,
        /// Names of the columns.
        columns: String,
    },
    /// A file.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The report, or what it is read from.
    #[error("reading or writing a file failed: {0}")]
    Io(#[from] io::Error),
    /// The file of the importer's own.
    #[error("the importer's own file failed: {0}")]
    Spool(#[from] rusqlite::Error),
    /// The environment, or the secret.
    #[error("{}", told(.0))]
    Start(#[from] StartError),
    /// The table.
    #[error("the table cannot be read or written: {}; the same command goes on where this one was", .0.causes())]
    Table(domain::Error),
    /// The table is no empty one.
    #[error("the table is in use ({0} rows): nothing is imported into a table that people use. Import into a new one")]
    InUse(u64),
    /// The table has another import.
    #[error("the table holds an import of another dump, or of this one with other options or another secret: {0}")]
    Other(String),
    /// It is done already.
    #[error("this dump was imported already, at {0}")]
    Done(String),
}

impl From<domain::Error> for Failure {
    fn from(error: domain::Error) -> Self {
        Self::Table(error)
    }
}

impl Failure {
    /// The environment lacks something.
    pub fn missing(missing: platform::Missing) -> Self {
        Self::Start(missing.into())
    }
}

/// An error with what caused it.
fn told(error: &StartError) -> String {
    domain::chain(error)
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
    let mut report = Report::create(options.report.as_deref())
        .map_err(|source| Failure::File { path: options.report.clone().unwrap_or_default(), source })?;
    let spool = Spool::create(&options.spool)?;
    let digest = read(options, &spool, &mut report, progress)?;
    if report.numbers().values().all(|numbers| numbers.read == 0) {
        return Err(Failure::Nothing);
    }
    if report.numbers().get("user").is_none_or(|users| users.read == 0) {
        return Err(Failure::NoUsers);
    }
    spool.sort()?;
    let redemption = keys.redemption_codes()?;
    let mark = domain::RedemptionCode::parse("import").map(|code| redemption.hash(&code)).unwrap_or_default();
    let source = Source { digest, options: how(options), secret: mark };
    let now = outside.clock.millis();
    let state = match table.filter(|_| !options.is_dry) {
        None => None,
        Some(table) => Some(match table::import::begin(table, &source, &options.zone, now).await? {
            Begun::Ready(state) => state,
            Begun::Done(state) => {
                return Err(Failure::Done(options.zone.text(state.finished.unwrap_or(state.began))));
            }
            Begun::Other(state) => return Err(Failure::Other(format!("begun at {}", options.zone.text(state.began)))),
            Begun::InUse(rows) => return Err(Failure::InUse(rows)),
        }),
    };
    let table = state.as_ref().and(table);
    let (began, written) = state.as_ref().map_or((now, 0), |state| (state.began, state.written));
    let sealer = keys.sealer()?;
    let mut load = Load::new(options, &spool, &mut report, table, (began, written), (sealer, redemption));
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
    let summary = Summary { tables, remarks, items, meanwhile, books };
    report.line(&summary.line())?;
    report.flush()?;
    Ok(summary)
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
fn how(options: &Options) -> String {
    let dump_zone = options
        .dump_zone
        .iana_name()
        .map_or_else(|| format!("{:?}", options.dump_zone.to_fixed_offset().ok()), str::to_owned);
    format!("version {VERSION}, dump {dump_zone}, site {}, {:?}", options.zone_name, options.loopback)
}

/// Reads the dump into the spool; returns a digest of it.
fn read(options: &Options, spool: &Spool, report: &mut Report, progress: &mut Progress) -> Result<String, Failure> {
    let path = &options.dump;
    let failed = |source| Failure::File { path: path.clone(), source };
    let file = File::open(path).map_err(failed)?;
    let bytes = file.metadata().map_err(failed)?.len();
    let hash = Arc::new(Mutex::new(Context::new(&SHA256)));
    let hashed = Hashed { input: file, hash: Arc::clone(&hash) };
    let mut input = BufReader::with_capacity(BUFFER_BYTES, hashed);
    let begins = input.fill_buf().map_err(failed)?;
    let is_gzip = begins.starts_with(&[0x1f, 0x8b]);
    refuse_others(begins, path)?;
    let mut reader = Reader { spool, report, zone: &options.dump_zone };
    if is_gzip {
        // How much that will be is only known at its end.
        progress.begin(0, 0);
        let plain = flate2::read::MultiGzDecoder::new(input);
        reader.read(BufReader::with_capacity(BUFFER_BYTES, plain), progress)?;
    } else {
        progress.begin(bytes, 0);
        reader.read(input, progress)?;
    }
    let hash = hash.lock().unwrap_or_else(PoisonError::into_inner).clone().finish();
    Ok(hash.as_ref().iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}")))
}

/// Files that are clearly something else deserve a clearer word.
fn refuse_others(begins: &[u8], path: &Path) -> Result<(), Failure> {
    let kinds: [(&[u8], &str); 5] = [
        (b"PK\x03\x04", "a zip archive; unpack it first"),
        (b"BZh", "compressed by bzip2; unpack it first"),
        (b"\xFD7zXZ", "compressed by xz; unpack it first"),
        (b"\x28\xB5\x2F\xFD", "compressed by zstd; unpack it first"),
        (b"SQLite format 3", "an SQLite database"),
    ];
    match kinds.into_iter().find(|(magic, _)| begins.starts_with(magic)) {
        Some((_, what)) => Err(DumpError::NotADump { line: 1, what: what.to_owned() }.into()),
        None if begins.is_empty() => {
            Err(DumpError::NotADump { line: 1, what: format!("{} is empty", path.display()) }.into())
        }
        None => Ok(()),
    }
}

/// Adds up a digest of what is read.
struct Hashed<R> {
    input: R,
    hash: Arc<Mutex<Context>>,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        if let Some(some) = buffer.get(..count) {
            self.hash.lock().unwrap_or_else(PoisonError::into_inner).update(some);
        }
        Ok(count)
    }
}

impl Summary {
    /// Whether the books are in order and nobody was in the way.
    pub fn is_clean(&self) -> bool {
        self.meanwhile == 0 && self.books.as_ref().is_none_or(|books| books.number == 0)
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
            "items": self.items, "meanwhile": self.meanwhile, "books": books,
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

//! `cargo run -p import --example generate -- PEOPLE [SEED] > dump.sql`: a dump of a made-up site.

#[path = "../tests/import/dumps.rs"]
mod dumps;

use std::io::{self, BufWriter, Write};

fn main() -> io::Result<()> {
    let mut numbers = std::env::args().skip(1).filter_map(|argument| argument.parse::<i64>().ok());
    let people = numbers.next().filter(|people| *people > 0).unwrap_or(100);
    let seed = numbers.next().and_then(|seed| u64::try_from(seed).ok()).unwrap_or(1);
    let mut output = BufWriter::new(io::stdout().lock());
    dumps::Site { people, seed }.write(&mut output)?;
    output.flush()
}

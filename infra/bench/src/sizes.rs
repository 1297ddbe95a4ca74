//! Sizes of the release binaries, as they are and zipped, against their limits.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use miniz_oxide::deflate::compress_to_vec;

/// The functions that deploy.
pub const FUNCTIONS: [&str; 11] =
    ["auth", "users", "credits", "chat", "images", "messages", "upstreams", "shop", "site", "exports", "janitor"];

/// A cold start loads the binary; 6 MB keep that below what a person notices.
pub const BINARY_BYTES_MAX: usize = 6_000_000;
/// A cold start of a new version downloads the zip.
pub const ZIP_BYTES_MAX: usize = 2_800_000;

/// What a zip adds to the deflated bytes of its one entry `bootstrap`: local header, directory entry and end record.
const ZIP_FRAME_BYTES: usize = 30 + 46 + 22 + 2 * "bootstrap".len();
/// What the deployment tools use at their best.
const DEFLATE_LEVEL: u8 = 9;

/// Four functions are let off, each because nobody notices the milliseconds: who waits half a minute for a picture, or for a
/// payment provider; nobody waits for the janitor, and few ask the site for more than its one warm answer (ADR 6).
const LARGER: [(&str, usize, usize); 4] = [
    ("images", 7_700_000, 3_800_000),
    ("shop", 7_500_000, 3_400_000),
    ("site", 6_600_000, 2_950_000),
    ("janitor", 6_800_000, 3_150_000),
];

/// The size of one program.
#[derive(Debug)]
pub struct Size {
    /// Its name.
    pub name: String,
    /// The file.
    pub binary_bytes: usize,
    /// The file as the only entry of a zip.
    pub zip_bytes: usize,
}

impl Size {
    /// Measures `folder/name`.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn of(folder: &Path, name: &str) -> io::Result<Self> {
        let path = folder.join(name);
        let binary = std::fs::read(&path).map_err(|error| io::Error::other(format!("{}: {error}", path.display())))?;
        let zip_bytes = compress_to_vec(&binary, DEFLATE_LEVEL).len() + ZIP_FRAME_BYTES;
        Ok(Self { name: name.to_owned(), binary_bytes: binary.len(), zip_bytes })
    }

    /// Whether it is small enough to deploy.
    #[must_use]
    pub fn fits(&self) -> bool {
        let usual = ("", BINARY_BYTES_MAX, ZIP_BYTES_MAX);
        let (_, binary_max, zip_max) = LARGER.into_iter().find(|(name, ..)| *name == self.name).unwrap_or(usual);
        self.binary_bytes <= binary_max && self.zip_bytes <= zip_max
    }
}

/// The table of sizes.
#[must_use]
pub fn table(sizes: &[Size]) -> String {
    let mut text = "| binary | MB | zipped MB | within 6 / 2.8 MB |\n|---|---|---|---|\n".to_owned();
    for size in sizes {
        let verdict = if size.fits() { "yes" } else { "NO" };
        let (binary, zip) = (megabytes(size.binary_bytes), megabytes(size.zip_bytes));
        // Writing to a String does not fail.
        let _ = writeln!(text, "| {} | {binary} | {zip} | {verdict} |", size.name);
    }
    text
}

/// Bytes as MB with two decimals, rounded up so that a limit that is passed never looks kept.
fn megabytes(bytes: usize) -> String {
    let hundredths = bytes.div_ceil(10_000);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_hold_to_the_byte() {
        let size = |binary_bytes, zip_bytes| Size { name: "auth".to_owned(), binary_bytes, zip_bytes };
        assert!(size(6_000_000, 2_800_000).fits());
        assert!(!size(6_000_001, 2_800_000).fits());
        assert!(!size(6_000_000, 2_800_001).fits());
        assert!(table(&[size(6_000_001, 2_800_000)]).ends_with("| auth | 6.01 | 2.80 | NO |\n"));
    }

    #[test]
    fn a_file_is_measured() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let size = Size::of(folder, "Cargo.toml").unwrap();
        assert!(size.binary_bytes > 300 && size.zip_bytes < size.binary_bytes);
        assert!(Size::of(folder, "no-such-file").is_err());
    }
}

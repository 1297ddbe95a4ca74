//! Deflates the description of the API: as it is, it would take a thirtieth of what the function may weigh.

use std::path::Path;
use std::{env, fs, io};

use miniz_oxide::deflate::compress_to_vec;

/// Joined from `functions/site/openapi` by `infra/openapi/join.py`; every answer of the tests is checked against it.
const DOCUMENT: &str = "src/openapi.json";
const LEVEL: u8 = 9;

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={DOCUMENT}");
    let folder = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("OUT_DIR is not set"))?;
    fs::write(Path::new(&folder).join("openapi.deflate"), compress_to_vec(&fs::read(DOCUMENT)?, LEVEL))
}

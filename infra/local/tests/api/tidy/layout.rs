//! Where things are, and how large they get.

use std::collections::BTreeSet;

use super::arrows::packages;
use super::source::{code_of, files, functions};
use crate::house;

const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;
const MAIN_LINES_MAX: usize = 40;

#[test]
fn the_top_level_is_this_and_nothing_else() {
    let expected: BTreeSet<&str> =
        ["Cargo.lock", "Cargo.toml", "LICENSE", "README.md", "events", "functions", "infra", "shared", "template.yaml"]
            .into();
    let entries = house::entries(&house::root());
    let found: BTreeSet<&str> = entries.iter().map(|path| house::name(path)).collect();
    let unhidden = found.into_iter().filter(|name| !name.starts_with('.') && *name != "target");
    assert_eq!(unhidden.collect::<BTreeSet<&str>>(), expected);
}

#[test]
fn files_and_functions_stay_small() {
    let mut too_large = Vec::new();
    for folder in ["shared", "functions", "infra"] {
        for path in files(&house::root().join(folder)) {
            let text = house::read(&path);
            let lines = text.lines().count();
            if lines > FILE_LINES_MAX {
                too_large.push(format!("{}: {lines} lines", path.display()));
            }
            for function in functions(&code_of(&text)) {
                if function.lines > FUNCTION_LINES_MAX {
                    too_large.push(format!(
                        "{}:{}: {} has {} lines",
                        path.display(),
                        function.line,
                        function.name,
                        function.lines
                    ));
                }
            }
        }
    }
    assert!(too_large.is_empty(), "{}", too_large.join("\n"));
}

#[test]
fn a_functions_main_only_starts_it() {
    for (name, package) in packages("functions") {
        let lines = house::read(&package.folder.join("src/main.rs")).lines().count();
        assert!(lines <= MAIN_LINES_MAX, "{name}: main.rs has {lines} lines");
    }
}

/// A Scan reads the whole table, however large it has grown.
#[test]
fn nothing_that_deploys_scans_the_table() {
    let shared = packages("shared").into_iter().filter(|(name, _)| name != "testkit");
    for (name, package) in shared.chain(packages("functions")) {
        for path in files(&package.folder) {
            let code: String = code_of(&house::read(&path)).split_whitespace().collect();
            assert!(!code.contains(".scan()"), "{name}: {}", path.display());
            assert!(!code.contains("operation::scan"), "{name}: {}", path.display());
        }
    }
    assert!(!house::read(&house::root().join("template.yaml")).contains("dynamodb:Scan"));
}

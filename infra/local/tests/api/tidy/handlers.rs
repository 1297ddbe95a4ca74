//! One file per endpoint, in the function that the template sends its route to.

use std::collections::BTreeSet;

use super::arrows::packages;
use super::source::{code_of, files};
use crate::house;

#[test]
fn every_route_has_a_file_that_opens_with_its_name() {
    let mut found = BTreeSet::new();
    for (package, folder) in packages("functions").into_iter().map(|(name, package)| (name, package.folder)) {
        for path in files(&folder) {
            let text = house::read(&path);
            if !code_of(&text).contains("async fn handle(") {
                continue;
            }
            let first = text.lines().next().unwrap_or_default();
            let route = first.strip_prefix("//! `").and_then(|rest| rest.split_once('`'));
            let (route, what) = route.unwrap_or_else(|| panic!("{}: {first}", path.display()));
            assert!(what.starts_with(": ") && what.len() > 2, "{}: says what it does", path.display());
            let tail = route.split_once(" /api/").expect("METHOD /api/path").1.replace('/', "_");
            let (tail, stem) = (tail.as_str(), path.file_stem().and_then(|stem| stem.to_str()).expect("a name"));
            assert!(tail.ends_with(stem), "{}: named after {route}", path.display());
            assert!(found.insert(format!("{package} {route}")), "{route} has two files");
        }
    }
    let declared = house::routes().into_iter().map(|(package, method, path)| format!("{package} {method} {path}"));
    assert_eq!(found, declared.collect());
}

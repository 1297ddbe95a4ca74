//! The template gives each function the environment variables that its code reads, no more and no less.

use std::collections::BTreeSet;
use std::path::Path;

use super::arrows::packages;
use super::source::files;
use crate::house;

/// Set by Lambda in every function.
const BY_LAMBDA: [&str; 4] = ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
/// Set by the local stack alone.
const BY_LOCAL_STACK: [&str; 5] = [
    "AWS_ENDPOINT_URL_DYNAMODB",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    "AWS_ENDPOINT_URL_SES",
    "UPSTREAM_LOOPBACK",
];
/// How code reads a variable.
const READS: [&str; 3] = ["environment.text(\"", "environment.find(\"", "environment.parsed(\""];

/// What deploys of a package's sources, as one text without white space, so that a line break in a call does not hide it.
fn sources(folder: &Path) -> String {
    let files = files(&folder.join("src")).into_iter().filter(|path| !house::name(path).ends_with("tests.rs"));
    files.map(|path| house::read(&path).split_whitespace().collect::<String>()).collect()
}

/// The variables that a text reads.
fn read_by(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for read in READS {
        for (at, _) in text.match_indices(read) {
            let name = text[at + read.len()..].split('"').next().unwrap_or_default();
            names.insert(name.to_owned());
        }
    }
    for (at, _) in text.match_indices("\"AWS_ENDPOINT_URL_") {
        names.insert(text[at + 1..].split('"').next().unwrap_or_default().to_owned());
    }
    names
}

#[test]
fn each_function_gets_what_it_reads() {
    let (shared, functions) = (packages("shared"), packages("functions"));
    for function in house::template().functions {
        let package = &functions[&function.package];
        let own = sources(&package.folder);
        let mut reads = BTreeSet::new();
        for below in package.dependencies.iter().filter_map(|name| shared.get(name)) {
            reads.extend(read_by(&sources(&below.folder)));
        }
        // Shared code that this function does not call.
        if !own.contains(".warm_up(") && !own.contains("Keys::fetch(") {
            reads.remove("SECRET_ID");
        }
        if !own.contains("Base::new(") {
            reads.remove("ALLOWED_ORIGIN");
            reads.remove("BUSINESS_TIME_ZONE");
            reads.remove("PUBLIC_URL");
        }
        if !own.contains("Objects::new(") {
            reads.remove("IMAGES_BUCKET");
            reads.remove("IMAGES_URL");
        }
        reads.extend(read_by(&own));
        reads.retain(|name| !BY_LAMBDA.contains(&name.as_str()) && !BY_LOCAL_STACK.contains(&name.as_str()));
        let given: BTreeSet<String> = function.environment.keys().cloned().collect();
        assert_eq!(given, reads, "{}: given and read", function.id);
    }
}

#[test]
fn no_template_sets_what_lambda_or_the_local_stack_sets() {
    for function in house::template().functions {
        for name in BY_LAMBDA.iter().chain(&BY_LOCAL_STACK) {
            assert!(!function.environment.contains_key(*name), "{}: {name}", function.id);
        }
    }
}

#[test]
fn the_lists_hold_nothing_that_no_code_reads() {
    let all = packages("shared").into_values().chain(packages("functions").into_values());
    let read: BTreeSet<String> = all.flat_map(|package| read_by(&sources(&package.folder))).collect();
    for name in BY_LAMBDA.iter().chain(&BY_LOCAL_STACK) {
        assert!(read.contains(*name), "{name}");
    }
}

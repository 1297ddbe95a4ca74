//! The arrows between the crates point downwards only.

use std::collections::{BTreeMap, BTreeSet};

use crate::house;

/// What each shared crate may stand on.
const SHARED: [(&str, &[&str]); 11] = [
    ("domain", &[]),
    ("table", &["domain"]),
    ("platform", &["domain", "table"]),
    ("web", &["domain", "platform", "table"]),
    ("outbound", &[]),
    ("upstream", &["outbound"]),
    ("payment", &["domain", "outbound"]),
    ("keyring", &["domain", "platform", "table", "upstream"]),
    ("cashier", &["domain", "outbound", "payment", "platform", "table"]),
    ("views", &["domain", "payment", "platform", "table", "upstream", "web"]),
    ("testkit", &["domain"]),
];
/// What a function may stand on.
const BELOW_FUNCTIONS: [&str; 10] =
    ["domain", "table", "platform", "web", "outbound", "upstream", "payment", "keyring", "cashier", "views"];

/// A package of the workspace.
pub struct Package {
    pub folder: std::path::PathBuf,
    /// Its normal and build dependencies, those of single targets included.
    pub dependencies: BTreeSet<String>,
}

/// The packages in one folder of the repository, by name.
pub fn packages(folder: &str) -> BTreeMap<String, Package> {
    let folders = house::entries(&house::root().join(folder)).into_iter();
    let packages = folders.filter(|folder| folder.join("Cargo.toml").exists()).map(|folder| {
        let (name, dependencies) = read(&house::read(&folder.join("Cargo.toml")));
        assert_eq!(name, house::name(&folder), "a package is named as its folder");
        (name, Package { folder, dependencies })
    });
    packages.collect()
}

/// The name and the dependencies that a `Cargo.toml` declares.
fn read(manifest: &str) -> (String, BTreeSet<String>) {
    let (mut section, mut name, mut dependencies) = ("", String::new(), BTreeSet::new());
    for line in manifest.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(header) = line.strip_prefix('[') {
            section = header.trim_end_matches(']');
        } else if section == "package" && line.starts_with("name") {
            line.split('"').nth(1).expect("a quoted name").clone_into(&mut name);
        } else if section.ends_with("dependencies") {
            let crate_name = line.split(['.', '=', ' ']).next().expect("a name");
            assert!(line.contains("workspace = true"), "{name}: the workspace names the version of {crate_name}");
            if !section.contains("dev-dependencies") {
                dependencies.insert(crate_name.to_owned());
            }
        }
    }
    (name, dependencies)
}

fn of_ours(package: &Package, all: &BTreeSet<String>) -> BTreeSet<String> {
    package.dependencies.intersection(all).cloned().collect()
}

fn all_names() -> BTreeSet<String> {
    ["shared", "functions", "infra"].into_iter().flat_map(|folder| packages(folder).into_keys()).collect()
}

#[test]
fn shared_crates_stand_on_those_below_them() {
    let (all, mut shared) = (all_names(), packages("shared"));
    for (name, below) in SHARED {
        let package = shared.remove(name).unwrap_or_else(|| panic!("no crate {name}"));
        for dependency in of_ours(&package, &all) {
            assert!(below.contains(&dependency.as_str()), "{name} must not depend on {dependency}");
        }
    }
    assert_eq!(shared.keys().collect::<Vec<_>>(), [] as [&str; 0], "a shared crate without a place in SHARED");
}

#[test]
fn functions_stand_on_the_shared_crates_and_not_on_each_other() {
    let all = all_names();
    for (name, package) in packages("functions") {
        for dependency in of_ours(&package, &all) {
            assert!(BELOW_FUNCTIONS.contains(&dependency.as_str()), "{name} must not depend on {dependency}");
        }
    }
}

#[test]
fn rules_do_no_io_and_callers_of_others_know_no_cloud() {
    let forbidden: [(&str, &[&str]); 5] = [
        ("domain", &["aws", "lambda", "http", "hyper", "reqwest", "tokio", "url"]),
        ("table", &["lambda", "http", "hyper", "reqwest"]),
        ("outbound", &["aws", "lambda"]),
        ("upstream", &["aws", "lambda"]),
        ("payment", &["aws", "lambda"]),
    ];
    let shared = packages("shared");
    for (name, prefixes) in forbidden {
        for dependency in &shared[name].dependencies {
            let is_bad = prefixes.iter().any(|prefix| dependency.starts_with(prefix));
            assert!(!is_bad, "{name} must not depend on {dependency}");
        }
    }
}

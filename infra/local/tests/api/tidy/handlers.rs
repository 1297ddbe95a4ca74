//! One file per endpoint, in the function that the template sends its route to. Its first line says which route that is;
//! its name only reminds of it.

use std::collections::BTreeSet;

use super::arrows::packages;
use super::source::{code_of, files};
use crate::house;

#[test]
fn every_route_has_a_file_that_opens_with_its_name() {
    let mut found = BTreeSet::new();
    for (package, folder) in packages("functions").into_iter().map(|(name, package)| (name, package.folder)) {
        for file in files(&folder) {
            let text = house::read(&file);
            if !code_of(&text).contains("async fn handle(") {
                continue;
            }
            let first = text.lines().next().unwrap_or_default();
            let opening = first.strip_prefix("//! ").and_then(|rest| rest.split_once(": "));
            let (names, what) = opening.unwrap_or_else(|| panic!("{}: {first}", file.display()));
            assert!(!what.is_empty(), "{}: says what it does", file.display());
            let stem = file.file_stem().and_then(|stem| stem.to_str()).expect("a name");
            // A route that is known by a second name, or with more in its path, has that one second.
            for (place, name) in names.split(" and ").enumerate() {
                let route = name.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
                let (method, path) = route
                    .and_then(|route| route.split_once(' '))
                    .unwrap_or_else(|| panic!("{}: METHOD /path", file.display()));
                assert!(place > 0 || is_named_after(stem, method, path), "{}: named after {name}", file.display());
                assert!(found.insert(format!("{package} {method} {path}")), "{name} has two files");
            }
        }
    }
    let declared = house::routes().into_iter().map(|(package, method, path)| format!("{package} {method} {path}"));
    assert_eq!(found, declared.collect());
}

/// Whether a file's stem is the end of the path, in whole segments, with or without the method behind it.
fn is_named_after(stem: &str, method: &str, path: &str) -> bool {
    let (words, method) = (house::words(path), method.to_lowercase());
    let mut tails = (0..words.len()).map(|from| words[from..].join("_"));
    tails.any(|tail| stem.strip_prefix(&tail).is_some_and(|rest| rest.is_empty() || rest == format!("_{method}")))
}

#[test]
fn stems_are_tails_of_the_path_with_or_without_the_method() {
    for stem in ["id", "carmi_id", "admin_carmi_id", "carmi_id_delete", "admin_carmi_id_delete"] {
        assert!(is_named_after(stem, "DELETE", "/api/admin/carmi/{id}"), "{stem}");
    }
    for stem in ["", "carmi", "d", "delete", "_delete", "mi_id", "{id}", "api_admin_carmi_id", "carmi_id_get"] {
        assert!(!is_named_after(stem, "DELETE", "/api/admin/carmi/{id}"), "{stem}");
    }
    assert!(is_named_after("carmi_post", "POST", "/api/admin/carmi"));
    for stem in ["notify", "pay_notify", "pay_notify_any"] {
        assert!(is_named_after(stem, "ANY", "/api/pay/notify"), "{stem}");
    }
    assert!(!is_named_after("pay_notify", "ANY", "/api/pay/notify/{channel}/{id}"));
    assert!(!is_named_after("pay_notify_post", "ANY", "/api/pay/notify"));
    assert!(is_named_after("v1_models", "GET", "/v1/models"));
    assert!(is_named_after("send_sms", "GET", "/api/send_sms") && !is_named_after("sms", "GET", "/api/send_sms"));
}

/// What the template streams is started by what streams, and nothing else is: a streaming runtime breaks buffered calls.
#[test]
fn the_template_streams_what_the_code_streams() {
    for function in house::template().functions {
        let main = house::read(&packages("functions")[&function.package].folder.join("src/main.rs"));
        let is_streamed = function.routes.iter().any(|route| route.streaming);
        assert_eq!(main.contains("web::serve_streaming("), is_streamed, "{}", function.id);
    }
}

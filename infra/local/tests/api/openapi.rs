//! `GET /api/openapi.json`

use std::collections::BTreeSet;

use serde_json::Value;

use crate::app::TestApp;
use crate::{description, house};

#[tokio::test]
async fn everybody_is_handed_the_document() {
    TestApp::run(async |app| {
        for token in ["", "garbage"] {
            let answer = app.get("/api/openapi.json", token).await;
            assert_eq!(answer.status, 200);
            assert_eq!(&answer.json(), description::document());
            assert_eq!(answer.headers["cache-control"], "no-store");
            assert_eq!(answer.headers["access-control-allow-origin"], "*");
        }
    })
    .await;
}

/// Routes of any method are described by two.
#[test]
fn the_document_has_every_route_of_the_template_and_no_other() {
    // What no route has is no route, and the description knows no paths within a variable.
    let routes = house::routes().into_iter().filter(|(_, _, path)| !house::is_for_nothing(path));
    let declared = routes.map(|(package, method, path)| (package, method, path.replace("+}", "}")));
    let declared = declared.flat_map(|(_, method, path)| {
        let methods = if method == "ANY" { vec!["GET".to_owned(), "POST".to_owned()] } else { vec![method] };
        methods.into_iter().map(move |method| format!("{method} {path}"))
    });
    let declared: BTreeSet<String> = declared.collect();
    let described: BTreeSet<String> = operations().map(|(method, path, _)| format!("{method} {path}")).collect();
    let (undescribed, undeclared): (Vec<_>, Vec<_>) =
        (declared.difference(&described).collect(), described.difference(&declared).collect());
    assert!(undescribed.is_empty() && undeclared.is_empty(), "missing: {undescribed:?}, too many: {undeclared:?}");
}

/// The identity that a route asks for is the one that the sweep shows: the statuses of refusals tell.
#[test]
fn who_may_ask_is_told_as_paths_and_refusals_tell_it() {
    for (method, path, operation) in operations() {
        let about = format!("{method} {path}");
        let responses = operation["responses"].as_object().expect("responses");
        let security = operation["security"].to_string();
        let is_admins = path.starts_with("/api/admin/");
        assert_eq!(security == r#"[{"key":[]}]"#, house::is_for_programs(path), "{about}: {security}");
        assert!(!is_admins || security == r#"[{"token":[]}]"#, "{about}: {security}");
        assert!(!is_admins || responses.contains_key("403"), "{about}: no 403");
        let asks = !security.starts_with("[]") && !security.starts_with("[{},");
        assert!(!asks || responses.contains_key("401"), "{about}: no 401");
    }
}

/// Variables of a path, one by one.
#[test]
fn every_variable_of_a_path_is_described() {
    for (method, path, operation) in operations() {
        let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        let of_path = parameters.iter().filter(|parameter| parameter["in"] == "path");
        let described: BTreeSet<&str> = of_path.map(|parameter| parameter["name"].as_str().expect("a name")).collect();
        let variables = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        assert_eq!(described, variables.collect(), "{method} {path}");
    }
}

fn operations() -> impl Iterator<Item = (String, &'static str, &'static Value)> {
    let paths = description::document()["paths"].as_object().expect("paths");
    paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().expect("methods");
        methods.iter().map(move |(method, operation)| (method.to_uppercase(), path.as_str(), operation))
    })
}

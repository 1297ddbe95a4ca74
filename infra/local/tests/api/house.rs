//! The repository as tests see it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use local::template::Template;

use crate::app::ADMIN;

/// The top of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository")
}

/// A file's text.
pub fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What a folder holds, by name.
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

/// The last part of a path.
pub fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).expect("a name in UTF-8")
}

/// What `template.yaml` says.
pub fn template() -> Template {
    let parameters = [("AdminAccount", ADMIN), ("MailSender", "no-reply@example.com")];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Template::read(&read(&root().join("template.yaml")), &BTreeMap::from(parameters)).expect("a template")
}

/// All routes of the template: the package that answers, the method and the path.
pub fn routes() -> Vec<(String, String, String)> {
    let functions = template().functions.into_iter();
    let routes = functions.flat_map(|function| {
        let package = function.package;
        function.routes.into_iter().map(move |route| (package.clone(), route.method, route.path))
    });
    routes.collect()
}

/// A route as names of files have it: `DELETE /api/admin/carmi/{id}` is `delete-admin_carmi_id`.
pub fn slug(method: &str, path: &str) -> String {
    format!("{}-{}", method.to_lowercase(), words(path).join("_"))
}

/// The segments of a route's path as names have them: without the `/api` that most share, variables without braces, and
/// with `_` for a dot.
pub fn words(path: &str) -> Vec<String> {
    let below = path.strip_prefix("/api/").or_else(|| path.strip_prefix('/')).unwrap_or(path);
    below.split('/').map(|segment| segment.trim_matches(['{', '+', '}']).replace('.', "_")).collect()
}

/// Whether a route's path is for payment providers: they use any method, and read one word.
pub fn is_for_providers(path: &str) -> bool {
    path == "/api/pay/notify" || path.starts_with("/api/pay/notify/")
}

/// Whether a path is for programs: they show a key, and read answers in OpenAI's form.
pub fn is_for_programs(path: &str) -> bool {
    let path = path.trim_start_matches("/prod");
    path.starts_with("/v1/") || path.starts_with("/dashboard/")
}

/// Whether a route is for what has none: it tells programs so.
pub fn is_for_nothing(path: &str) -> bool {
    path == "/v1/{proxy+}"
}

/// Whether a route's path is for readers: what it answers is the same for everybody, and no envelope.
pub fn is_for_readers(path: &str) -> bool {
    ["/api/openapi.json", "/api/docs", "/api/avatar"].contains(&path.trim_start_matches("/prod"))
}

#[test]
fn routes_of_any_method_are_those_for_payment_providers_and_for_nothing() {
    let mut any = Vec::new();
    for (_, method, path) in routes() {
        assert_eq!(method == "ANY", is_for_providers(&path) || is_for_nothing(&path), "{method} {path}");
        any.extend((method == "ANY").then_some(path));
    }
    any.sort();
    assert_eq!(any, ["/api/pay/notify", "/api/pay/notify/{channel}/{id}", "/v1/{proxy+}"]);
}

#[test]
fn a_slug_tells_method_and_path() {
    assert_eq!(slug("GET", "/api/send_sms"), "get-send_sms");
    assert_eq!(slug("GET", "/api/openapi.json"), "get-openapi_json");
    assert_eq!(slug("PUT", "/api/user/password"), "put-user_password");
    assert_eq!(slug("POST", "/api/admin/carmi"), "post-admin_carmi");
    assert_eq!(slug("DELETE", "/api/admin/carmi/{id}"), "delete-admin_carmi_id");
    assert_eq!(slug("ANY", "/api/pay/notify/{channel}/{id}"), "any-pay_notify_channel_id");
}

#[test]
fn a_slug_drops_api_at_the_front_alone() {
    assert_eq!(slug("GET", "/v1/models"), "get-v1_models");
    assert_eq!(slug("GET", "/v1/models/{model+}"), "get-v1_models_model");
    assert_eq!(slug("GET", "/v1/api/models"), "get-v1_api_models");
    assert_eq!(slug("GET", "/apis"), "get-apis");
}

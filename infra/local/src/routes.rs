//! Which route a request takes, chosen as API Gateway chooses: fixed segments before `{name}` before `{name+}`.

use std::cmp::Ordering;

use crate::template::{Route, Template};

/// The routes of a template.
#[derive(Debug)]
pub(crate) struct Routes {
    stage_prefix: String,
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    /// The index of the function in the template.
    function: usize,
    route: Route,
    pattern: Vec<Segment>,
}

/// Ordered as API Gateway prefers them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Fixed(String),
    Variable(String),
    Rest(String),
}

/// A request's path without the stage, and what answers there.
#[derive(Debug)]
pub(crate) struct Found<'r> {
    /// The path as the function sees it.
    pub(crate) path: String,
    /// The values of the path's variable segments, as they were sent.
    pub(crate) parameters: Vec<(String, String)>,
    /// The route, or the methods that the path has instead of the one asked for.
    pub(crate) outcome: Result<Target<'r>, Vec<String>>,
}

/// The route and its function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'r> {
    /// The index of the function in the template.
    pub(crate) function: usize,
    /// The route.
    pub(crate) route: &'r Route,
}

impl Routes {
    /// The routes of `template`.
    pub(crate) fn new(template: &Template) -> Self {
        let functions = template.functions.iter().enumerate();
        let entries = functions.flat_map(|(function, declared)| {
            declared.routes.iter().map(move |route| Entry {
                function,
                route: route.clone(),
                pattern: parse(&route.path),
            })
        });
        Self { stage_prefix: format!("/{}", template.stage), entries: entries.collect() }
    }

    /// What answers `method` at `path`, with or without the stage in front; `None` for an unknown path.
    pub(crate) fn find(&self, method: &str, path: &str) -> Option<Found<'_>> {
        let below_stage = path.strip_prefix(&self.stage_prefix).filter(|rest| rest.starts_with('/'));
        self.find_exact(method, path).or_else(|| self.find_exact(method, below_stage?))
    }

    fn find_exact(&self, method: &str, path: &str) -> Option<Found<'_>> {
        let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        let matching: Vec<&Entry> = self.entries.iter().filter(|entry| matches(&entry.pattern, &segments)).collect();
        let best = matching.iter().map(|entry| &entry.pattern).min_by(|left, right| preference(left, right))?;
        let at_best: Vec<&&Entry> = matching.iter().filter(|entry| &entry.pattern == best).collect();
        let by_method = |wanted: &str| at_best.iter().find(|entry| entry.route.method == wanted);
        let outcome = match by_method(method).or_else(|| by_method("ANY")) {
            Some(entry) => Ok(Target { function: entry.function, route: &entry.route }),
            None => Err(at_best.iter().map(|entry| entry.route.method.clone()).collect()),
        };
        Some(Found { path: path.to_owned(), parameters: parameters(best, &segments), outcome })
    }
}

fn parse(path: &str) -> Vec<Segment> {
    let segments = path.trim_start_matches('/').split('/');
    segments
        .map(|segment| match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) => match name.strip_suffix('+') {
                Some(name) => Segment::Rest(name.to_owned()),
                None => Segment::Variable(name.to_owned()),
            },
            None => Segment::Fixed(segment.to_owned()),
        })
        .collect()
}

fn matches(pattern: &[Segment], segments: &[&str]) -> bool {
    match (pattern, segments) {
        ([Segment::Rest(_)], [first, ..]) => !first.is_empty(),
        ([Segment::Fixed(text), pattern @ ..], [first, segments @ ..]) => text == first && matches(pattern, segments),
        ([Segment::Variable(_), pattern @ ..], [first, segments @ ..]) => {
            !first.is_empty() && matches(pattern, segments)
        }
        ([], []) => true,
        _ => false,
    }
}

/// Segment by segment; the names of variables do not count.
fn preference(left: &[Segment], right: &[Segment]) -> Ordering {
    let rank = |segment: &Segment| match segment {
        Segment::Fixed(_) => 0,
        Segment::Variable(_) => 1,
        Segment::Rest(_) => 2,
    };
    left.iter().map(rank).cmp(right.iter().map(rank))
}

fn parameters(pattern: &[Segment], segments: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (index, segment) in pattern.iter().enumerate() {
        match segment {
            Segment::Fixed(_) => {}
            Segment::Variable(name) => found.push((name.clone(), segments[index].to_owned())),
            Segment::Rest(name) => found.push((name.clone(), segments[index..].join("/"))),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn routes() -> Routes {
        let paths = [
            ("GET", "/api/user/info"),
            ("POST", "/api/user/info"),
            ("GET", "/api/user/{id}"),
            ("DELETE", "/api/{kind}/{id}"),
            ("ANY", "/api/{rest+}"),
            ("GET", "/"),
        ];
        let entries = paths.iter().enumerate().map(|(function, (method, path))| Entry {
            function,
            pattern: parse(path),
            route: Route {
                method: (*method).to_owned(),
                path: (*path).to_owned(),
                streaming: false,
                timeout: Duration::from_secs(29),
            },
        });
        Routes { stage_prefix: "/prod".to_owned(), entries: entries.collect() }
    }

    /// The function and the parameters that answer, or the methods that would.
    fn ask(method: &str, path: &str) -> Option<Result<(usize, String), String>> {
        let routes = routes();
        let found = routes.find(method, path)?;
        let parameters: Vec<_> = found.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        Some(found.outcome.map(|target| (target.function, parameters.join(","))).map_err(|methods| methods.join(",")))
    }

    #[test]
    fn fixed_segments_win_over_variables_and_those_over_the_rest() {
        assert_eq!(ask("GET", "/api/user/info"), Some(Ok((0, String::new()))));
        assert_eq!(ask("POST", "/api/user/info"), Some(Ok((1, String::new()))));
        assert_eq!(ask("GET", "/api/user/7%2F8"), Some(Ok((2, "id=7%2F8".to_owned()))));
        assert_eq!(ask("DELETE", "/api/carmi/7"), Some(Ok((3, "kind=carmi,id=7".to_owned()))));
        assert_eq!(ask("PATCH", "/api/a/b/c"), Some(Ok((4, "rest=a/b/c".to_owned()))));
        assert_eq!(ask("GET", "/"), Some(Ok((5, String::new()))));
    }

    #[test]
    fn the_best_path_decides_before_the_method() {
        assert_eq!(ask("DELETE", "/api/user/info"), Some(Err("GET,POST".to_owned())));
    }

    #[test]
    fn the_stage_may_stand_in_front() {
        assert_eq!(ask("GET", "/prod/api/user/info"), Some(Ok((0, String::new()))));
        assert_eq!(ask("GET", "/production/api/user/info"), None);
        assert_eq!(ask("GET", "/prod/"), Some(Ok((5, String::new()))));
    }

    #[test]
    fn unknown_paths_are_unknown() {
        for path in ["/api", "/api/", "/apix", "//", "*", "", "/prod"] {
            assert_eq!(ask("GET", path), None, "{path}");
        }
    }
}

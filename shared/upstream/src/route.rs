//! The address of the chat route behind an upstream's base URL.

use outbound::Endpoint;
use reqwest::Url;

/// `…/v1/chat/completions`, where a version that is already in the path (`/v1`, `/api/paas/v4`, `/v1beta/openai`) is
/// kept instead of `/v1`, and a path that names the route already stays as it is.
pub(crate) fn chat_url(endpoint: &Endpoint) -> Url {
    let mut url = endpoint.url().clone();
    let mut segments: Vec<&str> = endpoint.url().path().split('/').filter(|segment| !segment.is_empty()).collect();
    if !segments.ends_with(&["chat", "completions"]) {
        if !segments.iter().copied().any(is_version) {
            segments.push("v1");
        }
        segments.extend(["chat", "completions"]);
    }
    url.set_path(&segments.join("/"));
    url
}

/// `v1`, `v4`, `v1beta`.
pub(crate) fn is_version(segment: &str) -> bool {
    let mut characters = segment.chars();
    characters.next() == Some('v') && characters.next().is_some_and(|second| second.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use outbound::Loopback;

    use super::*;

    fn url_of(typed: &str) -> String {
        Endpoint::parse(typed, Loopback::Refuse).map_or_else(|error| format!("{error:?}"), |it| chat_url(&it).into())
    }

    #[test]
    fn typed_bases_lead_to_the_chat_route() {
        for (typed, url) in [
            ("https://api.openai.com", "https://api.openai.com/v1/chat/completions"),
            (" https://api.openai.com/ ", "https://api.openai.com/v1/chat/completions"),
            ("api.openai.com", "https://api.openai.com/v1/chat/completions"),
            ("api.example.com:8443/v1", "https://api.example.com:8443/v1/chat/completions"),
            ("https://x.example.com/v1", "https://x.example.com/v1/chat/completions"),
            ("https://x.example.com/v1/", "https://x.example.com/v1/chat/completions"),
            ("https://x.example.com/openai", "https://x.example.com/openai/v1/chat/completions"),
            ("https://x.example.com//openai//", "https://x.example.com/openai/v1/chat/completions"),
            ("https://x.example.com/api/paas/v4", "https://x.example.com/api/paas/v4/chat/completions"),
            ("https://x.example.com/v1beta/openai/", "https://x.example.com/v1beta/openai/chat/completions"),
            ("https://x.example.com/v1/chat/completions", "https://x.example.com/v1/chat/completions"),
            ("HTTPS://API.OpenAI.COM:443", "https://api.openai.com/v1/chat/completions"),
            ("https://1.1.1.1/", "https://1.1.1.1/v1/chat/completions"),
            ("https://[2606:4700::1111]:8443", "https://[2606:4700::1111]:8443/v1/chat/completions"),
            ("https://模型.example.com", "https://xn--xgs754b.example.com/v1/chat/completions"),
            ("https://x.example.com/a/../b", "https://x.example.com/b/v1/chat/completions"),
            ("https://x.example.com/@cf/v1", "https://x.example.com/@cf/v1/chat/completions"),
            ("https://x.example.com/vault", "https://x.example.com/vault/v1/chat/completions"),
        ] {
            assert_eq!(url_of(typed), url, "{typed}");
        }
    }
}

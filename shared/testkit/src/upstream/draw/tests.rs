//! Every directive of every provider, with the product's own client over real HTTP.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use tokio::task::JoinSet;
use tokio::time::Instant;
use upstream::draw::{Drawn, Kind, Picture, Provider, Size, Source, Undrawn};
use upstream::{AddressError, Balance, Cause, Client, Key, Loopback, Refusal, Secret};

use super::png;
use crate::testing::serve;
use crate::upstream::Upstream;

const ALL: [Provider; 3] = [Provider::OpenAi, Provider::Stability, Provider::StableDiffusion];

/// A scripted upstream on a port, and a client with a key to it.
struct Kit {
    upstream: Upstream,
    address: SocketAddr,
    client: Client,
    _server: JoinSet<()>,
}

impl Kit {
    async fn start() -> Self {
        let upstream = Upstream::new();
        let answering = upstream.clone();
        let (address, server) = serve(move |request| {
            let upstream = answering.clone();
            async move { upstream.answer(request).await }
        })
        .await;
        Self { upstream, address, client: Client::new(Loopback::Allow).unwrap(), _server: server }
    }

    fn key(&self, secret: &str) -> Key {
        let host = format!("http://{}/_local/upstream", self.address);
        Key { id: "a".into(), host, secret: Secret::new(secret.into()) }
    }

    async fn draw(&self, provider: Provider, picture: &Picture) -> Result<Vec<Drawn>, Undrawn> {
        let until = Instant::now() + Duration::from_secs(20);
        self.client.draw(&self.key("sk-good"), provider, picture, until).await
    }

    async fn draw_with(&self, provider: Provider, secret: &str) -> Result<Vec<Drawn>, Undrawn> {
        let until = Instant::now() + Duration::from_secs(20);
        self.client.draw(&self.key(secret), provider, &picture("a dragon"), until).await
    }

    /// Why this prompt is not drawn.
    async fn fails(&self, provider: Provider, prompt: &str) -> Undrawn {
        self.draw(provider, &picture(prompt)).await.unwrap_err()
    }
}

fn picture(prompt: &str) -> Picture {
    Picture {
        prompt: prompt.into(),
        negative_prompt: Some("rain".into()),
        count: 2,
        size: Size::new(512, 512),
        quality: None,
        steps: None,
        style: None,
        model: None,
        source: None,
    }
}

/// Width and height of a PNG.
fn size_of(drawn: &Drawn) -> (u32, u32) {
    let number = |at: usize| u32::from_be_bytes(drawn.bytes[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

fn refused(status: u16, refusal: Refusal) -> Undrawn {
    Undrawn::Refused { status, refusal }
}

#[tokio::test]
async fn every_provider_draws_what_is_asked() {
    let kit = Kit::start().await;
    for (provider, size) in ALL.into_iter().zip([(512, 512), (1024, 1024), (512, 512)]) {
        let drawn = kit.draw(provider, &picture("a dragon")).await.unwrap();
        assert_eq!(drawn.len(), 2, "{provider:?}");
        assert!(drawn.iter().all(|it| it.kind == Kind::Png && size_of(it) == size), "{provider:?}");
        assert_ne!(drawn[0], drawn[1]);
        let again = kit.draw(provider, &picture("a dragon [[delay_ms=20]]")).await.unwrap();
        assert_eq!(drawn[0], again[0], "the words decide the colour");
        assert_ne!(drawn[0], kit.draw(provider, &picture("a cat")).await.unwrap()[0]);
    }
}

#[tokio::test]
async fn ten_pictures_take_as_many_calls_as_the_provider_needs() {
    let kit = Kit::start().await;
    for (provider, model, calls) in [
        (Provider::OpenAi, Some("dall-e-2"), 1),
        (Provider::OpenAi, Some("dall-e-3"), 10),
        (Provider::OpenAi, Some("gpt-image-1"), 1),
        (Provider::OpenAi, Some("flux"), 10),
        (Provider::Stability, Some("stable-diffusion-v1-6"), 1),
        // Three draws, and a file for each picture.
        (Provider::StableDiffusion, None, 13),
    ] {
        let before = kit.upstream.count();
        let model = model.map(str::to_owned);
        let drawn = kit.draw(provider, &Picture { count: 200, model, ..picture("x") }).await.unwrap();
        assert_eq!((drawn.len(), kit.upstream.count() - before), (10, calls), "{provider:?}");
    }
}

#[tokio::test]
async fn a_picture_can_start_from_another() {
    let kit = Kit::start().await;
    let start = Source::Bytes { bytes: Bytes::from(png::draw(7, 64, 64, 0)), kind: Kind::Png };
    let url = Source::Url(format!("http://{}/_local/upstream/files/png/00ff00/64x64/0.png", kit.address));
    for provider in ALL {
        let from = |source: &Source| Picture { source: Some(source.clone()), ..picture("a dragon") };
        assert_eq!(kit.draw(provider, &from(&url)).await.unwrap().len(), 2, "{provider:?}");
        let seen = kit.upstream.requests();
        let routes = ["/v1/images/edits", "/image-to-image", "/api/v3/img2img"];
        assert!(seen.iter().any(|it| routes.iter().any(|route| it.path.ends_with(route))), "{provider:?}");
        match provider {
            Provider::StableDiffusion => {
                assert_eq!(kit.draw(provider, &from(&start)).await.unwrap_err(), Undrawn::SourceWithoutUrl);
            }
            _ => assert_eq!(kit.draw(provider, &from(&start)).await.unwrap().len(), 2),
        }
        let inside = Source::Url("https://169.254.169.254/latest".into());
        let blocked = Undrawn::Source(Cause::Blocked(AddressError::NotPublic));
        assert_eq!(kit.draw(provider, &from(&inside)).await.unwrap_err(), blocked);
    }
    let page = Source::Url(format!("http://{}/_local/upstream/files/svg/00ff00/64x64/0.png", kit.address));
    let asked = Picture { source: Some(page), ..picture("x") };
    assert_eq!(kit.draw(Provider::Stability, &asked).await.unwrap_err(), Undrawn::Source(Cause::Malformed));
}

#[tokio::test]
async fn keys_fail_with_their_cause() {
    let kit = Kit::start().await;
    for provider in ALL {
        for (secret, cause) in [
            ("sk-status-401", Cause::Unauthorized),
            ("sk-status-402", Cause::Quota),
            ("sk-status-500", Cause::Server(500)),
        ] {
            assert_eq!(kit.draw_with(provider, secret).await.unwrap_err(), Undrawn::Failed(cause), "{provider:?}");
        }
        let limited = kit.draw_with(provider, "sk-status-429").await.unwrap_err();
        assert!(matches!(limited, Undrawn::Failed(Cause::RateLimited { .. })), "{provider:?} {limited:?}");
    }
}

#[tokio::test]
async fn refusals_and_failures_are_told_apart() {
    let kit = Kit::start().await;
    for provider in ALL {
        let filtered = kit.fails(provider, "x [[filtered]]").await;
        assert!(matches!(filtered, Undrawn::Refused { refusal: Refusal::Filtered, .. }), "{provider:?} {filtered:?}");
        assert_eq!(kit.fails(provider, "x [[status=400]]").await, refused(400, Refusal::Other));
        assert_eq!(kit.fails(provider, "x [[status=503]]").await, Undrawn::Failed(Cause::Server(503)));
        assert_eq!(kit.fails(provider, "x [[status=402]]").await, Undrawn::Failed(Cause::Quota));
        assert_eq!(kit.fails(provider, "x [[garbage]]").await, Undrawn::Failed(Cause::Malformed));
        assert_eq!(kit.fails(provider, "x [[html]]").await, Undrawn::Failed(Cause::Malformed));
        assert_eq!(kit.fails(provider, "x [[svg]]").await, Undrawn::Failed(Cause::Malformed));
        assert_eq!(kit.fails(provider, "x [[partial=0]]").await, Undrawn::Failed(Cause::Empty));
        assert_eq!(kit.draw(provider, &picture("x [[partial=1]]")).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn files_are_fetched_with_suspicion() {
    let kit = Kit::start().await;
    assert_eq!(kit.draw(Provider::OpenAi, &picture("x [[url]]")).await.unwrap().len(), 2);
    for provider in [Provider::OpenAi, Provider::StableDiffusion] {
        let of = |directive: &str| format!("x [[url]] [[{directive}]]");
        assert_eq!(kit.fails(provider, &of("redirect")).await, Undrawn::Failed(Cause::Server(307)));
        assert_eq!(kit.fails(provider, &of("private")).await, Undrawn::Failed(Cause::Blocked(AddressError::NotPublic)));
        assert_eq!(kit.fails(provider, &of("svg")).await, Undrawn::Failed(Cause::Malformed));
        assert_eq!(kit.fails(provider, &of("huge=11")).await, Undrawn::Failed(Cause::TooLarge));
    }
    assert_eq!(kit.fails(Provider::Stability, "x [[redirect]]").await, Undrawn::Failed(Cause::Server(307)));
}

#[tokio::test]
async fn an_image_that_is_too_large_spoils_only_itself() {
    let kit = Kit::start().await;
    for provider in [Provider::OpenAi, Provider::Stability] {
        assert_eq!(kit.draw(provider, &picture("x [[huge=11]]")).await.unwrap().len(), 1, "{provider:?}");
        assert_eq!(kit.fails(provider, "x [[huge=11]] [[partial=1]]").await, Undrawn::Failed(Cause::TooLarge));
    }
}

#[tokio::test]
async fn a_queued_draw_is_asked_after() {
    let kit = Kit::start().await;
    let asked = Picture { count: 6, ..picture("x [[processing=2]]") };
    assert_eq!(kit.draw(Provider::StableDiffusion, &asked).await.unwrap().len(), 6);
    let polls = kit.upstream.requests().iter().filter(|it| it.path.contains("/api/v3/fetch/")).count();
    assert_eq!(polls, 4);
    let until = Instant::now() + Duration::from_secs(4);
    let key = kit.key("sk-good");
    let late = kit.client.draw(&key, Provider::StableDiffusion, &picture("x [[processing=99]]"), until).await;
    assert_eq!(late.unwrap_err(), Undrawn::Failed(Cause::Silence));
    assert!(Instant::now() <= until, "it gives up before it waits in vain");
}

#[tokio::test]
async fn a_slow_provider_is_given_up_in_time() {
    let kit = Kit::start().await;
    for provider in ALL {
        let until = Instant::now() + Duration::from_millis(700);
        let late = kit.client.draw(&kit.key("sk-good"), provider, &picture("x [[delay_ms=60000]]"), until).await;
        assert_eq!(late.unwrap_err(), Undrawn::Failed(Cause::FirstByte), "{provider:?}");
        assert!(until.elapsed() < Duration::from_secs(30));
    }
}

#[tokio::test]
async fn money_is_told() {
    let kit = Kit::start().await;
    let until = Instant::now() + Duration::from_secs(5);
    let key = kit.key("sk-good");
    let openai = kit.client.openai_balance(&key, "2026-09-01", "2026-11-30", until).await;
    assert_eq!(openai, Ok(Some(Balance { limit_micro_usd: 100_000_000, used_micro_usd: 12_345_000 })));
    let stability = kit.client.stability_balance(&key, until).await;
    assert_eq!(stability, Ok(Some(Balance { limit_micro_usd: 12_345_000, used_micro_usd: 0 })));
    let stopped = kit.client.stability_balance(&kit.key("sk-status-401"), until).await;
    assert_eq!(stopped, Err(Cause::Unauthorized));
    assert_eq!(kit.client.stability_balance(&kit.key("sk-status-404"), until).await, Ok(None));
}

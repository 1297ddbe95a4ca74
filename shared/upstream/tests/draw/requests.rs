//! What each provider is sent.

use bytes::Bytes;
use serde_json::{Value, json};
use upstream::draw::{Kind, Picture, Provider, Quality, Size, Source, Style};

use crate::server::{Request, Server, plain};
use crate::{draw_within, picture};

/// The request that this draw makes first; the server refuses it.
fn request(provider: Provider, base: &str, picture: &Picture) -> Request {
    let server = Server::start(vec![plain("400 No", "", "{}")]);
    let _ = draw_within(&format!("{}{base}", server.url), provider, picture, 5_000);
    server.requests().remove(0)
}

fn body(provider: Provider, picture: &Picture) -> Value {
    serde_json::from_str(&request(provider, "", picture).body).unwrap()
}

/// A draw in which everything is said.
fn full(model: Option<&str>) -> Picture {
    Picture {
        negative_prompt: Some("rain".to_owned()),
        count: 3,
        size: Size::new(1920, 1080),
        quality: Some(Quality::High),
        steps: Some(25),
        style: Style::parse("vivid"),
        model: model.map(str::to_owned),
        ..picture()
    }
}

#[test]
fn openai_is_sent_what_its_models_take() {
    let prompt = "a \"龙\"";
    let all = json!({"prompt": prompt, "n": 1, "size": "512x512", "response_format": "b64_json"});
    assert_eq!(body(Provider::OpenAi, &picture()), all);
    for (model, expected) in [
        ("dall-e-2", json!({"n": 3, "size": "1024x1024", "response_format": "b64_json"})),
        (
            "dall-e-3",
            json!({"n": 1, "size": "1792x1024", "response_format": "b64_json", "quality": "hd", "style": "vivid"}),
        ),
        ("gpt-image-1", json!({"n": 3, "size": "1536x1024", "quality": "high"})),
        ("flux", json!({"n": 1, "size": "1920x1080", "response_format": "b64_json"})),
    ] {
        let mut expected = expected;
        expected["model"] = model.into();
        expected["prompt"] = prompt.into();
        assert_eq!(body(Provider::OpenAi, &full(Some(model))), expected);
    }
}

#[test]
fn stability_is_sent_weights_and_fitting_sizes() {
    let asked = Picture { style: Style::parse("anime"), quality: Some(Quality::Guidance(12)), ..full(None) };
    let prompts = json!([{"text": "a \"龙\"", "weight": 1}, {"text": "rain", "weight": -1}]);
    let expected = json!({
        "text_prompts": prompts, "cfg_scale": 12, "width": 1344, "height": 768, "samples": 3, "steps": 25,
        "style_preset": "anime",
    });
    assert_eq!(body(Provider::Stability, &asked), expected);
    let older = body(Provider::Stability, &full(Some("stable-diffusion-v1-6")));
    assert_eq!((&older["width"], &older["height"], &older["cfg_scale"]), (&json!(1344), &json!(768), &json!(7)));
    let seen = request(Provider::Stability, "", &full(Some("../../v1/user")));
    assert!(seen.head.starts_with("POST /v1/generation/..%2F..%2Fv1%2Fuser/text-to-image "), "{}", seen.head);
    assert!(seen.head.contains("authorization: Bearer sk-secret\r\n"), "{}", seen.head);
}

#[test]
fn stable_diffusion_is_sent_its_key_and_allowed_steps() {
    let asked = body(Provider::StableDiffusion, &full(None));
    for (name, value) in [
        ("key", json!("sk-secret")),
        ("negative_prompt", json!("rain")),
        ("width", json!("1024")),
        ("height", json!("576")),
        ("samples", json!("3")),
        ("num_inference_steps", json!("31")),
        ("safety_checker", json!("yes")),
        ("guidance_scale", json!(7.5)),
    ] {
        assert_eq!(asked[name], value, "{name}");
    }
    let source = Some(Source::Url("https://files.example.com/a.png".to_owned()));
    let seen = request(Provider::StableDiffusion, "", &Picture { source, ..picture() });
    assert!(seen.head.starts_with("POST /api/v3/img2img "), "{}", seen.head);
    assert_eq!(serde_json::from_str::<Value>(&seen.body).unwrap()["init_image"], "https://files.example.com/a.png");
}

#[test]
fn a_picture_to_start_from_travels_in_a_form() {
    let source = Some(Source::Bytes { bytes: Bytes::from_static(b"GIF89a"), kind: Kind::Gif });
    let asked = Picture { source, ..full(None) };
    let seen = request(Provider::OpenAi, "", &asked);
    assert!(seen.head.starts_with("POST /v1/images/edits "), "{}", seen.head);
    assert!(seen.head.contains("multipart/form-data; boundary="), "{}", seen.head);
    assert!(seen.body.contains("name=\"image\"; filename=\"image.gif\"\r\ncontent-type: image/gif\r\n\r\nGIF89a\r\n"));
    assert!(seen.body.contains("name=\"n\"\r\n\r\n3\r\n"), "{}", seen.body);
    let seen = request(Provider::Stability, "", &asked);
    assert!(seen.head.contains("/image-to-image "), "{}", seen.head);
    assert!(seen.body.contains("name=\"text_prompts[1][weight]\"\r\n\r\n-1\r\n"), "{}", seen.body);
    assert!(!seen.body.contains("name=\"width\""));
}

#[test]
fn a_base_may_be_written_in_many_ways() {
    for (provider, base, path) in [
        (Provider::OpenAi, "", "/v1/images/generations"),
        (Provider::OpenAi, "/v1/", "/v1/images/generations"),
        (Provider::OpenAi, "/openai", "/openai/v1/images/generations"),
        (Provider::OpenAi, "/v1/chat/completions", "/v1/images/generations"),
        (Provider::OpenAi, "/v1/images/generations", "/v1/images/generations"),
        (Provider::OpenAi, "/a%20b/v4", "/a%20b/v4/images/generations"),
        (Provider::Stability, "/v1", "/v1/generation/stable-diffusion-xl-1024-v1-0/text-to-image"),
        (Provider::StableDiffusion, "", "/api/v3/text2img"),
        (Provider::StableDiffusion, "/api", "/api/v3/text2img"),
        (Provider::StableDiffusion, "/api/v3/", "/api/v3/text2img"),
        (Provider::StableDiffusion, "/api/v6/images", "/api/v6/images/text2img"),
    ] {
        let seen = request(provider, base, &picture());
        assert!(seen.head.starts_with(&format!("POST {path} ")), "{base}: {}", seen.head);
    }
}

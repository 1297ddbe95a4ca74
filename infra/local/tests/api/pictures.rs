//! Small pictures, forms that carry them, and what became of pictures that were drawn or put up.

use bytes::Bytes;
use hyper::Method;
use serde_json::{Value, json};
use testkit::Object;

use crate::admin_token;
use crate::app::{ADMIN, Person, TestApp};
use crate::http::Answer;

pub const DRAW: &str = "/api/images/generations";

/// What is planted in files beside the pixels: nobody may ever read it there.
pub const PLANT: &[u8] = b"taken at 48.2082N 16.3738E by serial 0123456";

/// Who draws: the word for it in requests, the kind of its keys, and a model that draws small pictures.
pub const PAINTERS: [(&str, &str, &str); 3] = [
    ("openai", "openai-draw", "dall-e-2"),
    ("stability", "stability-draw", "stable-diffusion-v1-6"),
    ("stablediffusion", "stablediffusion-draw", "midjourney"),
];

impl TestApp {
    /// Adds a key that draws with whatever its provider has, and lets the functions' caches age.
    pub async fn adds_painter(&self, kind: &str, secret: &str) -> Value {
        let admin = self.log_in(ADMIN).await;
        let mut draft = admin_token::draft(self, secret);
        (draft["type"], draft["weight"]) = (json!(kind), json!(100));
        let row = self.post("/api/admin/token", &admin.token, &draft).await.data();
        self.clock.advance(std::time::Duration::from_secs(6));
        row
    }

    /// Fetches a picture as anybody can who has its address.
    pub async fn fetch(&self, url: &Value) -> Answer {
        let url = url.as_str().expect("an address");
        let path = url.strip_prefix(&self.stack.url()).expect("the stack serves it");
        self.http.send(Method::GET, path, &[], "").await
    }

    /// The object behind an address.
    pub fn object(&self, url: &Value) -> Object {
        let url = url.as_str().expect("an address");
        let object = self.stack.objects.list().into_iter().find(|object| url.ends_with(&format!("/{}", object.key)));
        object.unwrap_or_else(|| panic!("no object at {url}"))
    }

    /// What is stored of pictures.
    pub fn image_rows(&self) -> Vec<serde_json::Map<String, Value>> {
        let items = self.table().into_iter();
        items.filter(|item| item["pk"].as_str().is_some_and(|pk| pk.starts_with("images#"))).collect()
    }

    /// What a provider was asked last, besides its files.
    pub fn asked_last(&self) -> testkit::upstream::Seen {
        let mut seen = self.stack.upstream.requests().into_iter();
        seen.rfind(|seen| !seen.path.contains("/files/")).expect("a request")
    }

    /// What is stored of what people put up.
    pub fn upload_rows(&self) -> Vec<serde_json::Map<String, Value>> {
        let items = self.table().into_iter();
        items.filter(|item| item["pk"].as_str().is_some_and(|pk| pk.starts_with("uploads#"))).collect()
    }

    /// No reservation is open, without anybody's help.
    pub fn check_nothing_held(&self) {
        assert!(self.users().iter().all(|user| user["held"] == 0), "{:?}", self.users());
    }
}

impl Person<'_> {
    /// Has small pictures drawn by the key that every stack has; what comes.
    pub async fn asks_to_draw(&self, app: &TestApp, prompt: &str, count: u8) -> Answer {
        app.post(DRAW, &self.token, &wish(prompt, count)).await
    }

    /// The same, which must succeed; the rows.
    pub async fn draws(&self, app: &TestApp, prompt: &str, count: u8) -> Vec<Value> {
        let data = self.asks_to_draw(app, prompt, count).await.data();
        data.as_array().expect("an array").clone()
    }

    /// Puts a small picture up; what is known of it.
    pub async fn puts_up(&self, app: &TestApp) -> Value {
        Form::of_file(&png()).post(app, "/api/upload", &self.token).await.data()
    }

    /// A page of what the person has put up: the count, and the rows.
    pub async fn uploads(&self, app: &TestApp, query: &str) -> (u64, Vec<Value>) {
        let data = app.get(&format!("/api/upload?{query}"), &self.token).await.data();
        (data["count"].as_u64().unwrap(), data["rows"].as_array().unwrap().clone())
    }

    /// A page of the person's own pictures: the count, and the rows.
    pub async fn pictures(&self, app: &TestApp, query: &str) -> (u64, Vec<Value>) {
        let data = app.get(&format!("/api/images?type=me{query}"), &self.token).await.data();
        (data["count"].as_u64().unwrap(), data["rows"].as_array().unwrap().clone())
    }
}

/// A wish for small pictures of the key that every stack has.
pub fn wish(prompt: &str, count: u8) -> Value {
    json!({"prompt": prompt, "n": count, "size": "256x256", "model": "dall-e-2"})
}

/// The ids of rows.
pub fn ids(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["id"].as_str().unwrap()).collect()
}

pub fn bytes_of(answer: &Answer) -> Vec<u8> {
    answer.chunks.iter().flat_map(|(_, chunk)| chunk.to_vec()).collect()
}

pub fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// A form as browsers send it.
#[derive(Debug, Default)]
pub struct Form(Vec<u8>);

const BOUNDARY: &str = "----WebKitFormBoundary7MA4YWxkTrZu0gW";

impl Form {
    pub fn text(mut self, name: &str, value: &str) -> Self {
        let part = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        self.0.extend_from_slice(part.as_bytes());
        self
    }

    pub fn file(mut self, name: &str, file: &str, media_type: &str, bytes: &[u8]) -> Self {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\n\
             Content-Type: {media_type}\r\n\r\n"
        );
        self.0.extend([head.as_bytes(), bytes, b"\r\n"].concat());
        self
    }

    /// A form with one file, as the upload of front ends sends it.
    pub fn of_file(bytes: &[u8]) -> Self {
        Self::default().file("file", "a.png", "image/png", bytes)
    }

    pub fn bytes(self) -> Vec<u8> {
        [self.0, format!("--{BOUNDARY}--\r\n").into_bytes()].concat()
    }

    pub async fn post(self, app: &TestApp, path: &str, token: &str) -> Answer {
        post_as_form(app, path, token, self.bytes()).await
    }
}

/// Sends whatever these bytes are as a form.
pub async fn post_as_form(app: &TestApp, path: &str, token: &str, body: impl Into<Bytes>) -> Answer {
    let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
    app.http.send(Method::POST, path, &[("token", token), ("content-type", &content_type)], body).await
}

/// A PNG of two pixels by one in one colour, with the plant in a comment and behind its end.
pub fn png() -> Vec<u8> {
    // One line of a stored block: its filter and one byte of two pixels.
    let line = [0x78, 0x01, 1, 2, 0, 0xfd, 0xff, 0, 0, 0, 2, 0, 1];
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(*b"IHDR", &[0, 0, 0, 2, 0, 0, 0, 1, 1, 3, 0, 0, 0]),
        chunk(*b"PLTE", &[12, 34, 56]),
        chunk(*b"tEXt", &[b"Comment\0", PLANT].concat()),
        chunk(*b"IDAT", &line),
        chunk(*b"IEND", &[]),
        PLANT.to_vec(),
    ]
    .concat()
}

fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let signed = [&kind[..], data].concat();
    [&u32::try_from(data.len()).unwrap().to_be_bytes()[..], &signed, &crc(&signed).to_be_bytes()].concat()
}

/// The CRC-32 of the PNG standard.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 })
    })
}

/// A grey JPEG of eight pixels by eight, with the plant in a comment.
pub fn jpeg() -> Vec<u8> {
    let segment = |marker: u8, content: &[u8]| {
        let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker], &length[..], content].concat()
    };
    // One code of one bit.
    let codes = [&[1][..], &[0; 15], &[0]].concat();
    [
        vec![0xff, 0xd8],
        segment(0xe0, b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0"),
        segment(0xfe, PLANT),
        segment(0xdb, &[&[0][..], &[1; 64]].concat()),
        segment(0xc0, &[8, 0, 8, 0, 8, 1, 1, 0x11, 0]),
        segment(0xc4, &[&[0x00][..], &codes, &[0x10], &codes].concat()),
        segment(0xda, &[1, 1, 0, 0, 63, 0]),
        vec![0x3f, 0xff, 0xd9],
    ]
    .concat()
}

/// A GIF of two pixels by two, with the plant in a comment.
pub fn gif() -> Vec<u8> {
    let comment = [&[0x21, 0xfe, u8::try_from(PLANT.len()).unwrap()], PLANT, &[0]].concat();
    [
        &b"GIF89a\x02\0\x02\0\x80\0\0"[..],
        &[0, 0, 0, 255, 255, 255],
        &comment,
        &[0x2c, 0, 0, 0, 0, 2, 0, 2, 0, 0],
        &[2, 3, 0b1000_1100, 0b1010_1000, 0b0001_0100, 0],
        &[0x3b],
    ]
    .concat()
}

/// A lossy WebP of four pixels by two, with the plant in its EXIF.
pub fn webp() -> Vec<u8> {
    let chunk = |kind: &[u8], content: &[u8]| {
        let length = u32::try_from(content.len()).unwrap().to_le_bytes();
        [kind, &length, content, &[0][..content.len() % 2]].concat()
    };
    let tag = (6_u32 << 5 | 1 << 4).to_le_bytes();
    let frame = [&tag[..3], &[0x9d, 0x01, 0x2a, 4, 0, 2, 0], &[1, 2, 3, 4, 5, 6], &[7, 8, 9]].concat();
    let content = [
        b"WEBP".to_vec(),
        chunk(b"VP8X", &[0x08, 0, 0, 0, 3, 0, 0, 1, 0, 0]),
        chunk(b"VP8 ", &frame),
        chunk(b"EXIF", PLANT),
    ]
    .concat();
    [b"RIFF", &u32::try_from(content.len()).unwrap().to_le_bytes()[..], &content].concat()
}

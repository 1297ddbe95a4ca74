//! S3, as far as pictures need it: objects put, got, looked at and deleted in its REST protocol, buckets named in the
//! path. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>

mod address;
mod body;
mod refusal;
mod store;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};

use refusal::Refusal;
use store::Store;

pub use address::Address;
pub(crate) use refusal::error;

/// The largest object that is taken, in bytes.
const OBJECT_BYTES_MAX: usize = 32 * 1024 * 1024;
/// The longest key that S3 takes, in bytes.
const KEY_BYTES_MAX: usize = 1024;
/// The type of what is stored without one.
const CONTENT_TYPE: &str = "binary/octet-stream";

/// A bucket, and what strangers may do with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// What the keys begin with that everybody may get.
    pub public: Vec<String>,
    /// The origins whose pages may read what they get; `*` is every one.
    pub origins: Vec<String>,
}

/// A stored object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// The name of its bucket.
    pub bucket: String,
    /// Its key.
    pub key: String,
    /// Its media type.
    pub content_type: String,
    /// Its `cache-control`.
    pub cache_control: Option<String>,
    /// Its `content-disposition`.
    pub content_disposition: Option<String>,
    /// What it holds.
    pub bytes: Bytes,
}

/// An S3 with fixed buckets. Clones share the objects.
///
/// A call with a signature may do everything, and nobody checks the signature; one without may do what the bucket
/// allows strangers. Calls may touch the disk, so they block their thread.
#[derive(Clone)]
pub struct Objects(Arc<Inner>);

struct Inner {
    buckets: Vec<Bucket>,
    store: Store,
}

impl Objects {
    /// Empty buckets that live as long as the last clone.
    pub fn memory(buckets: Vec<Bucket>) -> Self {
        Self(Arc::new(Inner { buckets, store: Store::memory() }))
    }

    /// Buckets whose objects are kept in the directory `path`, which is made when it is absent.
    ///
    /// # Errors
    /// When the directory cannot be made.
    pub fn directory(buckets: Vec<Bucket>, path: PathBuf) -> io::Result<Self> {
        Ok(Self(Arc::new(Inner { buckets, store: Store::directory(path)? })))
    }

    /// Every object, by bucket and key. What cannot be read is left out.
    pub fn list(&self) -> Vec<Object> {
        self.0.store.list()
    }

    /// Whether a call is for S3: what AWS's clients sign says so.
    pub fn are_asked(headers: &HeaderMap) -> bool {
        headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).is_some_and(address::is_signed)
    }

    /// What a call with this `authorization` is about; `None` when it is for another service.
    pub fn asked(authorization: &str, method: &str, uri: &str) -> Option<Address> {
        let is_signed = address::is_signed(authorization);
        address::of(&method.parse().ok()?, &uri.parse().ok()?).filter(|_| is_signed)
    }

    /// Answers one call. The path is whatever ends in `/s3`, the bucket and the key.
    pub fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let done = match address::of(request.method(), request.uri()) {
            Some(address) => self.perform(&address, request),
            None => Err(Refusal::BAD_URI),
        };
        let mut response = done.unwrap_or_else(Refusal::into_response);
        if request.method() == Method::HEAD {
            *response.body_mut() = Bytes::new();
        }
        response
    }

    fn perform(&self, address: &Address, request: &Request<Bytes>) -> Result<Response<Bytes>, Refusal> {
        let headers = request.headers();
        let bucket = self.0.buckets.iter().find(|bucket| bucket.name == address.bucket);
        let bucket = bucket.ok_or(Refusal::NO_BUCKET)?;
        let is_stranger = !Self::are_asked(headers);
        if is_stranger && !bucket.shows(address) {
            return Err(Refusal::DENIED);
        }
        if address.key.len() > KEY_BYTES_MAX {
            return Err(Refusal::LONG_KEY);
        }
        match address.operation {
            "PutObject" => self.put(address, request),
            "GetObject" | "HeadObject" => match self.0.store.get(&address.bucket, &address.key)? {
                Some(object) => Ok(bucket.shared(headers, shown(object, headers))),
                // Who may not list a bucket is not told what it lacks.
                None => Err(if is_stranger { Refusal::DENIED } else { Refusal::NO_KEY }),
            },
            "DeleteObject" => {
                self.0.store.remove(&address.bucket, &address.key)?;
                Ok(empty(StatusCode::NO_CONTENT))
            }
            _ => Err(Refusal::NOT_SERVED),
        }
    }

    fn put(&self, address: &Address, request: &Request<Bytes>) -> Result<Response<Bytes>, Refusal> {
        let text = |name: HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
        let is_new = match text(header::IF_NONE_MATCH) {
            None => false,
            Some("*") => true,
            Some(_) => return Err(Refusal::NOT_SERVED),
        };
        for unserved in ["if-match", "x-amz-copy-source"] {
            if request.headers().contains_key(unserved) {
                return Err(Refusal::NOT_SERVED);
            }
        }
        if request.headers().contains_key("x-amz-acl") {
            return Err(Refusal::NO_ACLS);
        }
        let bytes = body::read(request.headers(), request.body())?;
        if bytes.len() > OBJECT_BYTES_MAX {
            return Err(Refusal::TOO_LARGE);
        }
        let tag = body::tag(&bytes);
        let object = Object {
            bucket: address.bucket.clone(),
            key: address.key.clone(),
            content_type: text(header::CONTENT_TYPE).unwrap_or(CONTENT_TYPE).to_owned(),
            cache_control: text(header::CACHE_CONTROL).map(str::to_owned),
            content_disposition: text(header::CONTENT_DISPOSITION).map(str::to_owned),
            bytes,
        };
        if !self.0.store.put(object, is_new)? {
            return Err(Refusal::THERE_ALREADY);
        }
        let mut response = empty(StatusCode::OK);
        insert(&mut response, header::ETAG, &tag);
        Ok(response)
    }
}

impl Bucket {
    /// Whether its policy shows this to everybody.
    fn shows(&self, address: &Address) -> bool {
        let is_read = matches!(address.operation, "GetObject" | "HeadObject");
        is_read && self.public.iter().any(|prefix| address.key.starts_with(prefix))
    }

    /// Lets the page that asks read the answer, if it is one of the bucket's. That it does so for some is told to all, or
    /// browsers would show a page that reads a picture the answer that they kept of showing it. S3 alone does not say so
    /// to a request without an origin; whatever stands before it has to, as this does.
    fn shared(&self, headers: &HeaderMap, mut response: Response<Bytes>) -> Response<Bytes> {
        insert(&mut response, header::VARY, "Origin");
        let Some(origin) = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok()) else {
            return response;
        };
        if let Some(allowed) = self.origins.iter().find(|allowed| *allowed == "*" || *allowed == origin) {
            insert(&mut response, header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
            insert(&mut response, header::ACCESS_CONTROL_ALLOW_METHODS, "GET");
        }
        response
    }
}

/// The object, or that the caller has it.
fn shown(object: Object, headers: &HeaderMap) -> Response<Bytes> {
    let tag = body::tag(&object.bytes);
    let known = headers.get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok()).unwrap_or_default();
    let is_known = known.split(',').map(|known| known.trim().trim_start_matches("W/")).any(|known| known == tag);
    let mut response = empty(if is_known { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
    insert(&mut response, header::ETAG, &tag);
    if let Some(text) = &object.cache_control {
        insert(&mut response, header::CACHE_CONTROL, text);
    }
    if !is_known {
        insert(&mut response, header::CONTENT_TYPE, &object.content_type);
        insert(&mut response, header::CONTENT_LENGTH, &object.bytes.len().to_string());
        if let Some(text) = &object.content_disposition {
            insert(&mut response, header::CONTENT_DISPOSITION, text);
        }
        *response.body_mut() = object.bytes;
    }
    response
}

fn empty(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

fn insert(response: &mut Response<Bytes>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

impl fmt::Debug for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Objects").field(&self.0.buckets).finish()
    }
}

//! One request: what handlers ask it.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use domain::limits::{BODY_BYTES_MAX, REQUEST_SECONDS_MAX};
use domain::{ApiKeyToken, Error, Id, Network, Page, Result, Role, SessionToken, paste};
use http::Method;
use lambda_http::request::RequestContext;
use lambda_http::{Body, Request, RequestExt as _};
use percent_encoding::percent_decode_str;
use platform::Base;
use table::audit::Audit;
use table::user::{self, User};

use crate::Fields;
use crate::answering::Answering;
use crate::fields::is_absent;

/// A request.
pub struct Call {
    request: Request,
    address: String,
    base: Base,
    public_url: Option<String>,
    answering: Answering,
}

impl Call {
    /// Takes a request in.
    pub fn new(base: &Base, request: Request) -> Self {
        let address = client_address(&request).unwrap_or_default();
        let public_url = base.public_url.clone().or_else(|| gateway_url(&request, &base.region));
        let answering = Answering {
            method: request.method().clone(),
            path: route_of(&request).to_owned(),
            request_id: request.lambda_context_ref().map(|context| context.request_id.clone()).unwrap_or_default(),
            allowed_origin: base.allowed_origin.clone(),
            default_avatar: public_url.as_deref().map(default_avatar_at),
            began: base.clock.millis(),
            clock: base.clock.clone(),
        };
        Self { request, address, base: base.clone(), public_url, answering }
    }

    /// The method and the route as `template.yaml` names it: API Gateway's resource, which knows neither stage nor base
    /// path nor trailing slash. Events that have none give their path.
    pub fn route(&self) -> (&Method, &str) {
        (&self.answering.method, &self.answering.path)
    }

    /// Gives up on an answer that nobody waits for any more, while there is still time to say and to log so.
    ///
    /// # Errors
    /// Those of the answer; [`Error::Unavailable`] after [`REQUEST_SECONDS_MAX`] seconds.
    pub async fn in_time<T>(&self, answer: impl Future<Output = Result<T>>) -> Result<T> {
        let late = || Error::Unavailable { source: "the request took too long".into() };
        let patience = Duration::from_secs(REQUEST_SECONDS_MAX);
        tokio::time::timeout(patience, answer).await.unwrap_or_else(|_| Err(late()))
    }

    /// The request's id, which the client is told and the log has too.
    pub fn request_id(&self) -> &str {
        &self.answering.request_id
    }

    /// When the request came, in milliseconds since the Unix epoch.
    pub fn began(&self) -> i64 {
        self.answering.began
    }

    /// The same in seconds: the `now` of all that this request does.
    pub fn began_seconds(&self) -> i64 {
        self.began().div_euclid(1000)
    }

    /// The client's address as API Gateway saw it; never from a header.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Where people, programs and providers reach this deployment: as its owner says, else where API Gateway serves it.
    pub fn public_url(&self) -> Option<&str> {
        self.public_url.as_deref()
    }

    /// The address of the picture that stands for people who have none.
    pub fn default_avatar(&self) -> Option<&str> {
        self.answering.default_avatar.as_deref()
    }

    /// The network of the client's address.
    pub fn network(&self) -> Network {
        Network::of(&self.address)
    }

    /// A query value. Empty, `undefined` and `null` mean absent.
    pub fn query(&self, name: &str) -> Option<String> {
        let values = self.request.query_string_parameters_ref()?;
        values.first(name).filter(|value| !is_absent(value)).map(str::to_owned)
    }

    /// A query value that holds no blanks, as [`paste::clean`] leaves it.
    pub fn query_word(&self, name: &str) -> Option<String> {
        self.query(name).map(|text| paste::clean(&text).into_owned()).filter(|text| !is_absent(text))
    }

    /// A query value that names a thing.
    ///
    /// # Errors
    /// `参数不正确` when it is there and is no id.
    pub fn query_id<K>(&self, name: &str) -> Result<Option<Id<K>>> {
        let value = self.query_word(name);
        value.map(|text| Id::parse(&text).ok_or_else(Error::unreadable)).transpose()
    }

    /// All query values with their names, empty and repeated ones too.
    pub fn query_pairs(&self) -> Vec<(String, String)> {
        let values = self.request.query_string_parameters_ref();
        values.into_iter().flat_map(|all| all.iter()).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// A variable of the path, decoded: the gateway hands on what the client wrote.
    pub fn path(&self, name: &str) -> Option<String> {
        let value = self.request.path_parameters_ref()?.first(name)?;
        let decoded = percent_decode_str(value).decode_utf8().ok()?;
        (!decoded.is_empty()).then(|| decoded.into_owned())
    }

    /// The id in the path.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is none: nothing can have it. One thing has one address, so zeros in front make another.
    pub fn id<K>(&self, name: &str) -> Result<Id<K>> {
        self.path(name)
            .filter(|text| !text.starts_with('0'))
            .and_then(|text| Id::parse(&text))
            .ok_or_else(Error::absent)
    }

    /// The page that a list request asks for, in any of the spellings that clients use.
    pub fn page(&self) -> Page {
        let size = ["page_size", "pageSize", "pageSIze"].into_iter().find_map(|name| self.query(name));
        Page::parse(self.query("page").as_deref(), size.as_deref())
    }

    /// The session that the `token` header claims; missing and unreadable ones are none.
    pub fn token(&self) -> Option<SessionToken> {
        SessionToken::parse(self.header("token")?)
    }

    /// The API key that the `Authorization` header claims, for the routes of `/v1`; missing and unreadable ones are none.
    pub fn api_key(&self) -> Option<ApiKeyToken> {
        const SCHEME: &str = "bearer";
        let header = paste::clean(self.header("authorization")?);
        let (scheme, key) = header.split_at_checked(SCHEME.len())?;
        if scheme.eq_ignore_ascii_case(SCHEME) { ApiKeyToken::parse(key) } else { None }
    }

    /// The user whose program calls with an API key.
    ///
    /// # Errors
    /// [`Error::LoggedOut`] without a live key.
    pub async fn key_owner(&self) -> Result<User> {
        let key = self.api_key().ok_or(Error::LoggedOut)?;
        table::api_key::authenticate(&self.base.table, &key, self.began()).await
    }

    /// The user who calls. Credits that a dead function left reserved are given back on the way.
    ///
    /// # Errors
    /// [`Error::LoggedOut`] without a live session.
    pub async fn user(&self) -> Result<User> {
        let token = self.token().ok_or(Error::LoggedOut)?;
        let now = self.began_seconds();
        let user = user::authenticate(&self.base.table, &token, self.began()).await?;
        if user.abandoned_holds(now).is_empty() {
            return Ok(user);
        }
        match table::holds::recovered(&self.base.table, user.clone(), now).await {
            Ok(user) => Ok(user),
            // It is no business of this request; the janitor does it as well.
            Err(error) => {
                tracing::warn!(user = %user.id, causes = error.causes(), "could not give back abandoned reservations");
                Ok(user)
            }
        }
    }

    /// The user who calls, who must be an administrator at this moment.
    ///
    /// # Errors
    /// [`Error::LoggedOut`] without a live session, [`Error::Forbidden`] for everybody else.
    pub async fn administrator(&self) -> Result<User> {
        let user = self.user().await?;
        if user.role == Role::Administrator { Ok(user) } else { Err(Error::Forbidden) }
    }

    /// This request of an administrator, for the record that its write leaves.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn audit(&self, administrator: &User) -> Result<Audit> {
        let Answering { method, path, request_id, .. } = &self.answering;
        Audit::new(administrator.id, format!("{method} {path}"), request_id, self.began())
    }

    /// As [`Call::administrator`], with a read beside it so that the two take one round trip. Without a token the read
    /// does not begin; whoever turns out to be no administrator learns that and nothing of the read.
    ///
    /// # Errors
    /// As [`Call::administrator`]; then those of the read.
    pub async fn administrator_and<T>(&self, read: impl Future<Output = Result<T>>) -> Result<(User, T)> {
        if self.token().is_none() {
            return Err(Error::LoggedOut);
        }
        // The read's failure waits for the identity's verdict, and a refusal does not wait for the read.
        let (user, read) = tokio::try_join!(self.administrator(), async { Ok(read.await) })?;
        Ok((user, read?))
    }

    /// A header, if it is there and readable: a pasted key brings along what is no ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        str::from_utf8(self.request.headers().get(name)?.as_bytes()).ok()
    }

    /// The fields of the JSON body; none when there is no body.
    ///
    /// # Errors
    /// When the body is too long or not a JSON object.
    pub fn fields(&self) -> Result<Fields> {
        Fields::parse(self.body(BODY_BYTES_MAX)?)
    }

    /// The body as it came; empty when there is none.
    ///
    /// # Errors
    /// When it is longer than `bytes_max`: what it is parsed into takes many times its length.
    pub fn body(&self, bytes_max: usize) -> Result<&[u8]> {
        let bytes: &[u8] = match self.request.body() {
            Body::Text(text) => text.as_bytes(),
            Body::Binary(bytes) => bytes,
            _ => &[],
        };
        if bytes.len() > bytes_max { Err(Error::TooLarge) } else { Ok(bytes) }
    }

    pub(crate) fn answering(&self) -> &Answering {
        &self.answering
    }
}

fn route_of(request: &Request) -> &str {
    let resource = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) => context.resource_path.as_deref(),
        _ => None,
    };
    resource.unwrap_or_else(|| request.raw_http_path())
}

/// Where API Gateway serves this deployment in `region`, by the names that AWS has given it. What the client calls it,
/// the `Host` header, is the client's word.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-api.html>
fn gateway_url(request: &Request, region: &str) -> Option<String> {
    let Some(RequestContext::ApiGatewayV1(context)) = request.request_context_ref() else { return None };
    let (api, stage) = (context.apiid.as_deref()?, context.stage.as_deref()?);
    let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    Some(format!("https://{api}.execute-api.{region}.{suffix}/{stage}"))
}

/// Where a deployment at `public_url` serves the picture of people who have none.
fn default_avatar_at(public_url: &str) -> String {
    format!("{public_url}/api/avatar")
}

fn client_address(request: &Request) -> Option<String> {
    match request.request_context_ref()? {
        RequestContext::ApiGatewayV1(context) => context.identity.source_ip.clone(),
        RequestContext::ApiGatewayV2(context) => context.http.source_ip.clone(),
        _ => None,
    }
}

impl fmt::Debug for Call {
    /// Without headers and body.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("request_id", &self.answering.request_id).finish_non_exhaustive()
    }
}

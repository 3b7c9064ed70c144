//! The rules that hold for every request, in the order in which they are asked.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::panic::AssertUnwindSafe;

use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::timeout;

use crate::api::{Access, access};
use crate::app::{App, Shared};
use crate::auth::{hex, random};
use crate::error::{Answer, Failed, Failure};

/// Who is at the other end of a connection; the accept loop knows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// The cookie of a page that is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Cookie(pub(crate) String);

/// What a page may load and do: nothing but what this server serves.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; media-src 'self' blob:; worker-src 'self'; manifest-src 'self'; font-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Headers of every answer.
static HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "microphone=(self), camera=(), geolocation=()"),
];

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Names under which people put keys into addresses, where they end up in logs and histories.
const KEYS_IN_QUERY: &[&str] = &["access_token", "api_key", "apikey", "auth", "key", "password", "token"];

/// Lets through what keeps the rules, and gives every answer its headers.
pub(crate) async fn guard(State(app): State<Shared>, request: Request, next: Next) -> Response {
    // Without randomness requests have no names; everything that needs it more fails on its own.
    let id = random::<8>().map(|bytes| hex(&bytes)).unwrap_or_default();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let is_api = access(&path) != Access::Page;
    let mut response = match admit(&app, request).await {
        Ok(request) => AssertUnwindSafe(next.run(request)).catch_unwind().await.unwrap_or_else(|_| {
            tracing::error!(request = id, "a handler panicked");
            Failure::internal().into_response()
        }),
        Err(failure) => failure.into_response(),
    };
    if let Some(Failed(failure)) = response.extensions_mut().remove() {
        response = failure.answer(&id);
    }
    // The path comes from outside: with `?` its control characters are escaped.
    tracing::debug!(request = id, %method, ?path, status = response.status().as_u16(), "request");
    let headers = response.headers_mut();
    for (name, value) in &HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_api {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if let Ok(id) = HeaderValue::try_from(id) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

async fn admit(app: &App, mut request: Request) -> Answer<Request> {
    check_host(app, &request)?;
    check_method(&request)?;
    check_query(request.uri())?;
    let cookie = cookie(request.headers(), &app.cookie_name());
    check_origin(app, &request, cookie.is_some())?;
    if access(request.uri().path()) == Access::Token {
        check_token(app, &request, cookie.as_deref())?;
    }
    if let Some(cookie) = cookie {
        request.extensions_mut().insert(Cookie(cookie));
    }
    read_body(app, request).await
}

/// A page of a name that somebody pointed at us must not speak for its visitors.
fn check_host(app: &App, request: &Request) -> Answer<()> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok());
    if hosts.next().is_some() {
        return Err(Failure::bad_request("a request has one Host"));
    }
    let host = host.ok_or_else(|| Failure::bad_request("a request needs a Host"))?;
    let authority = request.uri().authority().map_or(host, |authority| authority.as_str());
    if app.hosts.knows(host) && app.hosts.knows(authority) {
        return Ok(());
    }
    let message = "this server does not go by that name; start it with --proxy NAME if it should";
    Err(Failure::new(StatusCode::MISDIRECTED_REQUEST, "wrong_host", message))
}

fn check_method(request: &Request) -> Answer<()> {
    match *request.method() {
        Method::OPTIONS => Err(Failure::forbidden("pages of other origins have no access")),
        Method::DELETE | Method::GET | Method::HEAD | Method::PATCH | Method::POST | Method::PUT => Ok(()),
        _ => Err(Failure::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "there is no such method here",
        )),
    }
}

fn check_query(uri: &Uri) -> Answer<()> {
    let names = uri.query().into_iter().flat_map(|query| query.split('&')).map(|pair| pair.split('=').next());
    for name in names.flatten() {
        if KEYS_IN_QUERY.iter().any(|key| key.eq_ignore_ascii_case(name)) {
            return Err(Failure::bad_request(
                "a token does not belong in an address; send it in the header Authorization",
            ));
        }
    }
    Ok(())
}

/// Writes and WebSockets are for our own pages, and for programs that no browser sends.
fn check_origin(app: &App, request: &Request, has_cookie: bool) -> Answer<()> {
    let headers = request.headers();
    let path = request.uri().path();
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    let opens = headers.contains_key(header::UPGRADE) || access(path) == Access::Ticket;
    let foreign = || Err(Failure::forbidden("pages of other origins have no access"));
    if let Some(site) = headers.get(SEC_FETCH_SITE) {
        let own = site == "same-origin" || (site == "none" && !changes && !opens);
        let matters = changes || opens || access(path) != Access::Page;
        if matters && !own {
            return foreign();
        }
    }
    if !changes && !opens {
        return Ok(());
    }
    match headers.get(header::ORIGIN) {
        Some(origin) if origin.to_str().is_ok_and(|origin| app.hosts.owns(origin)) => Ok(()),
        Some(_) => foreign(),
        // Every browser says where a write comes from; a cookie without that is none of ours.
        None if has_cookie => foreign(),
        None => Ok(()),
    }
}

fn check_token(app: &App, request: &Request, cookie: Option<&str>) -> Answer<()> {
    if let Some(authorization) = request.headers().get(header::AUTHORIZATION) {
        let token = authorization.to_str().ok().and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        });
        let Some(token) = token else {
            return Err(Failure::unauthorized("the header Authorization says Bearer, and then the token"));
        };
        return if app.auth.knows_token(token) { Ok(()) } else { Err(wrong_token(app, request)) };
    }
    match cookie {
        Some(cookie) if app.auth.knows_cookie(cookie) => Ok(()),
        Some(_) => Err(Failure::unauthorized("this page is not signed in any more")),
        None => Err(Failure::unauthorized("a token is needed; `rooh serve` shows it when it starts")),
    }
}

/// The answer to a wrong token, which is counted.
pub(crate) fn wrong_token(app: &App, request: &Request) -> Failure {
    wrong_token_from(app, peer(request))
}

pub(crate) fn wrong_token_from(app: &App, from: IpAddr) -> Failure {
    match app.auth.count_wrong(from) {
        None => Failure::unauthorized("the token is wrong"),
        Some(wait) => {
            let failure = Failure::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_wrong_tokens",
                "too many wrong tokens came from this address; wait a minute",
            );
            failure.retry_after(wait.as_secs() + 1)
        }
    }
}

fn peer(request: &Request) -> IpAddr {
    let peer = request.extensions().get::<Peer>();
    peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |Peer(address)| address.ip())
}

/// The value of a cookie, if it is there once; twice means that somebody planted one.
fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    let mut values = pairs.flat_map(|cookies| cookies.split(';')).filter_map(|pair| {
        let (given, value) = pair.trim().split_once('=')?;
        (given == name).then(|| value.to_owned())
    });
    let value = values.next()?;
    // Planted or not: the request has one, and is judged as one that has.
    Some(if values.next().is_some() { String::new() } else { value })
}

/// Takes JSON alone, and at most so much of it for so long.
async fn read_body(app: &App, request: Request) -> Answer<Request> {
    let limits = &app.config.limits;
    if request.body().is_end_stream() {
        return Ok(request);
    }
    let headers = request.headers();
    let essence = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_json =
        essence.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
    let is_plain = headers.get(header::CONTENT_ENCODING).is_none_or(|coding| coding == "identity");
    if !is_json || !is_plain {
        let message = "a body is JSON: Content-Type: application/json, and not compressed";
        return Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "json_only", message));
    }
    let too_long = || {
        Failure::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_long",
            format!("a body has at most {} bytes", limits.body),
        )
    };
    if request.body().size_hint().lower() > limits.body as u64 {
        return Err(too_long());
    }
    let (head, body) = request.into_parts();
    match timeout(limits.body_time, Limited::new(body, limits.body).collect()).await {
        Ok(Ok(body)) => Ok(Request::from_parts(head, Body::from(body.to_bytes()))),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_long()),
        Ok(Err(_)) => Err(Failure::bad_request("the body broke off")),
        Err(_) => Err(Failure::new(StatusCode::REQUEST_TIMEOUT, "too_slow", "the body took too long")),
    }
}

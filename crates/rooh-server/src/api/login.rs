//! Signing a page in and out.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use rooh_core::options::Secret;
use serde::Deserialize;

use super::read;
use crate::app::{App, Shared};
use crate::auth::SIGNED_IN;
use crate::error::Answer;
use crate::guard::{Cookie, Peer, wrong_token_from};
use crate::live::off_runtime;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    token: Secret,
}

pub(super) async fn sign_in(
    State(app): State<Shared>,
    peer: Option<Extension<Peer>>,
    body: Bytes,
) -> Answer<Response> {
    let SignIn { token } = read(&body)?;
    if !app.auth.knows_token(token.reveal()) {
        let from = peer.map_or([0, 0, 0, 0].into(), |Extension(Peer(address))| address.ip());
        return Err(wrong_token_from(&app, from));
    }
    let auth = Arc::clone(&app.auth);
    let cookie = off_runtime(move || auth.sign_in()).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, set(&app, cookie.reveal(), SIGNED_IN.as_secs()))])
        .into_response())
}

pub(super) async fn sign_out(
    State(app): State<Shared>,
    cookie: Option<Extension<Cookie>>,
) -> Answer<Response> {
    if let Some(Extension(Cookie(cookie))) = cookie {
        let auth = Arc::clone(&app.auth);
        off_runtime(move || auth.sign_out(&cookie)).await?;
    }
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, set(&app, "", 0))]).into_response())
}

/// No script reads it, no other site sends it, and behind TLS nothing carries it in the clear.
fn set(app: &App, value: &str, seconds: u64) -> String {
    let secure = if app.config.wider.proxy.is_some() { "; Secure" } else { "" };
    format!("{}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}", app.cookie_name())
}

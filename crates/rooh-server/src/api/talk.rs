//! The WebSocket to a session.

use axum::body::Body;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use rooh_core::session::SessionId;
use rooh_core::{Agent, SessionOptions};
use rooh_transport_websocket::{WebSocketTransport, Welcome, socket};
use rooh_wire::SUBPROTOCOL;
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::app::Shared;
use crate::auth::{hex, random};
use crate::connection::Connection;
use crate::error::{Answer, Failure};
use crate::phase::Phase;
use crate::sessions::Registration;

#[derive(Deserialize)]
pub(super) struct Talk {
    #[serde(default)]
    ticket: String,
    #[serde(default)]
    agent: Option<String>,
}

pub(super) async fn open(
    State(app): State<Shared>,
    query: Query<Talk>,
    mut request: Request,
) -> Answer<Response> {
    let accept = handshake(request.headers())?;
    let Some(name) = app.tickets.redeem(&query.ticket) else {
        return Err(Failure::unauthorized("the ticket is missing, used or too old; get another one"));
    };
    if query.agent.as_deref().is_some_and(|agent| agent != name.as_str()) {
        return Err(Failure::unauthorized("the ticket is for another agent"));
    }
    if app.phases.now() != Phase::Serving {
        return Err(Failure::unavailable("the server is stopping").retry_after(5));
    }
    let agent = app.agents.get(&name).await?;
    let id = SessionId::new(hex(&random::<16>()?));
    let full = || Failure::unavailable("there are too many sessions; try again later").retry_after(5);
    let place = app.sessions.enter(id.clone(), &name, app.config.limits.sessions).ok_or_else(full)?;
    let Some(upgrade) = request.extensions_mut().remove::<OnUpgrade>() else {
        return Err(Failure::bad_request("this connection cannot become a WebSocket"));
    };
    let mut phases = app.phases.clone();
    // The registration knows of the task; it ends with the conversation, or with the server.
    tokio::spawn(async move {
        let talk = async {
            match upgrade.await {
                Ok(upgraded) => converse(upgraded, agent, id, place).await,
                Err(error) => tracing::debug!(%error, "the client left before its WebSocket was open"),
            }
        };
        tokio::select! {
            () = talk => {}
            () = phases.reached(Phase::Closing) => {}
        }
    });
    let headers = [
        (header::CONNECTION, HeaderValue::from_static("upgrade")),
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::SEC_WEBSOCKET_ACCEPT, accept),
        (header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL)),
    ];
    Ok((StatusCode::SWITCHING_PROTOCOLS, headers, Body::empty()).into_response())
}

/// Checks what RFC 6455, section 4.2.1, asks of a client, and answers its key.
fn handshake(headers: &HeaderMap) -> Answer<HeaderValue> {
    let has = |name: header::HeaderName, wanted: &str| {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case(wanted))
    };
    if !has(header::CONNECTION, "upgrade") || !has(header::UPGRADE, "websocket") {
        return Err(Failure::new(
            StatusCode::UPGRADE_REQUIRED,
            "websocket_only",
            "this address is for WebSockets",
        ));
    }
    if !has(header::SEC_WEBSOCKET_VERSION, "13") {
        return Err(Failure::new(
            StatusCode::UPGRADE_REQUIRED,
            "websocket_version",
            "this server speaks version 13 of the WebSocket protocol",
        ));
    }
    if !has(header::SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL) {
        return Err(Failure::bad_request(format!("ask for the subprotocol {SUBPROTOCOL}")));
    }
    let key = headers.get(header::SEC_WEBSOCKET_KEY).map(HeaderValue::as_bytes);
    let Some(key) = key.filter(|key| key.len() == 24 && key.ends_with(b"==")) else {
        return Err(Failure::bad_request("Sec-WebSocket-Key is 16 bytes in base64"));
    };
    HeaderValue::try_from(derive_accept_key(key))
        .map_err(|_| Failure::bad_request("Sec-WebSocket-Key is 16 bytes in base64"))
}

/// Holds the conversation until it is over.
async fn converse(upgraded: Upgraded, agent: Agent, id: SessionId, place: Registration) {
    // Without the layers of HTTP between: they would cost something for every frame.
    match upgraded.downcast::<TokioIo<Connection>>() {
        Ok(parts) => {
            let mut connection = parts.io.into_inner();
            connection.go_live();
            hold(connection, parts.read_buf.to_vec(), agent, id, place).await;
        }
        Err(upgraded) => hold(TokioIo::new(upgraded), Vec::new(), agent, id, place).await,
    }
}

async fn hold<IO>(io: IO, already_read: Vec<u8>, agent: Agent, id: SessionId, place: Registration)
where
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let welcome = Welcome { agent: agent.name().into(), session: id.clone() };
    let transport = match WebSocketTransport::accept(socket(io, already_read).await, welcome).await {
        Ok(transport) => transport,
        Err(error) => {
            tracing::debug!(session = %id, error = ?error.to_string(), "a client was turned away");
            return;
        }
    };
    let mut session =
        agent.start_with(transport, SessionOptions { id: Some(id), ..SessionOptions::default() });
    place.is_steered_by(session.handle());
    tracing::info!(session = %session.id(), agent = agent.name(), "a session begins");
    while let Some(event) = session.next().await {
        place.note(&event);
    }
    tracing::info!(session = %session.id(), "a session has ended");
}

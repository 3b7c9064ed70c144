//! The API as one table: what is routed, what is documented, and who may call it.

mod agents;
mod login;
mod machine;
mod secrets;
mod sent;
mod server;
mod sessions;
mod talk;
mod tickets;
mod voice;

use axum::Router;
use axum::http::{Method, StatusCode};
use axum::routing::{MethodRouter, delete, get, post, put};
use bytes::Bytes;
use rooh_agents::AgentName;
use serde::de::DeserializeOwned;

use crate::app::Shared;
use crate::error::{Answer, Failure};

/// Who may ask for a path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Access {
    /// Everybody: it says nothing about anybody.
    Everybody,
    /// Everybody: it is the page itself.
    Page,
    /// Whoever has a ticket; the handler takes it.
    Ticket,
    /// Whoever has the token, or a page that is signed in.
    Token,
}

/// Who may ask for this path; what is not in the table but below `/api` needs the token too.
pub(crate) fn access(path: &str) -> Access {
    match path {
        "/api/login" | "/healthz" => Access::Everybody,
        "/api/talk" => Access::Ticket,
        "/api" | "/metrics" => Access::Token,
        _ if path.starts_with("/api/") => Access::Token,
        _ => Access::Page,
    }
}

/// One operation of the API.
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    handler: fn() -> MethodRouter<Shared>,
    /// Its name in the OpenAPI document.
    pub(crate) id: &'static str,
    /// What it does, in one sentence.
    pub(crate) summary: &'static str,
    /// The schema of the body, if it takes one.
    pub(crate) body: Option<&'static str>,
    /// The status when all went well, and the schema of that answer.
    pub(crate) success: (u16, Content),
    /// The statuses of what may go wrong besides what every request may meet.
    pub(crate) failures: &'static [u16],
}

/// What an answer carries.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Content {
    /// JSON of a schema.
    Json(&'static str),
    /// Nothing.
    Nothing,
    /// Something else, by its media type.
    Other(&'static str),
}

use Content::{Json, Nothing, Other};

/// All operations, by path.
pub(crate) const ROUTES: &[Route] = &[
    Route {
        method: Method::GET,
        path: "/api/agents",
        handler: || get(agents::list),
        id: "listAgents",
        summary: "All agents, each with its state or with what is wrong with its file.",
        body: None,
        success: (200, Json("AgentList")),
        failures: &[],
    },
    Route {
        method: Method::POST,
        path: "/api/agents",
        handler: || post(agents::create),
        id: "createAgent",
        summary: "Adds an agent.",
        body: Some("Agent"),
        success: (201, Json("Agent")),
        failures: &[409, 422],
    },
    Route {
        method: Method::POST,
        path: "/api/agents/check",
        handler: || post(agents::check),
        id: "checkAgent",
        summary: "All that is wrong with an agent, without keeping it.",
        body: Some("Agent"),
        success: (200, Json("ProblemList")),
        failures: &[],
    },
    Route {
        method: Method::DELETE,
        path: "/api/agents/{name}",
        handler: || delete(agents::delete),
        id: "deleteAgent",
        summary: "Removes an agent and its keys; sessions that go on are not ended.",
        body: None,
        success: (204, Nothing),
        failures: &[404, 422],
    },
    Route {
        method: Method::GET,
        path: "/api/agents/{name}",
        handler: || get(agents::read),
        id: "readAgent",
        summary: "An agent as its file says; keys are never in it.",
        body: None,
        success: (200, Json("Agent")),
        failures: &[404, 422],
    },
    Route {
        method: Method::PUT,
        path: "/api/agents/{name}",
        handler: || put(agents::replace),
        id: "replaceAgent",
        summary: "Puts an agent in the place of the one of this name; sessions that go on stay as they are.",
        body: Some("Agent"),
        success: (200, Json("Agent")),
        failures: &[404, 422],
    },
    Route {
        method: Method::POST,
        path: "/api/agents/{name}/activate",
        handler: || post(agents::activate),
        id: "activateAgent",
        summary: "Makes this the agent that is taken where none is named.",
        body: None,
        success: (200, Json("Agent")),
        failures: &[404, 422],
    },
    Route {
        method: Method::DELETE,
        path: "/api/agents/{name}/secrets/{model}/{field}",
        handler: || delete(secrets::delete),
        id: "deleteSecret",
        summary: "Forgets a key.",
        body: None,
        success: (204, Nothing),
        failures: &[404, 422],
    },
    Route {
        method: Method::GET,
        path: "/api/agents/{name}/secrets/{model}/{field}",
        handler: || get(secrets::describe),
        id: "describeSecret",
        summary: "Whether a key is set, and how it ends; never the key.",
        body: None,
        success: (200, Json("SecretInfo")),
        failures: &[404, 422],
    },
    Route {
        method: Method::PUT,
        path: "/api/agents/{name}/secrets/{model}/{field}",
        handler: || put(secrets::set),
        id: "setSecret",
        summary: "Sets a key; it can be used and described from then on, and never read.",
        body: Some("SecretValue"),
        success: (200, Json("SecretInfo")),
        failures: &[404, 422],
    },
    Route {
        method: Method::POST,
        path: "/api/agents/{name}/swap",
        handler: || post(agents::swap),
        id: "swapProvider",
        summary: "Gives an agent other ears, another mind or another voice: in its file, and in the sessions that go on from their next turn.",
        body: Some("Swap"),
        success: (200, Json("Swapped")),
        failures: &[404, 422],
    },
    Route {
        method: Method::GET,
        path: "/api/catalog",
        handler: || get(server::catalog),
        id: "readCatalog",
        summary: "The providers that are built in, with their options.",
        body: None,
        success: (200, Json("Catalog")),
        failures: &[],
    },
    Route {
        method: Method::POST,
        path: "/api/login",
        handler: || post(login::sign_in),
        id: "signIn",
        summary: "Exchanges the token for a cookie.",
        body: Some("Token"),
        success: (204, Nothing),
        failures: &[422],
    },
    Route {
        method: Method::POST,
        path: "/api/logout",
        handler: || post(login::sign_out),
        id: "signOut",
        summary: "Makes the cookie worthless.",
        body: None,
        success: (204, Nothing),
        failures: &[],
    },
    Route {
        method: Method::GET,
        path: "/api/machine",
        handler: || get(machine::look),
        id: "lookAtMachine",
        summary: "What this machine has that an agent could use: a local Ollama, and keys in the environment by name.",
        body: None,
        success: (200, Json("Machine")),
        failures: &[],
    },
    Route {
        method: Method::GET,
        path: "/api/openapi.json",
        handler: || get(server::openapi),
        id: "readOpenApi",
        summary: "This document.",
        body: None,
        success: (200, Json("OpenApi")),
        failures: &[],
    },
    Route {
        method: Method::GET,
        path: "/api/sessions",
        handler: || get(sessions::list),
        id: "listSessions",
        summary: "The sessions that go on, and the last hundred that ended.",
        body: None,
        success: (200, Json("SessionList")),
        failures: &[],
    },
    Route {
        method: Method::DELETE,
        path: "/api/sessions/{id}",
        handler: || delete(sessions::end),
        id: "endSession",
        summary: "Ends a session.",
        body: None,
        success: (204, Nothing),
        failures: &[404],
    },
    Route {
        method: Method::GET,
        path: "/api/sessions/{id}",
        handler: || get(sessions::read),
        id: "readSession",
        summary: "A session.",
        body: None,
        success: (200, Json("Session")),
        failures: &[404],
    },
    Route {
        method: Method::GET,
        path: "/api/talk",
        handler: || get(talk::open),
        id: "talk",
        summary: "Opens a WebSocket to a session, with the subprotocol rooh.v1 and the query parameter ticket; docs/wire.md describes it.",
        body: None,
        success: (101, Nothing),
        failures: &[401, 404, 422, 426, 503],
    },
    Route {
        method: Method::POST,
        path: "/api/tickets",
        handler: || post(tickets::issue),
        id: "issueTicket",
        summary: "A ticket for one WebSocket to an agent, good for 30 seconds; without a name, to the active agent.",
        body: Some("TicketRequest"),
        success: (201, Json("Ticket")),
        failures: &[404, 422, 503],
    },
    Route {
        method: Method::GET,
        path: "/api/version",
        handler: || get(server::version),
        id: "readVersion",
        summary: "The version of the server and of its protocol.",
        body: None,
        success: (200, Json("Version")),
        failures: &[],
    },
    Route {
        method: Method::POST,
        path: "/api/voice-preview",
        handler: || post(voice::preview),
        id: "previewVoice",
        summary: "Says a sentence with a voice, before anything is kept.",
        body: Some("VoicePreview"),
        success: (200, Other("audio/wav")),
        failures: &[404, 422, 502, 503],
    },
    Route {
        method: Method::GET,
        path: "/healthz",
        handler: || get(server::health),
        id: "health",
        summary: "Whether the server takes new sessions.",
        body: None,
        success: (200, Json("Health")),
        failures: &[503],
    },
    Route {
        method: Method::GET,
        path: "/metrics",
        handler: || get(server::metrics),
        id: "metrics",
        summary: "Counters in the Prometheus text format.",
        body: None,
        success: (200, Other("text/plain; version=0.0.4")),
        failures: &[],
    },
];

/// The table as a router.
pub(crate) fn router() -> Router<Shared> {
    ROUTES.iter().fold(Router::new(), |router, route| router.route(route.path, (route.handler)()))
}

/// The answer where the path is right and the method is not.
pub(crate) async fn method_not_allowed() -> Failure {
    Failure::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "there is no such method here")
}

/// Reads a body of JSON; an empty one is taken for an empty object.
fn read<T: DeserializeOwned>(body: &Bytes) -> Answer<T> {
    let bytes: &[u8] = if body.is_empty() { b"{}" } else { body };
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value: T = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let path = if path == "." { String::new() } else { path };
        let inner = error.into_inner();
        if inner.is_data() {
            Failure::invalid_at(path, inner.to_string())
        } else {
            Failure::bad_request(format!("the body is not valid JSON: {inner}"))
        }
    })?;
    json.end().map_err(|error| Failure::bad_request(format!("the body is not valid JSON: {error}")))?;
    Ok(value)
}

/// The name of an agent in a path; no other name is ever looked for.
fn agent_name(name: &str) -> Answer<AgentName> {
    AgentName::new(name).map_err(|error| Failure::invalid(&error))
}

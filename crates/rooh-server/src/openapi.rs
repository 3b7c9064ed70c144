//! The OpenAPI document, made from the table that the router is made from.

use serde_json::{Map, Value, json};

use crate::api::{Access, Content, ROUTES, Route, access};
use crate::schemas::schemas;

/// The document.
pub(crate) fn document() -> Value {
    let mut paths = Map::new();
    for route in ROUTES {
        let item = paths.entry(route.path).or_insert_with(|| json!({}));
        item[route.method.as_str().to_ascii_lowercase()] = operation(route);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Rooh",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Agents, sessions and keys of a Rooh server. Sound and events go over a WebSocket, see docs/wire.md.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer", "description": "For programs." },
                "cookie": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "rooh_PORT",
                    "description": "For pages: set by signIn, and named after the port.",
                },
                "ticket": { "type": "apiKey", "in": "query", "name": "ticket", "description": "From issueTicket, for one use." },
            },
        },
    })
}

fn operation(route: &Route) -> Value {
    let mut operation = json!({
        "operationId": route.id,
        "summary": route.summary,
        "responses": responses(route),
        "security": match access(route.path) {
            Access::Everybody | Access::Page => json!([]),
            Access::Ticket => json!([{ "ticket": [] }]),
            Access::Token => json!([{ "token": [] }, { "cookie": [] }]),
        },
    });
    let parameters = parameters(route.path);
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some(schema) = route.body {
        operation["requestBody"] =
            json!({ "required": true, "content": { "application/json": { "schema": reference(schema) } } });
    }
    operation
}

/// The names in braces.
fn parameters(path: &str) -> Vec<Value> {
    let names = path.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(name, _)| name));
    names
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect()
}

fn responses(route: &Route) -> Value {
    let (status, content) = route.success;
    let mut success = json!({ "description": "Done." });
    match content {
        Content::Json(schema) => {
            success["content"] = json!({ "application/json": { "schema": reference(schema) } })
        }
        Content::Nothing => {}
        Content::Other(kind) => success["content"] = json!({ kind: {} }),
    }
    let mut responses = Map::from_iter([(status.to_string(), success)]);
    for status in route.failures {
        responses.insert(status.to_string(), failure());
    }
    responses.insert("default".to_owned(), failure());
    responses.into()
}

fn failure() -> Value {
    json!({
        "description": "What is wrong.",
        "content": { "application/json": { "schema": reference("Error") } },
    })
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

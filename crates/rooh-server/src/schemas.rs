//! The shapes of bodies and answers, by the names that the OpenAPI document uses.

use serde_json::{Value, json};

/// All schemas.
pub(crate) fn schemas() -> Value {
    let mut all = agents();
    merge(&mut all, server());
    merge(&mut all, talking());
    all
}

fn merge(all: &mut Value, more: Value) {
    if let (Value::Object(all), Value::Object(more)) = (all, more) {
        all.extend(more);
    }
}

/// An object without other fields than these.
fn object(required: &[&str], properties: Value) -> Value {
    json!({ "type": "object", "additionalProperties": false, "required": required, "properties": properties })
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn integer() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn list_of(schema: &str) -> Value {
    json!({ "type": "array", "items": reference(schema) })
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

fn agents() -> Value {
    json!({
        "Agent": {
            "type": "object",
            "description": "An agent as docs/agent-files.md describes it; unknown fields are refused.",
            "required": ["name"],
            "properties": {
                "name": { "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$" },
                "status": { "enum": ["active", "created", "inactive"] },
                "models": { "type": "object" },
                "secrets": {
                    "type": "object",
                    "description": "Keys by model and field: kept apart from the agent, and in no answer.",
                    "writeOnly": true,
                    "additionalProperties": {
                        "type": "object",
                        "additionalProperties": { "type": "string", "format": "password", "writeOnly": true },
                    },
                },
                "pipeline": { "type": "object" },
                "system_prompt": text(),
                "patience": {
                    "type": ["integer", "string"],
                    "description": "quick, normal, interview, a share such as 5%, or milliseconds.",
                },
                "endpointing": { "enum": ["acoustic", "auto", "heuristic", "manual", "semantic"] },
                "turn_checks": { "type": "integer", "minimum": 0, "maximum": 3 },
                "eager": { "type": "boolean" },
                "interruption": {
                    "type": "object",
                    "properties": {
                        "mode": { "enum": ["adaptive", "disabled", "hard_cut", "soft_fade"] },
                        "thinking": { "enum": ["adaptive", "disabled", "hard_cut", "soft_fade"] },
                        "min_speech_ms": integer(),
                        "take_back_ms": integer(),
                    },
                },
            },
        },
        "AgentList": object(&["agents"], json!({ "agents": list_of("AgentSummary") })),
        "AgentSummary": object(&["name"], json!({
            "name": text(),
            "status": { "enum": ["active", "created", "inactive"] },
            "transport": { "enum": ["webrtc", "websocket"] },
            "pipeline": { "type": "object", "description": "The provider of each stage.", "additionalProperties": text() },
            "error": object(&["message", "problems"], json!({ "message": text(), "problems": list_of("Problem") })),
        })),
        "Problem": object(&["message", "path"], json!({
            "path": { "type": "string", "description": "Where, as in models.cartesia.sample_rate; empty for all of it." },
            "message": text(),
        })),
        "ProblemList": object(&["problems"], json!({ "problems": list_of("Problem") })),
        "SecretInfo": object(&["set"], json!({
            "set": { "type": "boolean" },
            "source": { "enum": ["environment", "file"] },
            "fingerprint": text(),
            "last4": text(),
        })),
        "SecretValue": object(&["value"], json!({ "value": { "type": "string", "format": "password", "writeOnly": true } })),
        "Swap": object(&["kind", "provider"], json!({
            "kind": { "enum": ["llm", "stt", "tts"] },
            "provider": { "type": "string", "description": "A model of the agent's file, or a provider such as deepgram/nova-3." },
        })),
        "Swapped": object(&["sessions"], json!({ "sessions": integer() })),
    })
}

fn server() -> Value {
    json!({
        "Catalog": object(&["providers"], json!({ "providers": list_of("CatalogEntry") })),
        "CatalogEntry": object(
            &["kind", "name", "title", "description", "cloud", "feature", "model_option", "variants", "options"],
            json!({
                "kind": { "enum": ["llm", "realtime", "stt", "tts", "turn", "vad"] },
                "name": text(),
                "title": text(),
                "description": text(),
                "cloud": { "type": "boolean" },
                "feature": text(),
                "model_option": text(),
                "variants": { "type": "array", "items": text() },
                "options": list_of("CatalogOption"),
            }),
        ),
        "CatalogOption": object(
            &["name", "help", "type", "required", "choices"],
            json!({
                "name": text(),
                "help": text(),
                "type": { "enum": ["boolean", "integer", "json", "number", "secret", "text"] },
                "required": { "type": "boolean" },
                "default": {},
                "minimum": { "type": ["number", "null"] },
                "maximum": { "type": ["number", "null"] },
                "choices": { "type": "array" },
                "env": { "type": ["string", "null"] },
            }),
        ),
        "Error": object(&["error"], json!({
            "error": object(&["code", "message", "request_id"], json!({
                "code": text(),
                "message": text(),
                "request_id": text(),
                "problems": list_of("Problem"),
            })),
        })),
        "Health": object(&["status"], json!({ "status": { "enum": ["ok"] } })),
        "Key": object(&["env", "kind", "provider"], json!({ "env": text(), "kind": text(), "provider": text() })),
        "Machine": object(&["keys", "ollama"], json!({
            "keys": list_of("Key"),
            "ollama": { "anyOf": [reference("Ollama"), { "type": "null" }] },
        })),
        "Ollama": object(&["models", "url"], json!({ "url": text(), "models": { "type": "array", "items": text() } })),
        "OpenApi": { "type": "object", "required": ["openapi", "paths"] },
        "Token": object(&["token"], json!({ "token": { "type": "string", "format": "password", "writeOnly": true } })),
        "Version": object(&["protocol", "transports", "version"], json!({
            "version": text(),
            "protocol": integer(),
            "transports": { "type": "array", "items": text() },
        })),
    })
}

fn talking() -> Value {
    json!({
        "Session": object(&["agent", "id", "started_at", "state"], json!({
            "id": text(),
            "agent": text(),
            "state": { "enum": ["closed", "idle", "interrupting", "listening", "processing", "speaking"] },
            "started_at": { "type": "string", "format": "date-time" },
            "ended_at": { "type": "string", "format": "date-time" },
            "reason": { "enum": ["agent_ended", "dropped", "failed", "no_input", "too_long", "user_left"] },
        })),
        "SessionList": object(&["sessions"], json!({ "sessions": list_of("Session") })),
        "Ticket": object(&["agent", "expires_in", "ticket"], json!({
            "ticket": text(),
            "agent": text(),
            "expires_in": { "type": "integer", "description": "In seconds." },
        })),
        "TicketRequest": object(&[], json!({ "agent": text() })),
        "VoicePreview": object(&["model", "text"], json!({
            "model": { "type": "object", "description": "The voice as it would stand in an agent file." },
            "text": { "type": "string", "minLength": 1, "maxLength": 300 },
            "secrets": { "type": "object", "additionalProperties": { "type": "string", "format": "password" } },
            "agent": { "type": "string", "description": "The agent whose keys are used where none is given." },
            "key": { "type": "string", "description": "The model of that agent that the voice is." },
        })),
    })
}

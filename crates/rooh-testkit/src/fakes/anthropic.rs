//! An Anthropic without models: the Messages API, its events, its errors.

mod cache;
mod check;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Answer, Call, Fake, Records, Seen, Vendor, event};

/// A server on the loopback address that speaks as Anthropic does; it has one model of each way to
/// think, by the name of one that there is, and `claude-sonnet-9`, which nobody knows yet.
///
/// It says back what the user said last, with the count of messages; it calls each tool whose name
/// the user says, after a word about it, and with arguments if the tool has any; after the results
/// of tools it repeats them. Every piece of an answer counts as one token, as does the beginning of
/// each block.
pub type FakeAnthropic = Fake<Anthropic>;

/// What Anthropic knows.
#[derive(Debug, Default)]
pub struct Anthropic {
    /// Beginnings of requests that were to be kept.
    kept: BTreeSet<String>,
    refusal: Option<(u16, &'static str, &'static str)>,
    stop: Option<&'static str>,
}

/// A model, as the documentation describes it.
#[derive(Debug)]
struct Claude {
    id: &'static str,
    /// Whether it has the settings of older models: sampling, and an answer that the client begins.
    is_old: bool,
    /// Whether it thinks unless it is told otherwise.
    thinks: bool,
    /// What it accepts in `thinking.type`.
    types: &'static [&'static str],
}

const MODELS: [Claude; 6] = [
    Claude { id: "claude-haiku-5-5", is_old: false, thinks: true, types: &["adaptive", "disabled"] },
    Claude { id: "claude-sonnet-5-5", is_old: false, thinks: true, types: &["adaptive", "between_tools"] },
    Claude { id: "claude-opus-5-5", is_old: false, thinks: true, types: &["adaptive"] },
    Claude {
        id: "claude-sonnet-4-6",
        is_old: false,
        thinks: false,
        types: &["adaptive", "disabled", "enabled"],
    },
    // One of a later year.
    Claude { id: "claude-sonnet-9", is_old: false, thinks: true, types: &["adaptive", "between_tools"] },
    Claude { id: "claude-haiku-4-5", is_old: true, thinks: false, types: &["disabled", "enabled"] },
];

impl FakeAnthropic {
    /// Refuses every message with this status, type and code.
    #[must_use]
    pub fn refusing(self, status: u16, kind: &'static str, code: &'static str) -> Self {
        self.vendor().refusal = Some((status, kind, code));
        self
    }

    /// Stops each answer in its middle for this reason, such as `refusal`.
    #[must_use]
    pub fn stopping(self, reason: &'static str) -> Self {
        self.vendor().stop = Some(reason);
        self
    }
}

impl Vendor for Anthropic {
    /// Of two keys, the one in `x-api-key` counts.
    fn key(seen: &Seen) -> Option<String> {
        seen.after("x-api-key", "").or_else(|| seen.after("authorization", "Bearer "))
    }

    fn refused(status: u16, text: &str) -> Answer {
        let kind = match status {
            401 => "authentication_error",
            402 => "billing_error",
            403 => "permission_error",
            404 => "not_found_error",
            409 => "conflict_error",
            413 => "request_too_large",
            429 => "rate_limit_error",
            504 => "timeout_error",
            529 => "overloaded_error",
            400..=499 => "invalid_request_error",
            _ => "api_error",
        };
        refused(status, kind, text, None)
    }

    fn locked(_: &Seen) -> Answer {
        Self::refused(401, "invalid x-api-key")
    }

    async fn answer(call: Call<Self>) -> Answer {
        let version = match call.seen.header("anthropic-version") {
            None => return Self::refused(400, "anthropic-version: header is required"),
            Some(version @ ("2023-06-01" | "2026-10-21")) => version.to_owned(),
            Some(other) => {
                return Self::refused(400, &format!("anthropic-version: {other:?} is not a valid version"));
            }
        };
        match (call.seen.method.as_str(), call.seen.path.as_str()) {
            ("GET", "/v1/models") => {
                let data: Vec<Value> = MODELS.iter().map(described).collect();
                let (first, last) = (data[0]["id"].clone(), data[data.len() - 1]["id"].clone());
                let list = json!({ "data": data, "first_id": first, "last_id": last, "has_more": false });
                Answer::json(200, &list)
            }
            ("GET", path) if path.starts_with("/v1/models/") => {
                match find(path.trim_start_matches("/v1/models/")) {
                    Ok(model) => Answer::json(200, &described(model)),
                    Err(refusal) => refusal,
                }
            }
            ("POST", "/v1/messages") => message(call, &version).await,
            _ => Self::refused(404, "Not Found"),
        }
        .header("request-id", REQUEST)
    }
}

/// Each request bears the same number, so that answers can be compared.
const REQUEST: &str = "req_011fake";

fn refused(status: u16, kind: &str, text: &str, code: Option<&str>) -> Answer {
    let mut error = json!({ "type": kind, "message": text });
    if let Some(code) = code {
        error["details"] = json!({ "error_code": code });
    }
    Answer::json(status, &json!({ "type": "error", "error": error, "request_id": REQUEST }))
}

fn find(id: &str) -> Result<&'static Claude, Answer> {
    let found = MODELS.iter().find(|model| model.id == id);
    found.ok_or_else(|| Anthropic::refused(404, &format!("model: {id}")))
}

fn described(model: &Claude) -> Value {
    let supported = |is: bool| json!({ "supported": is });
    let takes = |kind: &str| supported(model.types.contains(&kind));
    let effort = supported(!model.is_old);
    json!({
        "type": "model", "id": model.id, "display_name": model.id, "created_at": "2026-09-22T00:00:00Z",
        "lifecycle": "active", "deprecated_at": null, "retires_at": null, "line": null,
        "max_input_tokens": 200_000, "max_tokens": 64_000,
        "capabilities": {
            "batch": supported(true), "citations": supported(true), "code_execution": supported(false),
            "context_management": { "supported": false },
            "effort": {
                "supported": !model.is_old, "low": effort, "medium": effort, "high": effort,
                "xhigh": effort, "max": effort,
            },
            "image_input": supported(true), "pdf_input": supported(true),
            "server_tools": {
                "supported": false, "code_execution": supported(false), "web_search": supported(false),
            },
            "structured_outputs": supported(true),
            "thinking": { "supported": true, "types": {
                "adaptive": takes("adaptive"), "between_tools": takes("between_tools"),
                "disabled": takes("disabled"), "enabled": takes("enabled"),
            } },
        },
    })
}

async fn message(call: Call<Anthropic>, version: &str) -> Answer {
    if let Some((status, kind, code)) = call.vendor().refusal {
        return refused(status, kind, "no", Some(code).filter(|code| !code.is_empty()));
    }
    let body = &call.seen.body;
    let model = match find(body["model"].as_str().unwrap_or_default()) {
        Ok(model) => model,
        Err(refusal) => return refusal,
    };
    if let Err(what) = check::request(body, model, version) {
        return Anthropic::refused(400, &what);
    }
    let stop = call.vendor().stop;
    let written = Written::new(body, model, stop, cache::used(&mut call.vendor().kept, body));
    let is_streamed = body["stream"] == true;
    if !is_streamed {
        return Answer::json(200, &written.whole());
    }
    let error = |text: &str| {
        let error = json!({ "type": "overloaded_error", "message": text });
        named(&json!({ "type": "error", "error": error, "request_id": REQUEST }))
    };
    let ping = named(&json!({ "type": "ping" }));
    let records = Records::events(written.events())
        .error(error)
        .comment(ping)
        .malformed(b"event: content_block_delta\ndata: {\"x\":}\n\n")
        .not_text(b"event: content_block_delta\ndata: {\"x\":\"\xf0\x9f\xa5\"}\n\n");
    call.stream(records).await
}

/// An event, which is named as its type.
fn named(data: &Value) -> Vec<u8> {
    event(data["type"].as_str(), &data.to_string())
}

/// An answer, written as far as its tokens go.
struct Written {
    blocks: Vec<Block>,
    message: Value,
    stop: Value,
    usage: Value,
}

/// A block of an answer: how it begins, and the pieces that follow.
struct Block {
    begins: Value,
    pieces: Vec<Value>,
}

impl Written {
    fn new(body: &Value, model: &Claude, stop: Option<&'static str>, mut usage: Value) -> Self {
        let mut blocks = blocks(body, model);
        let is_calling = blocks.iter().any(|block| block.begins["type"] == "tool_use");
        let mut reason = stop.unwrap_or(if is_calling { "tool_use" } else { "end_turn" });
        let all: usize = blocks.iter().map(|block| 1 + block.pieces.len()).sum();
        let mut left = match (stop, body["max_tokens"].as_u64()) {
            (Some(_), _) => all / 2,
            (None, Some(most)) => usize::try_from(most).unwrap_or(all),
            (None, None) => all,
        };
        if left < all && stop.is_none() {
            reason = "max_tokens";
        }
        blocks.retain_mut(|block| {
            let is_begun = left > 0;
            left = left.saturating_sub(1);
            block.pieces.truncate(left);
            left -= block.pieces.len();
            is_begun
        });
        let output: usize = blocks.iter().map(|block| 1 + block.pieces.len()).sum();
        usage["output_tokens"] = json!(1);
        let message = json!({
            "type": "message", "id": "msg_01fake", "role": "assistant", "model": model.id, "content": [],
            "stop_reason": null, "stop_sequence": null, "usage": usage,
        });
        let details = match reason {
            "refusal" => json!({ "type": "refusal", "category": "bio", "explanation": "It may do harm." }),
            _ => Value::Null,
        };
        let stop = json!({ "stop_reason": reason, "stop_sequence": null, "stop_details": details });
        Self { blocks, message, stop, usage: json!({ "output_tokens": output }) }
    }

    fn events(&self) -> Vec<Vec<u8>> {
        let mut events = vec![json!({ "type": "message_start", "message": self.message })];
        for (index, block) in self.blocks.iter().enumerate() {
            events.push(
                json!({ "type": "content_block_start", "index": index, "content_block": block.begins }),
            );
            if index == 0 {
                events.push(json!({ "type": "ping" }));
            }
            if block.begins["type"] == "tool_use" {
                let nothing = json!({ "type": "input_json_delta", "partial_json": "" });
                events.push(json!({ "type": "content_block_delta", "index": index, "delta": nothing }));
            }
            let deltas = block.pieces.iter();
            events.extend(
                deltas.map(|delta| json!({ "type": "content_block_delta", "index": index, "delta": delta })),
            );
            events.push(json!({ "type": "content_block_stop", "index": index }));
        }
        events.push(json!({ "type": "message_delta", "delta": self.stop, "usage": self.usage }));
        events.push(json!({ "type": "message_stop" }));
        events.iter().map(named).collect()
    }

    /// The same answer in one object, for a client that wants no stream.
    fn whole(&self) -> Value {
        let mut message = self.message.clone();
        message["content"] = self.blocks.iter().map(Block::whole).collect();
        for part in ["stop_reason", "stop_sequence", "stop_details"] {
            message[part] = self.stop[part].clone();
        }
        message["usage"]["output_tokens"] = self.usage["output_tokens"].clone();
        message
    }
}

impl Block {
    fn text(text: &str) -> Self {
        let pieces = text.split_inclusive(' ').map(|text| json!({ "type": "text_delta", "text": text }));
        Self { begins: json!({ "type": "text", "text": "" }), pieces: pieces.collect() }
    }

    fn thinking(text: &str) -> Self {
        let pieces =
            text.split_inclusive(' ').map(|text| json!({ "type": "thinking_delta", "thinking": text }));
        let seal = json!({ "type": "signature_delta", "signature": check::SEAL });
        Self {
            begins: json!({ "type": "thinking", "thinking": "", "signature": "" }),
            pieces: pieces.chain([seal]).collect(),
        }
    }

    fn call(id: String, name: &str, input: &Value) -> Self {
        let text = if input.as_object().is_some_and(serde_json::Map::is_empty) {
            String::new()
        } else {
            input.to_string()
        };
        let characters: Vec<char> = text.chars().collect();
        let pieces = characters
            .chunks(7)
            .map(|piece| json!({ "type": "input_json_delta", "partial_json": String::from_iter(piece) }));
        Self {
            begins: json!({ "type": "tool_use", "id": id, "name": name, "input": {} }),
            pieces: pieces.collect(),
        }
    }

    fn whole(&self) -> Value {
        let joined =
            |name: &str| -> String { self.pieces.iter().filter_map(|piece| piece[name].as_str()).collect() };
        let mut whole = self.begins.clone();
        match whole["type"].as_str() {
            Some("text") => whole["text"] = json!(joined("text")),
            Some("thinking") => {
                whole["thinking"] = json!(joined("thinking"));
                whole["signature"] = json!(joined("signature"));
            }
            _ => whole["input"] = serde_json::from_str(&joined("partial_json")).unwrap_or_else(|_| json!({})),
        }
        whole
    }
}

/// What is answered.
fn blocks(body: &Value, model: &Claude) -> Vec<Block> {
    let messages = body["messages"].as_array().map_or(&[][..], Vec::as_slice);
    let last = messages.last().map(check::content).unwrap_or_default();
    let texts: Vec<&str> = last.iter().filter_map(|block| block["text"].as_str()).collect();
    let said = texts.join(" ");
    let results: Vec<String> = last
        .iter()
        .filter(|block| block["type"] == "tool_result")
        .map(|block| match &block["content"] {
            Value::String(text) => text.clone(),
            other => other[0]["text"].as_str().unwrap_or_default().to_owned(),
        })
        .collect();
    let mut blocks = Vec::new();
    let thinks = match body["thinking"]["type"].as_str() {
        Some("disabled") => false,
        // Only its notes on the way from one tool to the next.
        Some("between_tools") => !results.is_empty(),
        Some(_) => true,
        None => model.thinks,
    };
    if thinks {
        let is_shown = body["thinking"]["display"] == "summarized" || model.is_old;
        blocks.push(Block::thinking(if is_shown { "The user says something." } else { "" }));
    }
    let tools = body["tools"].as_array().into_iter().flatten();
    let wanted: Vec<&Value> = tools
        .filter(|tool| results.is_empty() && tool["name"].as_str().is_some_and(|name| said.contains(name)))
        .collect();
    if !wanted.is_empty() {
        blocks.push(Block::text("Einen Moment."));
        for (index, tool) in wanted.into_iter().enumerate() {
            // As many as there are messages, so that no two requests of a session get the same.
            let id = format!("toolu_{:04}_{index}", messages.len());
            let has_any = tool["input_schema"]["properties"].as_object().is_some_and(|all| !all.is_empty());
            let input = if has_any { json!({ "what": said }) } else { json!({}) };
            blocks.push(Block::call(id, tool["name"].as_str().unwrap_or_default(), &input));
        }
    } else if results.is_empty() {
        blocks.push(Block::text(&format!("Grüße, {} 🥐 — you said: {said}", messages.len())));
    } else {
        blocks.push(Block::text(&format!("Es heißt: {}.", results.join(" und "))));
    }
    blocks
}

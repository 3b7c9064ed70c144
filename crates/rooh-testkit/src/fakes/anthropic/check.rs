//! What Anthropic refuses with 400.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Claude;

/// What stands in the signature of thoughts.
pub(crate) const SEAL: &str = "EqQBfakeseal";
const FIELDS: [&str; 17] = [
    "cache_control",
    "container",
    "diagnostics",
    "inference_geo",
    "max_tokens",
    "messages",
    "metadata",
    "model",
    "output_config",
    "service_tier",
    "speed",
    "stop_sequences",
    "stream",
    "system",
    "thinking",
    "tool_choice",
    "tools",
];
const SAMPLING: [&str; 3] = ["temperature", "top_k", "top_p"];
/// How many marks of the cache a request may have.
const MOST_MARKS: usize = 4;

/// The content of a message as blocks; a text is one.
pub(crate) fn content(message: &Value) -> Vec<Value> {
    match &message["content"] {
        Value::Array(blocks) => blocks.clone(),
        Value::Null => Vec::new(),
        text => vec![json!({ "type": "text", "text": text })],
    }
}

pub(super) fn request(body: &Value, model: &Claude, version: &str) -> Result<(), String> {
    let Some(fields) = body.as_object() else { return Err("the body is no JSON object".to_owned()) };
    let takes_sampling = version == "2023-06-01" && model.is_old;
    let is_known = |name: &str| FIELDS.contains(&name) || (takes_sampling && SAMPLING.contains(&name));
    if let Some(name) = fields.keys().find(|name| !is_known(name)) {
        return Err(format!("{name}: Extra inputs are not permitted"));
    }
    let Some(most) = body["max_tokens"].as_u64() else {
        return Err("max_tokens: Field required".to_owned());
    };
    thinking(body, model, most)?;
    tools(body)?;
    marks(body)?;
    match &body["system"] {
        Value::Null | Value::String(_) => {}
        Value::Array(blocks) => blocks.iter().try_for_each(|block| is_text(block, "system"))?,
        _ => return Err("system: Input should be a valid array".to_owned()),
    }
    messages(body, model)
}

fn thinking(body: &Value, model: &Claude, most: u64) -> Result<(), String> {
    let kind = &body["thinking"]["type"];
    if !body["thinking"].is_null() && !model.types.iter().any(|accepted| kind == accepted) {
        let kind = kind.as_str().unwrap_or_default();
        return Err(format!("\"thinking.type.{kind}\" is not supported for this model."));
    }
    let budget = body["thinking"]["budget_tokens"].as_u64();
    if kind == "enabled" && !budget.is_some_and(|budget| (1_024..most).contains(&budget)) {
        return Err(
            "thinking.enabled.budget_tokens: must be at least 1024 and less than max_tokens".to_owned()
        );
    }
    let effort = &body["output_config"]["effort"];
    match effort.as_str() {
        None if effort.is_null() => Ok(()),
        _ if model.is_old => Err("This model does not support the effort parameter.".to_owned()),
        Some("xhigh" | "max") if kind == "disabled" || kind == "between_tools" => {
            Err("output_config.effort: so much needs thinking".to_owned())
        }
        Some("low" | "medium" | "high" | "xhigh" | "max") => Ok(()),
        _ => {
            Err("output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'".to_owned())
        }
    }
}

fn tools(body: &Value) -> Result<(), String> {
    let mut names = BTreeSet::new();
    for (place, tool) in body["tools"].as_array().into_iter().flatten().enumerate() {
        let name = tool["name"].as_str().unwrap_or_default();
        if name.is_empty() || name.len() > 128 || !has_plain_letters(name) {
            return Err(format!(
                "tools.{place}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'"
            ));
        }
        if tool["input_schema"]["type"] != "object" {
            return Err(format!("tools.{place}.custom.input_schema.type: Field required"));
        }
        if !names.insert(name) {
            return Err("tools: Tool names must be unique.".to_owned());
        }
    }
    Ok(())
}

/// Marks of the cache may stand on tools, on the system prompt, and on blocks of messages.
fn marks(body: &Value) -> Result<(), String> {
    let lists = [&body["tools"], &body["system"]].into_iter().filter_map(Value::as_array).flatten();
    let messages = body["messages"].as_array().into_iter().flatten();
    let blocks = messages.filter_map(|message| message["content"].as_array()).flatten();
    let marks: Vec<&Value> = lists.chain(blocks).filter_map(|block| block.get("cache_control")).collect();
    let is_known = |mark: &Value| {
        mark["type"] == "ephemeral" && matches!(mark["ttl"].as_str(), None | Some("5m" | "1h"))
    };
    if marks.len() > MOST_MARKS {
        return Err(format!(
            "A maximum of 4 blocks with cache_control may be provided. Found {}.",
            marks.len()
        ));
    }
    if !marks.into_iter().all(is_known) {
        return Err("cache_control: Input should be 'ephemeral'".to_owned());
    }
    Ok(())
}

fn messages(body: &Value, model: &Claude) -> Result<(), String> {
    let messages = body["messages"].as_array().filter(|messages| !messages.is_empty());
    let Some(messages) = messages else {
        return Err("messages: at least one message is required".to_owned());
    };
    let (mut calls, mut seen) = (BTreeSet::<String>::new(), BTreeSet::new());
    let (mut before, mut is_thought) = ("", true);
    for (place, message) in messages.iter().enumerate() {
        let at = format!("messages.{place}");
        let role = message["role"].as_str().unwrap_or_default();
        if !["assistant", "user"].contains(&role) {
            return Err(format!("{at}.role: Input should be 'user' or 'assistant'"));
        }
        if place == 0 && role == "assistant" {
            return Err("messages: first message must use the \"user\" role".to_owned());
        }
        let blocks = content(message);
        if blocks.is_empty() {
            return Err(format!("{at}: {role} messages must have non-empty content"));
        }
        // Turns of one side after each other are one to the API.
        if role != before && role == "assistant" {
            is_thought = blocks[0]["type"] == "thinking";
        }
        let mut has_spoken = false;
        for block in &blocks {
            match (block["type"].as_str(), role) {
                (Some("text"), _) => {
                    is_text(block, &at)?;
                    has_spoken = true;
                }
                (Some("thinking"), "assistant") if block["signature"] == SEAL => {}
                (Some("thinking"), "assistant") => {
                    return Err(format!("{at}: Invalid `signature` in `thinking` block"));
                }
                (Some("tool_use"), "assistant") => {
                    let id = block["id"].as_str().unwrap_or_default();
                    if id.is_empty() || !has_plain_letters(id) {
                        return Err(format!(
                            "{at}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'"
                        ));
                    }
                    if !block["input"].is_object() {
                        return Err(format!("{at}.tool_use.input: Input should be a valid dictionary"));
                    }
                    if !seen.insert(id.to_owned()) {
                        return Err(format!("{at}: `tool_use` ids must be unique"));
                    }
                    calls.insert(id.to_owned());
                }
                (Some("tool_result"), "user") if has_spoken && !calls.is_empty() => {
                    return Err(unanswered(&at));
                }
                (Some("tool_result"), "user") => {
                    let id = block["tool_use_id"].as_str().unwrap_or_default();
                    if !calls.remove(id) {
                        return Err(format!(
                            "{at}: unexpected `tool_use_id` found in `tool_result` blocks: {id}"
                        ));
                    }
                    let is_blank = matches!(&block["content"], Value::Null)
                        || block["content"].as_str().is_some_and(|text| text.trim().is_empty());
                    if block["is_error"] == true && is_blank {
                        return Err(format!(
                            "{at}.tool_result: content cannot be empty if `is_error` is true"
                        ));
                    }
                    if body["thinking"]["type"] == "enabled" && !is_thought && place + 1 == messages.len() {
                        return Err(format!(
                            "{at}: Expected `thinking` or `redacted_thinking`, but found `tool_use`"
                        ));
                    }
                }
                _ => return Err(format!("{at}.content: Input tag found using 'type' does not match")),
            }
        }
        if role == "user" && !calls.is_empty() {
            return Err(unanswered(&at));
        }
        before = role;
    }
    if !calls.is_empty() {
        return Err(unanswered("messages"));
    }
    match messages.last().filter(|last| last["role"] == "assistant") {
        Some(_) if !model.is_old => Err("This model does not support assistant message prefill.".to_owned()),
        Some(last)
            if content(last).last().and_then(|block| block["text"].as_str()).is_some_and(has_blank_end) =>
        {
            Err("messages: final assistant content cannot end with trailing whitespace".to_owned())
        }
        _ => Ok(()),
    }
}

fn has_blank_end(text: &str) -> bool {
    text.trim_end() != text
}

fn unanswered(at: &str) -> String {
    format!("{at}: `tool_use` ids were found without `tool_result` blocks immediately after")
}

fn is_text(block: &Value, at: &str) -> Result<(), String> {
    match block["text"].as_str() {
        Some(text) if block["type"] == "text" && !text.trim().is_empty() => Ok(()),
        Some(_) => Err(format!("{at}: text content blocks must contain non-whitespace text")),
        None => Err(format!("{at}.text: Field required")),
    }
}

fn has_plain_letters(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

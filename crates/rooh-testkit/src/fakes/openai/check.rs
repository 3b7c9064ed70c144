//! What OpenAI refuses.

use serde_json::Value;

use super::{Answer, OpenAiDialect, error, wrong};

/// The fields of a request to the chat API that clients send.
const CHAT: &[&str] = &[
    "frequency_penalty",
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "metadata",
    "model",
    "parallel_tool_calls",
    "presence_penalty",
    "prompt_cache_key",
    "reasoning_effort",
    "response_format",
    "safety_identifier",
    "seed",
    "service_tier",
    "stop",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "tool_choice",
    "tools",
    "top_p",
    "user",
    "verbosity",
];

/// The fields of a request for a response.
const RESPONSES: &[&str] = &[
    "include",
    "input",
    "instructions",
    "max_output_tokens",
    "metadata",
    "model",
    "parallel_tool_calls",
    "previous_response_id",
    "prompt_cache_key",
    "reasoning",
    "safety_identifier",
    "service_tier",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_p",
    "user",
];

/// How much a model can think; none for one that does not.
fn efforts(model: &str) -> &'static [&'static str] {
    match model {
        "gpt-5.6-luna" => &["none", "low", "medium", "high", "xhigh", "max"],
        "gpt-6-astra" => &["low", "medium", "high", "xhigh", "max"],
        _ => &[],
    }
}

fn unknown_fields(body: &Value, known: &[&str]) -> Result<(), Answer> {
    let fields = body.as_object().into_iter().flatten();
    match fields.map(|(name, _)| name).find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(wrong(name, &format!("Unrecognized request argument supplied: {name}"))),
        None => Ok(()),
    }
}

/// What concerns thinking, and is the same in both APIs.
fn thinking(body: &Value, model: &str, effort: &Value, param: &str) -> Result<(), Answer> {
    let efforts = efforts(model);
    if let Some(effort) = effort.as_str()
        && !efforts.contains(&effort)
    {
        let text = match efforts {
            [] => format!("Unsupported parameter: '{param}' is not supported with this model."),
            known => format!(
                "Unsupported value: '{effort}' is not supported with the '{model}' model. Supported values are: {known:?}."
            ),
        };
        return Err(error(400, &text, "invalid_request_error", param.into(), "unsupported_value".into()));
    }
    let thinks = !efforts.is_empty() && effort.as_str() != Some("none");
    for field in ["temperature", "top_p"] {
        if thinks && body[field].as_f64().is_some_and(|value| value != 1.0) {
            return Err(wrong(
                field,
                &format!("Unsupported parameter: '{field}' is not supported with this model."),
            ));
        }
    }
    Ok(())
}

fn tools(body: &Value, of: impl Fn(&Value) -> Value) -> Result<(), Answer> {
    let all = body["tools"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !body["tools"].is_null() && all.is_empty() {
        return Err(wrong("tools", "Invalid 'tools': empty array. Expected an array with minimum length 1."));
    }
    if !body["parallel_tool_calls"].is_null() && all.is_empty() {
        let text = "Invalid value for 'parallel_tool_calls': it is only allowed when 'tools' are specified.";
        return Err(wrong("parallel_tool_calls", text));
    }
    for tool in all {
        let function = of(tool);
        let name = function["name"].as_str().unwrap_or_default();
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if tool["type"] != "function" || !(1..=64).contains(&name.len()) || !name.chars().all(is_name) {
            return Err(wrong("tools", "Invalid 'tools': string does not match pattern."));
        }
        if !function["parameters"].is_object() || function["parameters"]["type"] != "object" {
            return Err(wrong("tools", "Invalid schema for function: schema must be of type \"object\"."));
        }
    }
    Ok(())
}

pub(super) fn chat(body: &Value, model: &str, dialect: OpenAiDialect) -> Result<(), Answer> {
    if dialect == OpenAiDialect::OpenAi {
        unknown_fields(body, CHAT)?;
        thinking(body, model, &body["reasoning_effort"], "reasoning_effort")?;
        if !efforts(model).is_empty() {
            if !body["max_tokens"].is_null() {
                let text = "Unsupported parameter: 'max_tokens' is not supported with this model. Use \
                            'max_completion_tokens' instead.";
                return Err(wrong("max_tokens", text));
            }
            if !body["tools"].is_null() && body["reasoning_effort"] != "none" {
                let text = format!(
                    "Function tools with reasoning_effort are not supported for {model} in \
                                    /v1/chat/completions. To use function tools, use /v1/responses."
                );
                return Err(wrong("reasoning_effort", &text));
            }
        }
    }
    tools(body, |tool| tool["function"].clone())?;
    let messages = body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    if messages.is_empty() {
        return Err(wrong(
            "messages",
            "Invalid 'messages': empty array. Expected an array with minimum length 1.",
        ));
    }
    let mut waiting: Vec<&str> = Vec::new();
    for message in messages {
        let role = message["role"].as_str().unwrap_or_default();
        if role == "tool" {
            let id = message["tool_call_id"].as_str();
            if id.is_none() && dialect == OpenAiDialect::LlamaCpp {
                return Err(error(
                    500,
                    "type must be string, but is null",
                    "server_error",
                    Value::Null,
                    500.into(),
                ));
            }
            let Some(place) = waiting.iter().position(|waits| Some(*waits) == id) else {
                let text =
                    "messages with role 'tool' must be a response to a preceding message with 'tool_calls'.";
                return Err(wrong("messages", text));
            };
            waiting.remove(place);
            continue;
        }
        if !waiting.is_empty() {
            break;
        }
        let calls = message["tool_calls"].as_array().map(Vec::as_slice).unwrap_or_default();
        let roles: &[&str] = match dialect {
            OpenAiDialect::OpenAi => &["assistant", "developer", "system", "user"],
            _ => &["assistant", "system", "user"],
        };
        if !roles.contains(&role) {
            return Err(wrong("messages", &format!("Invalid value: '{role}'.")));
        }
        let is_content = message["content"].is_string() || message["content"].is_array();
        if !is_content && (role != "assistant" || calls.is_empty() || dialect != OpenAiDialect::OpenAi) {
            return Err(wrong("messages", "Invalid value for 'content': expected a string, got null."));
        }
        for call in calls {
            let arguments = call["function"]["arguments"].as_str().unwrap_or_default();
            let Some(id) = call["id"].as_str().filter(|_| serde_json::from_str::<Value>(arguments).is_ok())
            else {
                return Err(wrong("messages", "Invalid 'tool_calls'."));
            };
            waiting.push(id);
        }
    }
    if !waiting.is_empty() {
        let text = format!(
            "An assistant message with 'tool_calls' must be followed by tool messages responding to \
                            each 'tool_call_id'. The following did not have response messages: {waiting:?}"
        );
        return Err(wrong("messages", &text));
    }
    Ok(())
}

pub(super) fn responses(body: &Value, model: &str, dialect: OpenAiDialect) -> Result<(), Answer> {
    if dialect == OpenAiDialect::OpenAi {
        unknown_fields(body, RESPONSES)?;
    }
    thinking(body, model, &body["reasoning"]["effort"], "reasoning.effort")?;
    tools(body, Value::clone)?;
    let items = match &body["input"] {
        Value::String(_) => return Ok(()),
        Value::Array(items) if !items.is_empty() => items,
        _ => return Err(wrong("input", "Missing required parameter: 'input'.")),
    };
    let mut waiting: Vec<&str> = Vec::new();
    for item in items {
        match item["type"].as_str().unwrap_or("message") {
            "message" => {
                let role = item["role"].as_str().unwrap_or_default();
                if !["assistant", "developer", "system", "user"].contains(&role) {
                    return Err(wrong("input", &format!("Invalid value: '{role}'.")));
                }
                if !item["content"].is_string() && !item["content"].is_array() {
                    return Err(wrong("input", "Invalid type for 'content'."));
                }
            }
            "function_call" => {
                let arguments = item["arguments"].as_str().unwrap_or_default();
                let (Some(id), true) =
                    (item["call_id"].as_str(), serde_json::from_str::<Value>(arguments).is_ok())
                else {
                    return Err(wrong("input", "Invalid 'function_call'."));
                };
                waiting.push(id);
            }
            "function_call_output" => {
                let id = item["call_id"].as_str().unwrap_or_default();
                let Some(place) = waiting.iter().position(|waits| *waits == id) else {
                    let text = format!("No tool call found for function call output with call_id {id}.");
                    return Err(wrong("input", &text));
                };
                waiting.remove(place);
            }
            "reasoning" => {}
            kind => return Err(wrong("input", &format!("Invalid value: '{kind}'."))),
        }
    }
    match waiting.first() {
        Some(id) => Err(wrong("input", &format!("No tool output found for function call {id}."))),
        None => Ok(()),
    }
}

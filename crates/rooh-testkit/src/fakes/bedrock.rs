//! An Amazon Bedrock without models: its ConverseStream, its rules, its exceptions.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::call::decoded;
use super::{Answer, Call, Fake, Records, Seen, Vendor, frame};

/// How many tokens each request is said to have.
const INPUT: u64 = 26;

/// A server on the loopback address that speaks as the runtime of Amazon Bedrock does, for whoever
/// signs a request or brings a bearer token; [`key`](Fake::key) is that token, or the id of an access
/// key.
///
/// It says back what the user said last, with the count of messages, and calls each tool whose name
/// the user says, arguments in pieces; after the results of tools it repeats them. Where `effort` is
/// given it thinks first. The guardrail `strict` intervenes.
///
/// The text of [`Fault::Error`](super::Fault::Error) and [`Fault::Status`](super::Fault::Status) may
/// begin with the name of an exception and a colon.
pub type FakeBedrock = Fake<Bedrock>;

/// What Bedrock knows.
#[derive(Debug, Default)]
pub struct Bedrock {
    by_profile: Vec<String>,
    ended: Vec<String>,
}

impl FakeBedrock {
    /// Answers for this model only if an inference profile is asked.
    #[must_use]
    pub fn only_by_profile(self, model: impl Into<String>) -> Self {
        self.vendor().by_profile.push(model.into());
        self
    }

    /// Has no such model any more.
    #[must_use]
    pub fn ended(self, model: impl Into<String>) -> Self {
        self.vendor().ended.push(model.into());
        self
    }
}

impl Vendor for Bedrock {
    fn key(seen: &Seen) -> Option<String> {
        seen.after("authorization", "Bearer ").or_else(|| access_key(seen))
    }

    fn refused(status: u16, text: &str) -> Answer {
        let (name, text) = named(text).unwrap_or_else(|| {
            let name = match status {
                403 => "AccessDeniedException",
                404 => "ResourceNotFoundException",
                408 => "ModelTimeoutException",
                429 => "ThrottlingException",
                503 => "ServiceUnavailableException",
                500..=599 => "InternalServerException",
                _ => "ValidationException",
            };
            (name, text)
        });
        // With more behind the colon, which clients have to leave out.
        let kind = format!("{name}:http://internal.amazon.com/coral/com.amazon.bedrock/");
        Answer::json(status, &json!({ "message": text }))
            .header("x-amzn-errortype", &kind)
            .header("x-amzn-requestid", "6f1c7a3e-fake")
    }

    fn locked(_: &Seen) -> Answer {
        Self::refused(
            403,
            "UnrecognizedClientException: The security token included in the request is invalid.",
        )
    }

    async fn answer(call: Call<Self>) -> Answer {
        if let Err(why) = identified(&call.seen) {
            return Self::refused(403, why);
        }
        let path = call.seen.path.clone();
        let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        match (call.seen.method.as_str(), segments.as_slice()) {
            ("GET", ["async-invoke"]) => Answer::json(200, &json!({ "asyncInvokeSummaries": [] })),
            ("POST", ["model", model, "converse-stream"]) => converse(call, &decoded(model)).await,
            _ => Self::refused(404, "UnknownOperationException: no such operation"),
        }
    }
}

/// The exception that a text begins with, and the rest of it.
fn named(text: &str) -> Option<(&str, &str)> {
    text.split_once(": ").filter(|(name, _)| name.ends_with("Exception"))
}

/// The id of the key that signed a request.
fn access_key(seen: &Seen) -> Option<String> {
    let (_, credential) = seen.authorization.as_deref()?.split_once("Credential=")?;
    credential.split_once('/').map(|(id, _)| id.to_owned())
}

/// Whether there is a bearer token, or a signature (version 4) whose parts are there.
fn identified(seen: &Seen) -> Result<(), &'static str> {
    const MISSING: &str = "MissingAuthenticationTokenException: Missing Authentication Token";
    const INCOMPLETE: &str = "IncompleteSignatureException: Authorization header is not complete.";
    let authorization = seen.authorization.as_deref().ok_or(MISSING)?;
    if authorization.strip_prefix("Bearer ").is_some_and(|token| !token.is_empty()) {
        return Ok(());
    }
    let parts = authorization.strip_prefix("AWS4-HMAC-SHA256 ").ok_or(MISSING)?;
    let part = |name: &str| parts.split(", ").find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
    let (scope, signed, signature) =
        (part("Credential"), part("SignedHeaders"), part("Signature").unwrap_or_default());
    let is_for_us = scope.is_some_and(|scope| scope.ends_with("/bedrock/aws4_request"));
    let signs = |name: &str| signed.is_some_and(|signed| signed.split(';').any(|header| header == name));
    let is_hash = signature.len() == 64 && signature.bytes().all(|byte| byte.is_ascii_hexdigit());
    // What a temporary key brings has to be signed, too.
    let signs_token = seen.header("x-amz-security-token").is_none() || signs("x-amz-security-token");
    let is_whole = is_for_us && is_hash && signs("host") && signs("x-amz-date") && signs_token;
    if is_whole && seen.header("x-amz-date").is_some() { Ok(()) } else { Err(INCOMPLETE) }
}

async fn converse(call: Call<Bedrock>, model: &str) -> Answer {
    let body = &call.seen.body;
    if !body.is_object() {
        return Bedrock::refused(400, "SerializationException: Unexpected token in the body");
    }
    {
        let bedrock = call.vendor();
        if !model.contains('.') {
            return Bedrock::refused(400, "The provided model identifier is invalid.");
        }
        if bedrock.ended.iter().any(|ended| ended == model) {
            return Bedrock::refused(404, "This model version has reached the end of its life.");
        }
        if bedrock.by_profile.iter().any(|other| other == model) {
            let text = format!(
                "Invocation of model ID {model} with on-demand throughput isn't supported. Retry your request \
                 with the ID or ARN of an inference profile that contains this model."
            );
            return Bedrock::refused(400, &text);
        }
    }
    if let Err(what) = check(body, model) {
        return Bedrock::refused(400, &what);
    }
    let frames = reply(body);
    let exception = |text: &str| {
        let (name, text) = named(text).unwrap_or(("internalServerException", text));
        let headers = [
            (":exception-type", name),
            (":content-type", "application/json"),
            (":message-type", "exception"),
        ];
        frame(&headers, json!({ "message": text }).to_string())
    };
    let mut broken = event("contentBlockDelta", &json!({}));
    if let Some(last) = broken.last_mut() {
        *last ^= 1;
    }
    let headers = [
        (":event-type", "contentBlockDelta"),
        (":content-type", "application/json"),
        (":message-type", "event"),
    ];
    let no_text = frame(&headers, b"{\"contentBlockIndex\":0,\"delta\":{\"text\":\"\xf0\x9f\xa5\"}}");
    let records = Records::new("application/vnd.amazon.eventstream", frames);
    let records = records.error(exception).malformed(broken).not_text(no_text);
    // What a newer version of the service might send.
    call.stream(records.comment(event("somethingNew", &json!({ "a": 1 })))).await
}

/// An event with its padding, which clients have to leave out.
fn event(kind: &str, payload: &Value) -> Vec<u8> {
    let mut payload = payload.clone();
    payload["p"] = json!("abcdefghijk");
    let headers = [(":event-type", kind), (":content-type", "application/json"), (":message-type", "event")];
    frame(&headers, payload.to_string())
}

/// What Bedrock refuses with 400.
fn check(body: &Value, model: &str) -> Result<(), String> {
    let messages = body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    if messages.first().is_none_or(|first| first["role"] != "user") {
        return Err(
            "A conversation must start with a user message. Try again with a conversation that starts with \
                    a user message."
                .to_owned(),
        );
    }
    if messages.windows(2).any(|pair| pair[0]["role"] == pair[1]["role"]) {
        return Err("A conversation must alternate between user and assistant roles.".to_owned());
    }
    if messages.last().is_some_and(|last| last["role"] != "user") {
        return Err("This model does not support assistant message prefill.".to_owned());
    }
    let tools = tools(body);
    let mut expected = BTreeSet::new();
    let mut all = BTreeSet::new();
    for (place, message) in messages.iter().enumerate() {
        let blocks = message["content"].as_array().map(Vec::as_slice).unwrap_or_default();
        if blocks.is_empty() {
            return Err(format!("The content field in the Message object at messages.{place} is empty."));
        }
        let mut given = BTreeSet::new();
        for (number, block) in blocks.iter().enumerate() {
            let at = format!("messages.{place}.content.{number}");
            check_block(block, &at, model)?;
            let id = |kind: &str| block[kind]["toolUseId"].as_str().map(str::to_owned);
            if let Some(id) = id("toolResult") {
                if !expected.remove(&id) {
                    return Err(format!("{at}: unexpected `toolUseId` found in `toolResult` blocks: {id}."));
                }
            } else if !expected.is_empty() {
                return Err(format!("{at}: Expected toolResult blocks for the following Ids: {expected:?}"));
            }
            if let Some(id) = id("toolUse") {
                if tools.is_empty() {
                    return Err(
                        "The toolConfig field must be defined when using toolUse and toolResult content \
                                blocks."
                            .to_owned(),
                    );
                }
                if !all.insert(id.clone()) {
                    return Err(format!("{at}: `toolUse` ids must be unique"));
                }
                given.insert(id);
            }
        }
        if !expected.is_empty() {
            return Err(format!("Expected toolResult blocks at messages.{place}.content for {expected:?}"));
        }
        expected = given;
    }
    check_settings(body, model)
}

fn check_block(block: &Value, at: &str, model: &str) -> Result<(), String> {
    if block.as_object().is_none_or(|fields| fields.len() != 1) {
        return Err(format!("{at} must have exactly one of its fields set"));
    }
    if block["text"].as_str().is_some_and(|text| text.trim().is_empty()) {
        return Err(format!("The text field in the ContentBlock object at {at} is blank."));
    }
    check_cache(block, model)?;
    for kind in ["toolUse", "toolResult"] {
        let id = block[kind]["toolUseId"].as_str();
        let is_right = |id: &str| {
            (1..=64).contains(&id.len())
                && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        };
        if block[kind].is_object() && !id.is_some_and(is_right) {
            return Err(format!(
                "Value at '{at}.{kind}.toolUseId' failed to satisfy constraint: [a-zA-Z0-9_-]+"
            ));
        }
    }
    if block["toolUse"].is_object() && !block["toolUse"]["input"].is_object() {
        return Err(format!(
            "The format of the value at {at}.toolUse.input is invalid. Provide a json object."
        ));
    }
    for content in block["toolResult"]["content"].as_array().into_iter().flatten() {
        if content["text"].as_str().is_none_or(|text| text.trim().is_empty()) && !content["json"].is_object()
        {
            return Err(format!("The format of the value at {at}.toolResult.content is invalid."));
        }
    }
    let takes_status = ["anthropic.", "nova-"].iter().any(|name| model.contains(name));
    if !block["toolResult"]["status"].is_null() && !takes_status {
        return Err("This model doesn't support the status field. Remove status and try again.".to_owned());
    }
    Ok(())
}

fn check_cache(block: &Value, model: &str) -> Result<(), String> {
    let caches = ["anthropic.", "nova-"].iter().any(|name| model.contains(name));
    match &block["cachePoint"] {
        Value::Null => Ok(()),
        point if point["type"] == "default" && caches => Ok(()),
        _ => Err("You invoked an unsupported model or your request did not allow prompt caching.".to_owned()),
    }
}

fn check_settings(body: &Value, model: &str) -> Result<(), String> {
    for block in body["system"].as_array().into_iter().flatten() {
        check_block(block, "system", model)?;
    }
    for tool in body["toolConfig"]["tools"].as_array().into_iter().flatten() {
        let spec = &tool["toolSpec"];
        if spec["name"].as_str().is_none_or(str::is_empty) || spec["inputSchema"]["json"]["type"] != "object"
        {
            return Err(
                "The value at toolConfig.tools.toolSpec.inputSchema.json.type must be one of: object."
                    .to_owned(),
            );
        }
        if spec["description"].as_str().is_some_and(str::is_empty) {
            return Err(
                "Value at 'toolConfig.tools.toolSpec.description' failed to satisfy constraint".to_owned()
            );
        }
    }
    let refuses = ["claude-opus-5", "claude-sonnet-5", "claude-fable-5"];
    let settings = &body["inferenceConfig"];
    let samples = !settings["temperature"].is_null() || !settings["topP"].is_null();
    if samples && refuses.iter().any(|name| model.contains(name)) {
        return Err("`temperature` is deprecated for this model.".to_owned());
    }
    let thinking = body["additionalModelRequestFields"]["thinking"]["type"].as_str();
    let allowed: &[&str] = match model {
        model if model.contains("claude-opus-5-5") || model.contains("claude-fable-5") => &["adaptive"],
        model if model.contains("claude-sonnet-5-5") => &["adaptive", "between_tools"],
        model if model.contains("anthropic.") => &["adaptive", "disabled", "enabled"],
        _ => &[],
    };
    match thinking.filter(|kind| !allowed.contains(kind)) {
        Some(kind) => Err(format!("thinking.type: `{kind}` is not supported by this model")),
        None => Ok(()),
    }
}

fn tools(body: &Value) -> Vec<&str> {
    let tools = body["toolConfig"]["tools"].as_array().into_iter().flatten();
    tools.filter_map(|tool| tool["toolSpec"]["name"].as_str()).collect()
}

/// The frames of an answer; the last record is all that ends it.
fn reply(body: &Value) -> Vec<Vec<u8>> {
    let messages = body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let blocks =
        messages.last().and_then(|last| last["content"].as_array()).map(Vec::as_slice).unwrap_or_default();
    let said = blocks.iter().rev().find_map(|block| block["text"].as_str()).unwrap_or_default();
    let results: Vec<String> = blocks
        .iter()
        .flat_map(|block| block["toolResult"]["content"].as_array().into_iter().flatten())
        .map(|content| content["text"].as_str().map_or_else(|| content["json"].to_string(), str::to_owned))
        .collect();
    let wanted: Vec<&str> =
        tools(body).into_iter().filter(|name| results.is_empty() && said.contains(name)).collect();
    let is_stopped = body["guardrailConfig"]["guardrailIdentifier"] == "strict";
    let text = match () {
        () if is_stopped => "That is nothing to talk about.".to_owned(),
        () if !results.is_empty() => format!("Es heißt: {}.", results.join(" und ")),
        () if wanted.is_empty() => format!("Grüße, {} 🥐 — you said: {said}", messages.len()),
        () => String::new(),
    };
    let mut records = vec![event("messageStart", &json!({ "role": "assistant" }))];
    let mut index = 0;
    if !body["outputConfig"]["effort"].is_null() {
        for thought in [json!({ "text": "The user says something." }), json!({ "signature": "c2lnbmVk" })] {
            let delta = json!({ "reasoningContent": thought });
            records.push(event("contentBlockDelta", &json!({ "contentBlockIndex": index, "delta": delta })));
        }
        records.push(event("contentBlockStop", &json!({ "contentBlockIndex": index })));
        index += 1;
    }
    let before = records.len();
    let mut end = Vec::new();
    if !text.is_empty() {
        // No event starts a block of text.
        for piece in text.split_inclusive(' ') {
            let delta = json!({ "contentBlockIndex": index, "delta": { "text": piece } });
            records.push(event("contentBlockDelta", &delta));
        }
        end = event("contentBlockStop", &json!({ "contentBlockIndex": index }));
    }
    for (number, name) in wanted.iter().enumerate() {
        records.extend(called(name, said, number, index + number, messages.len()));
    }
    let limit = body["inferenceConfig"]["maxTokens"].as_u64().and_then(|limit| usize::try_from(limit).ok());
    let said = records.len() - before;
    let is_short = limit.is_some_and(|limit| limit < said);
    records.truncate(before + limit.unwrap_or(said).min(said));
    let reason = match () {
        () if is_stopped => "guardrail_intervened",
        () if is_short => "max_tokens",
        () if !wanted.is_empty() => "tool_use",
        () => "end_turn",
    };
    let has_cache =
        body["system"].as_array().is_some_and(|system| system.iter().any(|b| b["cachePoint"].is_object()));
    let cached = if has_cache { 20 } else { 0 };
    end.extend(event("messageStop", &json!({ "stopReason": reason })));
    end.extend(event(
        "metadata",
        &json!({
            "usage": {
                "inputTokens": INPUT - cached, "outputTokens": said, "totalTokens": INPUT + said as u64,
                "cacheReadInputTokens": cached, "cacheWriteInputTokens": 0,
            },
            "metrics": { "latencyMs": 351 },
        }),
    ));
    records.push(end);
    records
}

/// A call whose arguments come in pieces of a few letters, the first of them empty.
fn called(name: &str, said: &str, number: usize, index: usize, messages: usize) -> Vec<Vec<u8>> {
    // As many as there are messages, so that no two requests of a session get the same.
    let tool = json!({ "toolUseId": format!("tooluse_{messages}_{number}"), "name": name });
    let start = json!({ "contentBlockIndex": index, "start": { "toolUse": tool } });
    let mut events = vec![event("contentBlockStart", &start)];
    let arguments: Vec<char> = json!({ "what": said }).to_string().chars().collect();
    for piece in [&[][..]].into_iter().chain(arguments.chunks(7)) {
        let piece: String = piece.iter().collect();
        let delta = json!({ "contentBlockIndex": index, "delta": { "toolUse": { "input": piece } } });
        events.push(event("contentBlockDelta", &delta));
    }
    events.push(event("contentBlockStop", &json!({ "contentBlockIndex": index })));
    events
}

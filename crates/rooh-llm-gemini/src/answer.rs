//! What comes: the chunks of an answer; no I/O.

use std::collections::BTreeSet;

use rooh_core::llm::{LlmEvent, LlmRequest, Message, StopReason, ToolCall, Usage};
use rooh_core::{Error, ErrorKind, Result};
use rooh_net::Client;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::failure::{ended_early, in_answer, no_message};
use crate::request::OWN;
use crate::signatures::{Signatures, Signed};

/// The longest id that is taken over, in bytes; Gemini's have some eight letters.
const LONGEST_ID: usize = 256;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Chunk {
    candidates: Option<Vec<Candidate>>,
    error: Option<Value>,
    prompt_feedback: Option<PromptFeedback>,
    usage_metadata: Option<UsageMetadata>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Candidate {
    content: Option<Content>,
    finish_reason: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Content {
    parts: Option<Vec<Part>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Part {
    function_call: Option<FunctionCall>,
    text: Option<String>,
    thought: Option<bool>,
    thought_signature: Option<String>,
}

#[derive(Debug, Deserialize)]
struct FunctionCall {
    #[serde(default)]
    args: Value,
    #[serde(default)]
    id: Option<String>,
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PromptFeedback {
    block_reason: Option<String>,
}

/// Grows over the chunks of one answer.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct UsageMetadata {
    cached_content_token_count: Option<u64>,
    candidates_token_count: Option<u64>,
    prompt_token_count: Option<u64>,
    thoughts_token_count: Option<u64>,
    tool_use_prompt_token_count: Option<u64>,
}

/// How an answer is over.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum End {
    /// The model wrote what its server could not read, and nothing was said yet: worth another try.
    Garbled,
    Stopped(StopReason),
}

/// An answer under way.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    calls: usize,
    client: &'a Client,
    has_said: bool,
    model: &'a str,
    reason: Option<String>,
    request: &'a LlmRequest,
    signatures: &'a Signatures,
    usage: Option<UsageMetadata>,
    used_ids: BTreeSet<String>,
}

impl<'a> Answer<'a> {
    pub(crate) fn new(
        request: &'a LlmRequest,
        model: &'a str,
        signatures: &'a Signatures,
        client: &'a Client,
    ) -> Self {
        let used = request.messages.iter().flat_map(|message| match message {
            Message::Assistant { calls, .. } => calls.as_slice(),
            _ => &[],
        });
        let used_ids = used.map(|call| call.id.clone()).collect();
        let (calls, has_said, reason, usage) = (0, false, None, None);
        Self { calls, client, has_said, model, reason, request, signatures, usage, used_ids }
    }

    /// Reads one chunk into `out`.
    pub(crate) fn read(&mut self, data: &str, out: &mut Vec<LlmEvent>) -> Result<()> {
        let chunk: Chunk = serde_json::from_str(data).map_err(|error| no_message(data, &error))?;
        if let Some(error) = chunk.error {
            return Err(in_answer(&json!({ "error": error }), self.client));
        }
        self.usage = chunk.usage_metadata.or(self.usage);
        if let Some(reason) = chunk.prompt_feedback.and_then(|feedback| feedback.block_reason) {
            return Err(self.withheld("Gemini does not answer this conversation", &reason));
        }
        // Others come only to those who ask for several.
        let Some(candidate) = chunk.candidates.and_then(|all| all.into_iter().next()) else { return Ok(()) };
        for part in candidate.content.and_then(|content| content.parts).unwrap_or_default() {
            if part.thought == Some(true) {
                continue;
            }
            if let Some(text) = part.text.filter(|text| !text.is_empty()) {
                self.has_said = true;
                out.push(LlmEvent::Text(text));
            }
            if let Some(call) = part.function_call {
                out.push(LlmEvent::ToolCall(self.call(call, part.thought_signature)?));
            }
        }
        self.reason = candidate.finish_reason.or(self.reason.take());
        Ok(())
    }

    /// Whether the model has said why it is at its end; what that cost may come behind it.
    pub(crate) fn is_whole(&self) -> bool {
        self.reason.is_some()
    }

    /// What it cost.
    pub(crate) fn usage(&self) -> Option<Usage> {
        let usage = self.usage?;
        let sum = |counts: [Option<u64>; 2]| counts.into_iter().flatten().fold(0, u64::saturating_add);
        Some(Usage {
            cached: usage.cached_content_token_count.unwrap_or(0),
            input: sum([usage.prompt_token_count, usage.tool_use_prompt_token_count]),
            output: sum([usage.candidates_token_count, usage.thoughts_token_count]),
        })
    }

    /// How it ended, once nothing more comes.
    pub(crate) fn finish(&self) -> Result<End> {
        let reason = self.reason.as_deref().ok_or_else(ended_early)?;
        let failed = |kind, what: &str| {
            Err(Error::new(kind, what.to_owned()).with("reason", self.client.told(reason)))
        };
        match reason {
            "STOP" | "MAX_TOKENS" | "CONTINUATION" if self.calls > 0 => Ok(End::Stopped(StopReason::Tools)),
            "STOP" => Ok(End::Stopped(StopReason::Finished)),
            // The latter: of the tokens that one request may have, which the words of an agent never need.
            "MAX_TOKENS" | "CONTINUATION" => Ok(End::Stopped(StopReason::Length)),
            "MALFORMED_FUNCTION_CALL" | "MALFORMED_RESPONSE" | "UNEXPECTED_TOOL_CALL"
                if !self.has_said && self.calls == 0 =>
            {
                Ok(End::Garbled)
            }
            "BLOCKLIST" | "ESCALATION" | "LANGUAGE" | "MODEL_ARMOR" | "PROHIBITED_CONTENT" | "RECITATION"
            | "SAFETY" | "SPII" => Err(self.withheld("Gemini withholds the rest of its answer", reason)),
            "PUP_LIMITED_DISABLED" => failed(ErrorKind::Auth, "Gemini has limited the account of this key"),
            "MISSING_THOUGHT_SIGNATURE" => failed(ErrorKind::Protocol, "Gemini misses a signature"),
            _ => failed(ErrorKind::Network, "Gemini could not finish its answer"),
        }
    }

    fn withheld(&self, what: &str, reason: &str) -> Error {
        Error::new(ErrorKind::Unsupported, what).with("reason", self.client.told(reason))
    }

    fn call(&mut self, call: FunctionCall, signature: Option<String>) -> Result<ToolCall> {
        let FunctionCall { args, id, name } = call;
        let arguments = match args {
            Value::Null => json!({}),
            Value::Object(_) => integers(args),
            _ => {
                let what = "Gemini sent arguments of a tool that are no object";
                return Err(Error::new(ErrorKind::Protocol, what).with("tool", self.client.told(&name)));
            }
        };
        let is_usable = |id: &String| {
            !id.is_empty() && id.len() <= LONGEST_ID && !id.starts_with(OWN) && !self.used_ids.contains(id)
        };
        // No two requests of a session with calls have a history of the same length.
        let own = || format!("{OWN}{}-{}", self.request.messages.len(), self.calls);
        let id = id.filter(is_usable).unwrap_or_else(own);
        self.calls += 1;
        self.used_ids.insert(id.clone());
        if let Some(signature) = signature.filter(|signature| !signature.is_empty()) {
            let session = self.request.session.clone();
            self.signatures
                .keep(Signed { call: id.clone(), model: self.model.to_owned(), session }, signature);
        }
        Ok(ToolCall { id, name, arguments })
    }
}

/// Integers as such: Gemini has but one kind of number, and writes some as `3.0`.
fn integers(value: Value) -> Value {
    /// Up to here each integer has a float of its own.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Array(items) => items.into_iter().map(integers).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, integers(value))).collect(),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < EXACT => {
                json!(float as i64)
            }
            _ => Value::Number(number),
        },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use rooh_core::session::SessionId;
    use rooh_net::{BaseUrl, Cleartext};

    use super::*;

    fn client() -> Client {
        Client::new("Gemini", BaseUrl::parse("https://example.com", Cleartext::Loopback).unwrap())
    }

    /// What chunks with these parts, and this reason in the last one, say.
    fn read(parts: &[Value], reason: Option<&str>) -> (Vec<LlmEvent>, Result<End>) {
        let (request, signatures, client) = (LlmRequest::default(), Signatures::default(), client());
        let mut answer = Answer::new(&request, "m", &signatures, &client);
        let mut out = Vec::new();
        for part in parts {
            let chunk = json!({ "candidates": [{ "content": { "role": "model", "parts": [part] } }] });
            if let Err(error) = answer.read(&chunk.to_string(), &mut out) {
                return (out, Err(error));
            }
        }
        let last = json!({ "candidates": [{ "finishReason": reason }] });
        let end = answer.read(&last.to_string(), &mut out).and_then(|()| answer.finish());
        (out, end)
    }

    #[test]
    fn a_reason_says_how_it_ended() {
        let text = [json!({ "text": "So" })];
        let call = [json!({ "functionCall": { "name": "clock" } })];
        let end = |parts: &[Value], reason| read(parts, Some(reason)).1.map_err(|error| error.kind());
        let stopped = |reason| Ok(End::Stopped(reason));
        assert_eq!(end(&text, "STOP"), stopped(StopReason::Finished));
        assert_eq!(end(&[], "STOP"), stopped(StopReason::Finished));
        assert_eq!(end(&call, "STOP"), stopped(StopReason::Tools));
        assert_eq!(end(&text, "MAX_TOKENS"), stopped(StopReason::Length));
        assert_eq!(end(&call, "MAX_TOKENS"), stopped(StopReason::Tools));
        assert_eq!(end(&text, "CONTINUATION"), stopped(StopReason::Length));
        for withheld in ["SAFETY", "RECITATION", "PROHIBITED_CONTENT", "SPII", "BLOCKLIST"] {
            assert_eq!(end(&text, withheld), Err(ErrorKind::Unsupported), "{withheld}");
            assert_eq!(end(&[], withheld), Err(ErrorKind::Unsupported), "{withheld}");
        }
        assert_eq!(end(&[], "MALFORMED_FUNCTION_CALL"), Ok(End::Garbled));
        assert_eq!(end(&text, "MALFORMED_FUNCTION_CALL"), Err(ErrorKind::Network));
        assert_eq!(end(&text, "OTHER"), Err(ErrorKind::Network));
        assert_eq!(end(&text, "SOMETHING_NEW"), Err(ErrorKind::Network));
        assert_eq!(end(&[], "MISSING_THOUGHT_SIGNATURE"), Err(ErrorKind::Protocol));
        assert_eq!(read(&text, None).1.unwrap_err().kind(), ErrorKind::Network);
    }

    #[test]
    fn thoughts_are_not_said_and_unknown_parts_are_passed_over() {
        let parts = [
            json!({ "text": "The user wants", "thought": true }),
            json!({ "text": "", "thoughtSignature": "c2ln" }),
            json!({ "executableCode": { "code": "1 + 1" } }),
            json!({ "text": "Two.", "thought": false, "partMetadata": {} }),
        ];
        let (out, end) = read(&parts, Some("STOP"));
        assert_eq!(out, [LlmEvent::Text("Two.".to_owned())]);
        assert_eq!(end.unwrap(), End::Stopped(StopReason::Finished));
    }

    #[test]
    fn calls_get_ids_of_their_own_and_leave_their_signature() {
        let (signatures, client) = (Signatures::default(), client());
        let used = ToolCall { id: "used".to_owned(), name: "a".to_owned(), arguments: json!({}) };
        let said = Message::Assistant { text: String::new(), calls: vec![used], interrupted: false };
        let session = SessionId::new("s");
        let request = LlmRequest { messages: vec![said], session: session.clone(), ..LlmRequest::default() };
        let mut answer = Answer::new(&request, "m", &signatures, &client);
        let part =
            |id: Value, args: Value| json!({ "functionCall": { "id": id, "name": "a", "args": args } });
        let mut signed = part(json!("fc1"), json!({ "n": 3.0, "x": [1.5, { "y": -2.0 }] }));
        signed["thoughtSignature"] = json!("c2lnbmVk+/==");
        let parts = [
            signed,
            part(json!("used"), json!({})),
            part(Value::Null, Value::Null),
            part(json!("fc1"), json!({})),
            part(json!("gemini-1-9"), json!({})),
        ];
        let chunk = json!({ "candidates": [{ "content": { "parts": parts } }] });
        let mut out = Vec::new();
        answer.read(&chunk.to_string(), &mut out).unwrap();
        let calls: Vec<&ToolCall> = out
            .iter()
            .map(|event| match event {
                LlmEvent::ToolCall(call) => call,
                other => panic!("{other:?}"),
            })
            .collect();
        let ids: Vec<&str> = calls.iter().map(|call| call.id.as_str()).collect();
        assert_eq!(ids, ["fc1", "gemini-1-1", "gemini-1-2", "gemini-1-3", "gemini-1-4"]);
        assert_eq!(calls[0].arguments.to_string(), r#"{"n":3,"x":[1.5,{"y":-2}]}"#);
        assert!(calls.iter().all(|call| call.arguments.is_object()));
        let find = |call: &str| {
            let (call, model) = (call.to_owned(), "m".to_owned());
            signatures.find(&Signed { call, model, session: session.clone() })
        };
        assert_eq!(find("fc1").as_deref(), Some("c2lnbmVk+/=="));
        assert_eq!(find("gemini-1-1"), None);
        let wrong = json!({ "candidates": [{ "content": { "parts": [part(Value::Null, json!([1]))] } }] });
        assert_eq!(answer.read(&wrong.to_string(), &mut out).unwrap_err().kind(), ErrorKind::Protocol);
    }

    #[test]
    fn a_prompt_that_is_blocked_is_an_error_and_what_it_cost_is_known() {
        let (request, signatures, client) = (LlmRequest::default(), Signatures::default(), client());
        let mut answer = Answer::new(&request, "m", &signatures, &client);
        let blocked = json!({
            "promptFeedback": { "blockReason": "PROHIBITED_CONTENT" },
            "usageMetadata": {
                "promptTokenCount": 20, "cachedContentTokenCount": 16, "candidatesTokenCount": 3,
                "thoughtsTokenCount": 4, "toolUsePromptTokenCount": 1, "totalTokenCount": 28,
            },
        });
        let error = answer.read(&blocked.to_string(), &mut Vec::new()).unwrap_err();
        assert_eq!(
            (error.kind(), error.context("reason")),
            (ErrorKind::Unsupported, Some("PROHIBITED_CONTENT"))
        );
        assert_eq!(answer.usage(), Some(Usage { cached: 16, input: 21, output: 7 }));
    }

    #[test]
    fn what_is_no_chunk_is_refused_and_not_repeated() {
        let (request, signatures, client) = (LlmRequest::default(), Signatures::default(), client());
        let mut answer = Answer::new(&request, "m", &signatures, &client);
        for wrong in
            ["", "hidden", "[\"hidden\"]", "{\"candidates\":\"hidden\"}", "{\"candidates\":[{\"content\":}"]
        {
            let error = answer.read(wrong, &mut Vec::new()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Protocol, "{wrong}");
            assert!(!error.to_string().contains("hidden"), "{error}");
        }
        for empty in [json!({}), json!({ "candidates": [] }), json!({ "candidates": [{ "content": {} }] })] {
            let mut out = Vec::new();
            answer.read(&empty.to_string(), &mut out).unwrap();
            assert!(out.is_empty() && !answer.is_whole(), "{empty}");
        }
    }
}

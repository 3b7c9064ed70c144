//! A Gemini API without models: its HTTP, its chunks, its signatures, its errors.

mod check;

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};

use super::{Answer, Call, Fake, Records, Seen, Vendor, event};

/// A server on the loopback address that speaks as the Gemini API does, in the versions `v1` and
/// `v1beta`, with the models `gemini-2.5-flash`, `gemini-2.5-pro`, `gemini-3.5-flash-lite` and
/// `gemini-3.8-flash`.
///
/// It says back what the user said last, with the count of contents, and calls each tool whose name
/// the user or a tool's result says; after other results of tools it repeats them. Models of the third
/// generation sign their calls, and want the signature back until their answer is whole.
pub type FakeGemini = Fake<Gemini>;

/// What the Gemini API knows.
#[derive(Debug, Default)]
pub struct Gemini {
    endings: VecDeque<Ending>,
    /// The signatures that were given out, each with the model and the function that it is for.
    signed: BTreeMap<String, (String, String)>,
    without_ids: bool,
}

/// How an answer goes otherwise than usual.
#[derive(Debug)]
enum Ending {
    Blocked(String),
    Exhausted { delay: String, quota: String },
    Finished(String),
}

const MODELS: [&str; 4] = ["gemini-2.5-flash", "gemini-2.5-pro", "gemini-3.5-flash-lite", "gemini-3.8-flash"];

impl FakeGemini {
    /// Sends calls of functions without ids, as older models do.
    #[must_use]
    pub fn without_ids(self) -> Self {
        self.vendor().without_ids = true;
        self
    }

    /// Ends the next answer for this reason after its first piece, or, where the reason is that the
    /// model wrote nonsense, before it.
    pub fn finish(&self, reason: impl Into<String>) {
        self.vendor().endings.push_back(Ending::Finished(reason.into()));
    }

    /// Does not answer the next prompt, for this reason.
    pub fn block(&self, reason: impl Into<String>) {
        self.vendor().endings.push_back(Ending::Blocked(reason.into()));
    }

    /// Has the quota of this id used up for the next request, with a wait such as `12s`.
    pub fn exhaust(&self, quota: impl Into<String>, delay: impl Into<String>) {
        self.vendor().endings.push_back(Ending::Exhausted { delay: delay.into(), quota: quota.into() });
    }

    /// Forgets which signatures it has given out, as a model does that is another one.
    pub fn forget_signatures(&self) {
        self.vendor().signed.clear();
    }
}

impl Vendor for Gemini {
    fn key(seen: &Seen) -> Option<String> {
        seen.header("x-goog-api-key").map(str::to_owned).or_else(|| seen.param("key"))
    }

    fn refused(status: u16, text: &str) -> Answer {
        refusal(status, text, None)
    }

    fn locked(seen: &Seen) -> Answer {
        if Self::key(seen).is_none() {
            let text = "Method doesn't allow unregistered callers (callers without established identity).";
            return refusal(403, text, None);
        }
        let info = json!([{
            "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID",
            "domain": "googleapis.com", "metadata": { "service": "generativelanguage.googleapis.com" },
        }]);
        refusal(400, "API key not valid. Please pass a valid API key.", Some(info))
    }

    async fn answer(call: Call<Self>) -> Answer {
        let path = call.seen.path.clone();
        let version = ["v1", "v1beta"].into_iter().find_map(|version| {
            let rest = path.strip_prefix('/')?.strip_prefix(version)?.strip_prefix("/models")?;
            Some((version, rest.strip_prefix('/').unwrap_or(rest).to_owned()))
        });
        let Some((version, rest)) = version else { return Self::refused(404, "") };
        let (model, method) = rest.split_once(':').unwrap_or((&rest, ""));
        let is_there = MODELS.contains(&model);
        match (call.seen.method.as_str(), method) {
            ("GET", "") if model.is_empty() => {
                let models: Vec<Value> = MODELS.iter().map(|model| described(model)).collect();
                Answer::json(200, &json!({ "models": models }))
            }
            _ if !is_there => {
                let text = format!(
                    "models/{model} is not found for API version {version}, or is not supported for \
                     generateContent. Call ListModels to see the list of available models and their \
                     supported methods."
                );
                Self::refused(404, &text)
            }
            ("GET", "") => Answer::json(200, &described(model)),
            ("POST", "generateContent" | "streamGenerateContent") => generate(call, model, method).await,
            _ => Self::refused(404, ""),
        }
    }
}

fn described(model: &str) -> Value {
    json!({
        "name": format!("models/{model}"), "version": "001", "displayName": model,
        "description": "A fake.", "inputTokenLimit": 1_048_576, "outputTokenLimit": 65_536,
        "supportedGenerationMethods": ["generateContent", "countTokens"], "thinking": true,
    })
}

fn refusal(status: u16, text: &str, details: Option<Value>) -> Answer {
    let mut error = json!({ "code": status, "message": text, "status": word(status) });
    if let Some(details) = details {
        error["details"] = details;
    }
    Answer::json(status, &json!({ "error": error }))
}

fn word(status: u16) -> &'static str {
    match status {
        400 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        429 => "RESOURCE_EXHAUSTED",
        503 => "UNAVAILABLE",
        504 => "DEADLINE_EXCEEDED",
        _ => "INTERNAL",
    }
}

async fn generate(call: Call<Gemini>, model: &str, method: &str) -> Answer {
    let body = &check::camel_case(&call.seen.body);
    let refused = check::request(body, model, &call.vendor().signed);
    if let Err(what) = refused {
        return Gemini::refused(400, &what);
    }
    let ending = call.vendor().endings.pop_front();
    if let Some(Ending::Exhausted { delay, quota }) = &ending {
        let text = "You exceeded your current quota, please check your plan and billing details.";
        let details = json!([
            {
                "@type": "type.googleapis.com/google.rpc.QuotaFailure",
                "violations": [{ "quotaId": quota, "quotaDimensions": { "model": model } }],
            },
            { "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay },
        ]);
        return refusal(429, text, Some(details));
    }
    let chunks = call.vendor().reply(body, model, ending.as_ref());
    if method == "generateContent" {
        return Answer::json(200, &joined(&chunks));
    }
    if call.seen.param("alt").as_deref() != Some("sse") {
        return Answer::json(200, &Value::Array(chunks));
    }
    let events = chunks.iter().map(|chunk| event(None, &chunk.to_string())).collect();
    let error = |text: &str| {
        let error = json!({ "code": 503, "message": text, "status": "UNAVAILABLE" });
        event(None, &json!({ "error": error }).to_string())
    };
    call.stream(Records::events(events).error(error)).await
}

impl Gemini {
    /// The chunks of an answer.
    fn reply(&mut self, body: &Value, model: &str, ending: Option<&Ending>) -> Vec<Value> {
        let usage = |count: usize| {
            json!({
                "promptTokenCount": 26, "candidatesTokenCount": count, "totalTokenCount": 26 + count,
                "cachedContentTokenCount": 16, "thoughtsTokenCount": 3,
            })
        };
        let chunk = |mut rest: Value, count: usize| {
            rest["usageMetadata"] = usage(count);
            rest["modelVersion"] = json!(model);
            rest["responseId"] = json!("fake");
            rest
        };
        if let Some(Ending::Blocked(reason)) = ending {
            return vec![chunk(json!({ "promptFeedback": { "blockReason": reason } }), 0)];
        }
        let mut said = self.parts(body, model);
        let limit = body["generationConfig"]["maxOutputTokens"].as_u64();
        let limit = limit.and_then(|limit| usize::try_from(limit).ok()).filter(|limit| *limit < said.len());
        let reason = match (ending, limit) {
            (Some(Ending::Finished(reason)), _) => {
                said.truncate(usize::from(!reason.starts_with("MALFORMED")));
                reason.as_str()
            }
            (_, Some(limit)) => {
                said.truncate(limit);
                "MAX_TOKENS"
            }
            _ => "STOP",
        };
        let candidate = |parts: Value| json!({ "content": { "role": "model", "parts": parts }, "index": 0 });
        let mut chunks: Vec<Value> = said
            .into_iter()
            .enumerate()
            .map(|(place, parts)| chunk(json!({ "candidates": [candidate(parts)] }), place + 1))
            .collect();
        let mut last = candidate(json!([{ "text": "" }]));
        if reason != "STOP" {
            last = json!({ "index": 0 });
        } else if check::signs(model) {
            last["content"]["parts"][0]["thoughtSignature"] = json!("bGFzdA==");
        }
        last["finishReason"] = json!(reason);
        let count = chunks.len();
        chunks.push(chunk(json!({ "candidates": [last] }), count));
        chunks
    }

    /// The parts of each chunk but the last.
    fn parts(&mut self, body: &Value, model: &str) -> Vec<Value> {
        let contents = body["contents"].as_array().map(Vec::as_slice).unwrap_or_default();
        let last = contents.last().and_then(|content| content["parts"].as_array());
        let last = last.map(Vec::as_slice).unwrap_or_default();
        let said: String = last.iter().filter_map(|part| part["text"].as_str()).collect();
        let results: Vec<String> = last
            .iter()
            .filter_map(|part| part.get("functionResponse"))
            .map(|answer| answer["response"].to_string())
            .collect();
        let mut parts = Vec::new();
        if body["generationConfig"]["thinkingConfig"]["includeThoughts"] == json!(true) {
            parts.push(json!([{ "text": "The user says something.", "thought": true }]));
        }
        let tools = body["tools"].as_array().into_iter().flatten();
        let tools = tools.flat_map(|tool| tool["functionDeclarations"].as_array().into_iter().flatten());
        let asked = if results.is_empty() { said.clone() } else { results.join(" ") };
        let wanted: Vec<&str> =
            tools.filter_map(|tool| tool["name"].as_str()).filter(|name| asked.contains(name)).collect();
        if !wanted.is_empty() {
            parts.push(self.calls(&wanted, &asked, contents.len(), model));
            return parts;
        }
        let text = match results.is_empty() {
            false => format!("Es heißt: {}.", results.join(" und ")),
            true => format!("Grüße, {} 🥐 — you said: {said}", contents.len()),
        };
        parts.extend(text.split_inclusive(' ').map(|piece| json!([{ "text": piece }])));
        parts
    }

    /// Calls at once, of which the first is signed.
    fn calls(&mut self, names: &[&str], said: &str, count: usize, model: &str) -> Value {
        let calls = names.iter().enumerate().map(|(place, name)| {
            let mut call = json!({ "name": name, "args": { "what": said, "count": 2.0 } });
            if !self.without_ids {
                // By the count of contents, so that no two requests of a session get the same.
                call["id"] = json!(format!("fc{count}x{place}"));
            }
            let mut part = json!({ "functionCall": call });
            if place == 0 && check::signs(model) {
                // Base64 with all of its letters, and never the same twice.
                let signature = format!("a+/{:09x}", self.signed.len());
                part["thoughtSignature"] = json!(signature);
                self.signed.insert(signature, (model.to_owned(), (*name).to_owned()));
            }
            part
        });
        calls.collect()
    }
}

/// The same answer in one object, for a client that wants no stream.
fn joined(chunks: &[Value]) -> Value {
    let mut all = chunks.last().cloned().unwrap_or_default();
    let parts = chunks.iter().flat_map(|chunk| {
        let parts = chunk["candidates"][0]["content"]["parts"].as_array();
        parts.into_iter().flatten().cloned()
    });
    if all["candidates"].is_array() {
        all["candidates"][0]["content"] = json!({ "role": "model", "parts": parts.collect::<Vec<_>>() });
    }
    all
}

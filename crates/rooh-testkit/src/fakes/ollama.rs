//! An Ollama without models: its HTTP, its lines, its errors.

use serde_json::{Value, json};

use super::{Answer, Call, Fake, Records, Seen, Vendor};

/// Each line bears the same time, so that answers can be compared.
const TIME: &str = "2026-11-20T10:00:00.123456789Z";
const LINES: &str = "application/x-ndjson";

/// A server on the loopback address that speaks as Ollama does; it has the model `fake:latest`.
///
/// It says back what the user said last, with the count of messages, and calls each tool whose name
/// the user says; after the results of tools it repeats them.
pub type FakeOllama = Fake<Ollama>;

/// What Ollama knows.
#[derive(Debug)]
pub struct Ollama {
    models: Vec<FakeModel>,
    without_ids: bool,
}

impl Default for Ollama {
    fn default() -> Self {
        Self { models: vec![FakeModel::new("fake:latest")], without_ids: false }
    }
}

/// A model that a [`FakeOllama`] has, or can pull.
#[derive(Clone, Debug)]
pub struct FakeModel {
    capabilities: Vec<&'static str>,
    family: &'static str,
    is_here: bool,
    name: String,
}

impl FakeModel {
    /// A model that talks and calls tools; the name has its tag.
    pub fn new(name: impl Into<String>) -> Self {
        Self { capabilities: vec!["completion", "tools"], family: "fake", is_here: true, name: name.into() }
    }

    /// What it can do, in the words of `/api/show`.
    #[must_use]
    pub fn capabilities(self, capabilities: &[&'static str]) -> Self {
        Self { capabilities: capabilities.to_vec(), ..self }
    }

    /// Of which family it is; `gptoss` cannot be kept from thinking.
    #[must_use]
    pub fn family(self, family: &'static str) -> Self {
        Self { family, ..self }
    }

    /// It is not here, but can be pulled.
    #[must_use]
    pub fn elsewhere(self) -> Self {
        Self { is_here: false, ..self }
    }
}

impl FakeOllama {
    /// Adds a model, or replaces the one of that name.
    #[must_use]
    pub fn model(self, model: FakeModel) -> Self {
        let mut ollama = self.vendor();
        ollama.models.retain(|other| other.name != model.name);
        ollama.models.push(model);
        drop(ollama);
        self
    }

    /// Sends calls of tools without ids, as older versions do.
    #[must_use]
    pub fn without_ids(self) -> Self {
        self.vendor().without_ids = true;
        self
    }
}

impl Vendor for Ollama {
    fn key(seen: &Seen) -> Option<String> {
        seen.after("authorization", "Bearer ")
    }

    fn refused(status: u16, text: &str) -> Answer {
        Answer::json(status, &json!({ "error": text }))
    }

    async fn answer(call: Call<Self>) -> Answer {
        if call.seen.body.is_null() && !call.seen.bytes.is_empty() {
            return Self::refused(400, "invalid character in request");
        }
        let object = |value: Value| Answer::json(200, &value);
        match (call.seen.method.as_str(), call.seen.path.as_str()) {
            ("GET", "/") => Answer::new(200, "text/plain", "Ollama is running"),
            ("GET", "/api/version") => object(json!({ "version": "0.12.0" })),
            ("GET", "/api/tags") => object(json!({ "models": call.vendor().models() })),
            ("GET", "/api/ps") => object(json!({ "models": [] })),
            ("POST", "/api/show") => call.vendor().show(&call.seen.body),
            ("POST", "/api/chat") => chat(call).await,
            ("POST", "/api/pull") => pull(call).await,
            _ => Self::refused(404, "404 page not found"),
        }
    }
}

impl Ollama {
    /// The models that are here, as `/api/tags` lists them.
    fn models(&self) -> Vec<Value> {
        self.models
            .iter()
            .filter(|model| model.is_here)
            .map(|model| {
                json!({
                    "name": model.name, "model": model.name, "modified_at": TIME, "size": 2_019_393_189_u64,
                    "digest": "a80c4f17acd55265feec403c7aef86be0c25983ab279d83f3bcd3abbcb5b8b72",
                    "details": details(model),
                })
            })
            .collect()
    }

    fn find(&self, body: &Value) -> Result<FakeModel, Answer> {
        let Some(name) = body["model"].as_str().filter(|name| !name.is_empty()) else {
            return Err(Self::refused(400, "model is required"));
        };
        let tagged = if name.contains(':') { name.to_owned() } else { format!("{name}:latest") };
        let found = self.models.iter().find(|model| model.is_here && model.name == tagged).cloned();
        found.ok_or_else(|| Self::refused(404, &format!("model '{name}' not found")))
    }

    fn show(&self, body: &Value) -> Answer {
        match self.find(body) {
            Ok(model) => Answer::json(
                200,
                &json!({
                    "license": "none", "modelfile": "# fake", "parameters": "", "template": "{{ .Prompt }}",
                    "details": details(&model),
                    "model_info": { "general.architecture": model.family, "fake.context_length": 131_072 },
                    "capabilities": model.capabilities, "modified_at": TIME,
                }),
            ),
            Err(refusal) => refusal,
        }
    }
}

async fn chat(call: Call<Ollama>) -> Answer {
    let body = &call.seen.body;
    let model = match call.vendor().find(body) {
        Ok(model) => model,
        Err(refusal) => return refusal,
    };
    let without_ids = call.vendor().without_ids;
    if let Err(what) = check(body, &model) {
        return Ollama::refused(400, &what);
    }
    let messages = body["messages"].as_array().cloned().unwrap_or_default();
    if messages.is_empty() {
        let reason = if body["keep_alive"].as_f64() == Some(0.0) { "unload" } else { "load" };
        let loaded = json!({
            "model": model.name, "created_at": TIME, "message": { "role": "assistant", "content": "" },
            "done_reason": reason, "done": true,
        });
        return Answer::json(200, &loaded);
    }
    let lines = reply(body, &messages, &model, without_ids);
    if body["stream"] == json!(false) {
        return Answer::json(200, &joined(&lines));
    }
    call.stream(records(&lines)).await
}

async fn pull(call: Call<Ollama>) -> Answer {
    let body = &call.seen.body;
    let name = body["model"].as_str().unwrap_or_default().to_owned();
    let tagged = if name.contains(':') { name } else { format!("{name}:latest") };
    let is_known = {
        let mut ollama = call.vendor();
        let found = ollama.models.iter_mut().find(|model| model.name == tagged);
        found.map(|model| model.is_here = true).is_some()
    };
    let mut lines = vec![json!({ "status": "pulling manifest" })];
    if !is_known {
        lines.push(json!({ "error": "pull model manifest: file does not exist" }));
    } else {
        for (digest, total) in [("sha256:dde5aa3fc5ff", 2_019_377_376_u64), ("sha256:966de95ca8a6", 1_429)] {
            let status = format!("pulling {}", &digest[7..]);
            lines.push(json!({ "status": status, "digest": digest, "total": total }));
            for part in 1..=4 {
                let completed = total * part / 4;
                lines.push(
                    json!({ "status": status, "digest": digest, "total": total, "completed": completed }),
                );
            }
        }
        for status in ["verifying sha256 digest", "writing manifest", "success"] {
            lines.push(json!({ "status": status }));
        }
    }
    if body["stream"] == json!(false) {
        return Answer::json(200, lines.last().unwrap_or(&Value::Null));
    }
    call.stream(records(&lines)).await
}

fn records(lines: &[Value]) -> Records {
    Records::lines(LINES, lines).error(|text| format!("{}\n", json!({ "error": text })).into_bytes())
}

fn details(model: &FakeModel) -> Value {
    json!({
        "parent_model": "", "format": "gguf", "family": model.family, "families": [model.family],
        "parameter_size": "3.2B", "quantization_level": "Q4_K_M",
    })
}

/// What Ollama refuses with 400.
fn check(body: &Value, model: &FakeModel) -> Result<(), String> {
    let can = |what: &str| model.capabilities.contains(&what);
    if body["tools"].as_array().is_some_and(|tools| !tools.is_empty()) && !can("tools") {
        return Err(format!("registry.ollama.ai/library/{} does not support tools", model.name));
    }
    // A model without the ability refuses even to be told not to.
    if !body["think"].is_null() && !can("thinking") {
        return Err(format!("\"{}\" does not support thinking", model.name));
    }
    for tool in body["tools"].as_array().into_iter().flatten() {
        if tool["type"] != "function" || !tool["function"]["parameters"].is_object() {
            return Err("json: cannot unmarshal into Go struct field ChatRequest.tools".to_owned());
        }
    }
    for message in body["messages"].as_array().into_iter().flatten() {
        let role = message["role"].as_str().unwrap_or_default();
        if !["system", "user", "assistant", "tool"].contains(&role) {
            return Err("invalid role".to_owned());
        }
        if !matches!(message["content"], Value::Null | Value::String(_)) {
            return Err("json: cannot unmarshal into Go struct field ChatRequest.messages.content".to_owned());
        }
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            if !call["function"]["arguments"].is_object() {
                return Err(
                    "json: cannot unmarshal into Go struct field ChatRequest.messages.tool_calls".to_owned()
                );
            }
        }
    }
    Ok(())
}

/// The lines of an answer.
fn reply(body: &Value, messages: &[Value], model: &FakeModel, without_ids: bool) -> Vec<Value> {
    let last = messages.last().unwrap_or(&Value::Null);
    let said = last["content"].as_str().unwrap_or_default();
    let line = |message: Value| json!({ "model": body["model"], "created_at": TIME, "message": message, "done": false });
    let mut lines = Vec::new();
    let thinks = model.capabilities.contains(&"thinking") && body["think"] != json!(false);
    if thinks {
        for piece in ["The user ", "says something."] {
            lines.push(line(json!({ "role": "assistant", "content": "", "thinking": piece })));
        }
    }
    let tools =
        body["tools"].as_array().into_iter().flatten().filter_map(|tool| tool["function"]["name"].as_str());
    let wanted: Vec<&str> = tools.filter(|name| last["role"] == "user" && said.contains(name)).collect();
    if wanted.is_empty() {
        let text = match last["role"].as_str() {
            Some("tool") => {
                let results: Vec<&str> = messages
                    .iter()
                    .rev()
                    .take_while(|message| message["role"] == "tool")
                    .filter_map(|message| message["content"].as_str())
                    .collect();
                format!("Es heißt: {}.", results.join(" und "))
            }
            Some("user") => format!("Grüße, {} 🥐 — you said: {said}", messages.len()),
            _ => "Grüße! How can I help?".to_owned(),
        };
        lines.extend(
            text.split_inclusive(' ').map(|piece| line(json!({ "role": "assistant", "content": piece }))),
        );
    }
    for (index, name) in wanted.iter().enumerate() {
        // As many as there are messages, so that no two requests of a session get the same.
        let id = format!("call_{}_{index}", messages.len());
        let mut call =
            json!({ "id": id, "function": { "index": index, "name": name, "arguments": { "what": said } } });
        if without_ids && let Some(call) = call.as_object_mut() {
            call.remove("id");
        }
        lines.push(line(json!({ "role": "assistant", "content": "", "tool_calls": [call] })));
    }
    let limit = body["options"]["num_predict"].as_i64().and_then(|limit| usize::try_from(limit).ok());
    let is_short = limit.is_some_and(|limit| limit < lines.len());
    lines.truncate(limit.unwrap_or(lines.len()));
    lines.push(json!({
        "model": body["model"], "created_at": TIME, "message": { "role": "assistant", "content": "" },
        "done": true, "done_reason": if is_short { "length" } else { "stop" },
        "total_duration": 4_883_583_458_u64, "load_duration": 1_334_875, "prompt_eval_count": 26,
        "prompt_eval_duration": 342_546_000, "eval_count": lines.len(), "eval_duration": 4_535_599_000_u64,
    }));
    lines
}

/// The same answer in one object, for a client that wants no stream.
fn joined(lines: &[Value]) -> Value {
    let mut all = lines.last().cloned().unwrap_or_default();
    let (mut content, mut thinking, mut calls) = (String::new(), String::new(), Vec::new());
    for line in lines {
        content += line["message"]["content"].as_str().unwrap_or_default();
        thinking += line["message"]["thinking"].as_str().unwrap_or_default();
        calls.extend(line["message"]["tool_calls"].as_array().into_iter().flatten().cloned());
    }
    all["message"]["content"] = json!(content);
    if !thinking.is_empty() {
        all["message"]["thinking"] = json!(thinking);
    }
    if !calls.is_empty() {
        all["message"]["tool_calls"] = json!(calls);
    }
    all
}

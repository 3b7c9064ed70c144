//! An Ollama without models: its HTTP, its lines, its errors.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::sleep;

use super::body::{Body, Cuts, Fault, Open, full, spoiled};

/// The largest request that is read, in bytes.
const LARGEST: usize = 16 * 1024 * 1024;
/// Each line bears the same time, so that answers can be compared.
const TIME: &str = "2026-11-20T10:00:00.123456789Z";
const LINES: &str = "application/x-ndjson";
const JSON: &str = "application/json; charset=utf-8";

/// A server on the loopback address that speaks as Ollama does.
///
/// It says back what the user said last, with the count of messages, and calls each tool whose name
/// the user says; after the results of tools it repeats them. It ends when it is dropped.
pub struct FakeOllama {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: AbortHandle,
}

struct Shared {
    begun: AtomicU64,
    connections: Arc<AtomicU64>,
    open: Arc<AtomicU64>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    cuts: Cuts,
    faults: VecDeque<Fault>,
    forever: Option<Fault>,
    key: Option<String>,
    models: Vec<FakeModel>,
    seen: Vec<Seen>,
    without_ids: bool,
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

/// A request that came.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Seen {
    /// What stood in its header `Authorization`.
    pub authorization: Option<String>,
    /// Its body; null if there was none.
    pub body: Value,
    /// Its path.
    pub path: String,
}

impl FakeOllama {
    /// Listens on a free port; it has the model `fake:latest`.
    ///
    /// # Errors
    ///
    /// If the machine has no free port.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let state = State { models: vec![FakeModel::new("fake:latest")], ..State::default() };
        let shared = Arc::new(Shared {
            begun: AtomicU64::new(0),
            connections: Arc::default(),
            open: Arc::default(),
            state: Mutex::new(state),
        });
        let server = tokio::spawn(serve(listener, Arc::clone(&shared))).abort_handle();
        Ok(Self { address, shared, server })
    }

    /// Adds a model, or replaces the one of that name.
    #[must_use]
    pub fn model(self, model: FakeModel) -> Self {
        let mut state = self.shared.lock();
        state.models.retain(|other| other.name != model.name);
        state.models.push(model);
        drop(state);
        self
    }

    /// Answers nobody without this key.
    #[must_use]
    pub fn key(self, key: impl Into<String>) -> Self {
        self.shared.lock().key = Some(key.into());
        self
    }

    /// Sends calls of tools without ids, as older versions do.
    #[must_use]
    pub fn without_ids(self) -> Self {
        self.shared.lock().without_ids = true;
        self
    }

    /// Cuts all answers of chats and pulls from now on.
    pub fn cut(&self, cuts: Cuts) {
        self.shared.lock().cuts = cuts;
    }

    /// Spoils the next chat that answers, or the next pull.
    pub fn spoil(&self, fault: Fault) {
        self.shared.lock().faults.push_back(fault);
    }

    /// Spoils all of them.
    #[must_use]
    pub fn spoiled(self, fault: Fault) -> Self {
        self.shared.lock().forever = Some(fault);
        self
    }

    /// Its address, as a client is given it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many requests have come.
    pub fn begun(&self) -> u64 {
        self.shared.begun.load(Ordering::SeqCst)
    }

    /// How many requests are not yet answered to their end.
    pub fn open(&self) -> u64 {
        self.shared.open.load(Ordering::SeqCst)
    }

    /// How many connections there are, idle ones too.
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// The requests that have come.
    pub fn seen(&self) -> Vec<Seen> {
        self.shared.lock().seen.clone()
    }
}

impl fmt::Debug for FakeOllama {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeOllama")
            .field("address", &self.address)
            .field("open", &self.open())
            .finish_non_exhaustive()
    }
}

impl Drop for FakeOllama {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic happens under this lock")
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        // Pieces are pieces only if they are not joined on the way.
        let _ = socket.set_nodelay(true);
        let shared = Arc::clone(&shared);
        connections.spawn(async move {
            let _open = Open::new(&shared.connections);
            let service = service_fn(|request| answer(Arc::clone(&shared), request));
            let http = hyper::server::conn::http1::Builder::new();
            // A client that goes away, and an answer that is broken off, are what this is for.
            let _ = http.serve_connection(TokioIo::new(socket), service).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> io::Result<Response<Body>> {
    shared.begun.fetch_add(1, Ordering::SeqCst);
    let open = Open::new(&shared.open);
    let (head, body) = request.into_parts();
    let body = Limited::new(body, LARGEST).collect().await.map_err(io::Error::other)?.to_bytes();
    let authorization = head.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let authorization = authorization.map(str::to_owned);
    let path = head.uri.path().to_owned();
    let body = if body.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(&body) };
    let told = body.as_ref().cloned().unwrap_or_default();
    let key = {
        let mut state = shared.lock();
        state.seen.push(Seen { authorization: authorization.clone(), body: told, path: path.clone() });
        state.key.as_ref().map(|key| format!("Bearer {key}"))
    };
    if key.is_some() && key != authorization {
        return Ok(refused(401, "unauthorized", None));
    }
    let Ok(body) = body else { return Ok(refused(400, "invalid character in request", None)) };
    Ok(match (head.method.as_str(), path.as_str()) {
        ("GET", "/") => plain("text/plain", "Ollama is running"),
        ("GET", "/api/version") => object(&json!({ "version": "0.12.0" })),
        ("GET", "/api/tags") => object(&json!({ "models": shared.models() })),
        ("GET", "/api/ps") => object(&json!({ "models": [] })),
        ("POST", "/api/show") => shared.show(&body),
        ("POST", "/api/chat") => shared.chat(&body, open).await,
        ("POST", "/api/pull") => shared.pull(&body, open).await,
        _ => refused(404, "404 page not found", None),
    })
}

fn plain(kind: &str, text: impl Into<bytes::Bytes>) -> Response<Body> {
    Response::builder().header(CONTENT_TYPE, kind).body(full(text)).expect("the parts are right")
}

fn object(value: &Value) -> Response<Body> {
    plain(JSON, value.to_string())
}

fn refused(status: u16, text: &str, wait: Option<&str>) -> Response<Body> {
    let mut response = object(&json!({ "error": text }));
    *response.status_mut() = status.try_into().expect("a test gives a status that there is");
    if let Some(wait) = wait {
        response.headers_mut().insert(RETRY_AFTER, wait.parse().expect("a test gives a value that there is"));
    }
    response
}

impl Shared {
    /// The models that are here, as `/api/tags` lists them.
    fn models(&self) -> Vec<Value> {
        let state = self.lock();
        state
            .models
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

    fn find(&self, body: &Value) -> Result<FakeModel, Box<Response<Body>>> {
        let Some(name) = body["model"].as_str().filter(|name| !name.is_empty()) else {
            return Err(Box::new(refused(400, "model is required", None)));
        };
        let tagged = if name.contains(':') { name.to_owned() } else { format!("{name}:latest") };
        let found = self.lock().models.iter().find(|model| model.is_here && model.name == tagged).cloned();
        found.ok_or_else(|| Box::new(refused(404, &format!("model '{name}' not found"), None)))
    }

    fn show(&self, body: &Value) -> Response<Body> {
        match self.find(body) {
            Ok(model) => object(&json!({
                "license": "none", "modelfile": "# fake", "parameters": "", "template": "{{ .Prompt }}",
                "details": details(&model),
                "model_info": { "general.architecture": model.family, "fake.context_length": 131_072 },
                "capabilities": model.capabilities, "modified_at": TIME,
            })),
            Err(refusal) => *refusal,
        }
    }

    async fn chat(&self, body: &Value, open: Open) -> Response<Body> {
        let model = match self.find(body) {
            Ok(model) => model,
            Err(refusal) => return *refusal,
        };
        if let Err(what) = check(body, &model) {
            return refused(400, &what, None);
        }
        let messages = body["messages"].as_array().cloned().unwrap_or_default();
        if messages.is_empty() {
            let reason = if body["keep_alive"].as_f64() == Some(0.0) { "unload" } else { "load" };
            let loaded = json!({
                "model": model.name, "created_at": TIME, "message": { "role": "assistant", "content": "" },
                "done_reason": reason, "done": true,
            });
            return object(&loaded);
        }
        let without_ids = self.lock().without_ids;
        let lines = reply(body, &messages, &model, without_ids);
        if body["stream"] == json!(false) {
            return object(&joined(&lines));
        }
        self.send(lines, open).await
    }

    async fn pull(&self, body: &Value, open: Open) -> Response<Body> {
        let name = body["model"].as_str().unwrap_or_default().to_owned();
        let tagged = if name.contains(':') { name } else { format!("{name}:latest") };
        let is_known = {
            let mut state = self.lock();
            let found = state.models.iter_mut().find(|model| model.name == tagged);
            found.map(|model| model.is_here = true).is_some()
        };
        let mut lines = vec![json!({ "status": "pulling manifest" })];
        if !is_known {
            lines.push(json!({ "error": "pull model manifest: file does not exist" }));
        } else {
            for (digest, total) in
                [("sha256:dde5aa3fc5ff", 2_019_377_376_u64), ("sha256:966de95ca8a6", 1_429)]
            {
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
            return object(lines.last().unwrap_or(&Value::Null));
        }
        self.send(lines, open).await
    }

    async fn send(&self, lines: Vec<Value>, open: Open) -> Response<Body> {
        let (cuts, fault) = {
            let mut state = self.lock();
            let fault = state.faults.pop_front().or_else(|| state.forever.clone());
            (state.cuts, fault)
        };
        match &fault {
            Some(Fault::Late(wait)) => sleep(*wait).await,
            Some(Fault::Status(status, text, wait)) => return refused(*status, text, wait.as_deref()),
            _ => {}
        }
        let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
        Response::builder()
            .header(CONTENT_TYPE, LINES)
            .body(spoiled(&lines, cuts, fault.as_ref(), open))
            .expect("the parts are right")
    }
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

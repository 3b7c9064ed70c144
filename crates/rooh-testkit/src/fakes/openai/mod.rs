//! An OpenAI without models, and servers that speak as it does: routes, refusals, what is said.

mod chat;
mod check;
mod responses;

use serde_json::{Value, json};

use super::{Answer, Call, Fake, Seen, Vendor};

/// Everything bears the same time, so that answers can be compared.
const TIME: u64 = 1_763_700_000;

/// A server on the loopback address that speaks as OpenAI does, under `/v1`; it has the models
/// `fake`, which does not think, `gpt-5.6-luna` and `gpt-6-astra`.
///
/// It says back what the user said last, with the count of messages, and calls each tool whose name
/// the user says; after the results of tools it repeats them. What OpenAI refuses, it refuses.
pub type FakeOpenAi = Fake<OpenAi>;

/// What OpenAI knows.
#[derive(Debug)]
pub struct OpenAi {
    dialect: OpenAiDialect,
    models: Vec<String>,
}

/// As which server a [`FakeOpenAi`] speaks.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum OpenAiDialect {
    /// None that there is, but all that is wrong with one or another: no numbers and no ids of
    /// calls, names on every piece, arguments that are no text, `stop` beside calls, thoughts in the
    /// text, costs on every chunk, no `[DONE]`.
    Careless,
    /// Groq: whole calls, and costs in `x_groq`.
    Groq,
    /// The server of llama.cpp: it takes any name for its model, and measures.
    LlamaCpp,
    /// OpenAI itself.
    #[default]
    OpenAi,
    /// vLLM with parsers of thoughts and of calls; there is no single model to be asked for.
    Vllm,
}

impl Default for OpenAi {
    fn default() -> Self {
        let models = ["fake", "gpt-5.6-luna", "gpt-6-astra"].map(str::to_owned).into();
        Self { dialect: OpenAiDialect::OpenAi, models }
    }
}

impl FakeOpenAi {
    /// Speaks as another server does.
    #[must_use]
    pub fn dialect(self, dialect: OpenAiDialect) -> Self {
        self.vendor().dialect = dialect;
        self
    }

    /// The address that a client is given, with its `/v1`.
    pub fn base_url(&self) -> String {
        format!("{}/v1", self.url())
    }
}

impl Vendor for OpenAi {
    fn key(seen: &Seen) -> Option<String> {
        seen.after("authorization", "Bearer ")
    }

    /// A text that is one word with an underscore is the code of the error as well.
    fn refused(status: u16, text: &str) -> Answer {
        let is_code = text.contains('_') && !text.contains(char::is_whitespace);
        let code = if is_code { json!(text) } else { Value::Null };
        let kind = match status {
            429 => "requests",
            500.. => "server_error",
            _ => "invalid_request_error",
        };
        let answer = error(status, text, kind, Value::Null, code);
        if status != 429 {
            return answer;
        }
        answer.header("x-ratelimit-remaining-requests", "0").header("x-ratelimit-reset-requests", "1m1.5s")
    }

    fn locked(seen: &Seen) -> Answer {
        let text = match Self::key(seen) {
            Some(key) => format!("Incorrect API key provided: {key}."),
            None => "You didn't provide an API key.".to_owned(),
        };
        error(401, &text, "invalid_request_error", Value::Null, json!("invalid_api_key"))
    }

    async fn answer(call: Call<Self>) -> Answer {
        let path = call.seen.path.clone();
        match (call.seen.method.as_str(), path.strip_prefix("/v1").unwrap_or_default()) {
            ("GET", "/models") => {
                let models: Vec<Value> = call.vendor().models.iter().map(|name| model(name)).collect();
                Answer::json(200, &json!({ "object": "list", "data": models }))
            }
            ("GET", path) if path.starts_with("/models/") && call.vendor().dialect != OpenAiDialect::Vllm => {
                match call.vendor().find(&path["/models/".len()..]) {
                    Ok(name) => Answer::json(200, &model(&name)),
                    Err(refusal) => refusal,
                }
            }
            ("POST", "/chat/completions") => chat::answer(call).await,
            ("POST", "/responses") => responses::answer(call).await,
            _ => Self::refused(404, "Invalid URL"),
        }
    }
}

fn model(name: &str) -> Value {
    json!({ "id": name, "object": "model", "created": TIME, "owned_by": "fake" })
}

/// An error as the body of a refusal.
fn error(status: u16, text: &str, kind: &str, param: Value, code: Value) -> Answer {
    let error = json!({ "message": text, "type": kind, "param": param, "code": code });
    Answer::json(status, &json!({ "error": error })).header("x-request-id", "req_fake")
}

/// A field that is wrong.
fn wrong(param: &str, text: &str) -> Answer {
    error(400, text, "invalid_request_error", json!(param), Value::Null)
}

impl OpenAi {
    fn find(&self, name: &str) -> Result<String, Answer> {
        if self.dialect == OpenAiDialect::LlamaCpp || self.models.iter().any(|model| model == name) {
            return Ok(name.to_owned());
        }
        let text = format!("The model `{name}` does not exist or you do not have access to it.");
        Err(error(404, &text, "invalid_request_error", Value::Null, json!("model_not_found")))
    }
}

/// What is answered, whichever API asks.
struct Reply {
    /// Whether it is cut off at the limit.
    is_short: bool,
    calls: Vec<Called>,
    pieces: Vec<String>,
}

/// A tool that is called.
struct Called {
    arguments: String,
    id: String,
    name: String,
}

impl Reply {
    /// `last` is who spoke last, and what; `results` are those of tools at the end, last first.
    fn new(
        last: Option<(&str, &str)>,
        results: &[&str],
        count: usize,
        tools: &[&str],
        limit: &Value,
    ) -> Self {
        let wanted: Vec<&str> = match last {
            Some(("user", said)) => tools.iter().copied().filter(|name| said.contains(name)).collect(),
            _ => Vec::new(),
        };
        let text = match last {
            _ if !results.is_empty() => format!("Es heißt: {}.", results.join(" und ")),
            _ if !wanted.is_empty() => String::new(),
            Some(("user", said)) => format!("Grüße, {count} 🥐 — you said: {said}"),
            _ => "Grüße! How can I help?".to_owned(),
        };
        let mut pieces: Vec<String> = text.split_inclusive(' ').map(str::to_owned).collect();
        let said = last.map_or("", |(_, said)| said);
        let calls = wanted.iter().enumerate().map(|(place, name)| Called {
            arguments: json!({ "what": said }).to_string(),
            // With the count of messages, so that no two requests of a session get the same.
            id: format!("call_{count}_{place}"),
            name: (*name).to_owned(),
        });
        let limit = limit.as_u64().and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
        let is_short = limit < pieces.len();
        pieces.truncate(limit);
        Self { is_short, calls: calls.collect(), pieces }
    }

    fn text(&self) -> String {
        self.pieces.concat()
    }

    fn tokens(&self) -> usize {
        self.pieces.len() + 4 * self.calls.len()
    }
}

/// A text in pieces of three characters.
fn in_threes(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(3).map(String::from_iter).collect()
}

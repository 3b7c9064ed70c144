//! What is answered, event by event; no I/O.

use std::collections::BTreeSet;

use rooh_core::llm::{LlmEvent, LlmRequest, Message, StopReason, ToolCall, Usage};
use rooh_core::{Error, ErrorKind, Result};
use rooh_net::Client;
use serde_json::{Map, Value, json};

use crate::failure::{in_answer, malformed};

/// The longest arguments of one call, in bytes: what a tool is told is said in a few words.
const LONGEST_ARGUMENTS: usize = 1024 * 1024;

/// Reads the events of one answer.
#[derive(Debug)]
pub(crate) struct Reply<'a> {
    client: &'a Client,
    calls: Calls,
    /// A call that may have been cut off: the next event says whether it was.
    held: Option<Result<ToolCall>>,
    /// The call that is being written.
    open: Option<Written>,
    /// Why the model has stopped, and what it says to that.
    stop: Option<(String, Value)>,
    usage: Option<Tokens>,
}

#[derive(Debug, Default)]
struct Tokens {
    input: u64,
    output: u64,
    read: u64,
    written: u64,
}

/// A call that is not whole yet.
#[derive(Debug)]
struct Written {
    id: String,
    name: String,
    /// What stood in it when it began: everything, from a gateway that has no pieces.
    input: Value,
    json: String,
}

impl<'a> Reply<'a> {
    /// The answer to `request`; `client` takes the key out of what Anthropic says.
    pub(crate) fn new(request: &LlmRequest, client: &'a Client) -> Self {
        Self { client, calls: Calls::new(request), held: None, open: None, stop: None, usage: None }
    }

    /// Whether the model has stopped, and nothing more than the end is waited for.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stop.is_some()
    }

    /// Reads the data of an event; what it means is added to `out`. Returns whether it is the last.
    ///
    /// What is unknown is passed over, as the versions of the API ask for.
    ///
    /// # Errors
    ///
    /// The error that the event is, or [`ErrorKind::Protocol`] if it is none that can be read.
    pub(crate) fn read(&mut self, data: &str, out: &mut Vec<LlmEvent>) -> Result<bool> {
        let event: Value = serde_json::from_str(data).map_err(|error| {
            malformed(format!("no JSON at column {} of {} bytes", error.column(), data.len()))
        })?;
        match event["type"].as_str() {
            Some("message_start") => self.count(&event["message"]["usage"]),
            Some("content_block_start") => {
                self.whole()?;
                self.release(out)?;
                self.begin(&event["content_block"], out);
            }
            Some("content_block_delta") => self.piece(&event["delta"], out)?,
            Some("content_block_stop") => {
                if let Some(written) = self.open.take() {
                    self.close(written, out);
                }
            }
            Some("message_delta") => {
                self.count(&event["usage"]);
                if let Some(reason) = event["delta"]["stop_reason"].as_str() {
                    self.stop = Some((reason.to_owned(), event["delta"]["stop_details"].clone()));
                }
            }
            Some("message_stop") => {
                self.finish(out)?;
                return Ok(true);
            }
            Some("error") => return Err(in_answer(&event, self.client)),
            Some(_) => {}
            None => return Err(malformed("an event without a type")),
        }
        Ok(false)
    }

    fn begin(&mut self, block: &Value, out: &mut Vec<LlmEvent>) {
        match block["type"].as_str() {
            Some("text") => said(&block["text"], out),
            Some("tool_use") => {
                let word = |name: &str| block[name].as_str().unwrap_or_default().to_owned();
                let (id, name) = (word("id"), word("name"));
                self.open = Some(Written { id, name, input: block["input"].clone(), json: String::new() });
            }
            // Thoughts, and tools that Anthropic itself calls.
            _ => {}
        }
    }

    fn piece(&mut self, delta: &Value, out: &mut Vec<LlmEvent>) -> Result<()> {
        match (delta["type"].as_str(), &mut self.open) {
            (Some("text_delta"), _) => said(&delta["text"], out),
            (Some("input_json_delta"), Some(written)) => {
                written.json.push_str(delta["partial_json"].as_str().unwrap_or_default());
                if written.json.len() > LONGEST_ARGUMENTS {
                    return Err(malformed(format!("arguments of more than {LONGEST_ARGUMENTS} bytes")));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// A block ends where its call is whole, or where the reply had no room for more; which of them,
    /// only its arguments or what follows can tell.
    fn close(&mut self, written: Written, out: &mut Vec<LlmEvent>) {
        let is_bare = written.json.trim().is_empty();
        let is_told = written.input.as_object().is_some_and(|input| !input.is_empty());
        match self.calls.read(written) {
            Ok(call) if !is_bare || is_told => out.push(LlmEvent::ToolCall(call)),
            held => self.held = Some(held),
        }
    }

    /// Nothing has been cut off of the call that was held.
    fn release(&mut self, out: &mut Vec<LlmEvent>) -> Result<()> {
        if let Some(call) = self.held.take() {
            out.push(LlmEvent::ToolCall(call?));
        }
        Ok(())
    }

    /// Fails if a call was begun and not ended.
    fn whole(&self) -> Result<()> {
        match &self.open {
            Some(_) => Err(malformed("a call of a tool without its end")),
            None => Ok(()),
        }
    }

    fn finish(&mut self, out: &mut Vec<LlmEvent>) -> Result<()> {
        let (reason, details) = self.stop.take().unwrap_or_default();
        let is_cut_off = matches!(reason.as_str(), "max_tokens" | "model_context_window_exceeded");
        let mut is_called = self.calls.count > 0;
        if is_cut_off {
            is_called = self.calls.count > usize::from(matches!(self.held, Some(Ok(_))));
        } else {
            self.whole()?;
            self.release(out)?;
        }
        out.extend(self.usage.take().map(|tokens| {
            let input = tokens.input.saturating_add(tokens.read).saturating_add(tokens.written);
            LlmEvent::Usage(Usage { cached: tokens.read, input, output: tokens.output })
        }));
        out.push(LlmEvent::Stopped(match reason.as_str() {
            "refusal" => return Err(self.withheld(&details)),
            "pause_turn" => {
                let message = "the model waits for a tool of Anthropic itself, of which Rooh offers none";
                return Err(Error::new(ErrorKind::Unsupported, message));
            }
            _ if is_called => StopReason::Tools,
            _ if is_cut_off => StopReason::Length,
            _ => StopReason::Finished,
        }));
        Ok(())
    }

    fn withheld(&self, details: &Value) -> Error {
        let words = [("category", &details["category"]), ("said", &details["explanation"])];
        let words = words.into_iter().filter_map(|(key, word)| Some((key, word.as_str()?)));
        let error = Error::new(ErrorKind::Unsupported, "the model refuses to answer, for safety");
        words.fold(error, |error, (key, word)| error.with(key, self.client.told(word)))
    }

    /// The counts are totals, and one that is not there stays as it was.
    fn count(&mut self, usage: &Value) {
        if !usage.is_object() {
            return;
        }
        let tokens = self.usage.get_or_insert_default();
        for (total, name) in [
            (&mut tokens.input, "input_tokens"),
            (&mut tokens.output, "output_tokens"),
            (&mut tokens.read, "cache_read_input_tokens"),
            (&mut tokens.written, "cache_creation_input_tokens"),
        ] {
            *total = usage[name].as_u64().unwrap_or(*total);
        }
    }
}

fn said(text: &Value, out: &mut Vec<LlmEvent>) {
    if let Some(text) = text.as_str().filter(|text| !text.is_empty()) {
        out.push(LlmEvent::Text(text.to_owned()));
    }
}

/// Makes calls whole, and gives each an id of its own within the session: some gateways send none.
#[derive(Debug)]
struct Calls {
    count: usize,
    turn: usize,
    used: BTreeSet<String>,
}

impl Calls {
    fn new(request: &LlmRequest) -> Self {
        let used = request.messages.iter().flat_map(|message| match message {
            Message::Assistant { calls, .. } => calls.as_slice(),
            _ => &[],
        });
        let used = used.map(|call| call.id.clone()).collect();
        Self { count: 0, turn: request.messages.len(), used }
    }

    fn read(&mut self, Written { id, name, input, json }: Written) -> Result<ToolCall> {
        let wrong = |what: &str| malformed(format!("arguments of {name:?} that are {what}"));
        let mut arguments = match input {
            Value::Object(arguments) => arguments,
            _ => Map::new(),
        };
        if !json.trim().is_empty() {
            match serde_json::from_str(&json) {
                Ok(Value::Object(told)) => arguments.extend(told),
                Ok(_) => return Err(wrong("no object")),
                Err(_) => return Err(wrong("no JSON")),
            }
        }
        let own = Some(id).filter(|id| !id.is_empty() && !self.used.contains(id));
        // No two requests of a session with calls have a history of the same length.
        let id = own.unwrap_or_else(|| format!("claude-{}-{}", self.turn, self.count));
        self.count += 1;
        self.used.insert(id.clone());
        Ok(ToolCall { id, name, arguments: json!(arguments) })
    }
}

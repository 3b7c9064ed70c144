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
        let is_cut_off =
            matches!(reason.as_str(), "max_tokens" | "model_context_window_exceeded" | "refusal");
        if is_cut_off {
            // Nobody was told of it.
            let is_dropped = matches!(self.held.take(), Some(Ok(_)));
            self.calls.count -= usize::from(is_dropped);
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
            _ if self.calls.count > 0 => StopReason::Tools,
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

#[cfg(test)]
mod tests {
    use rooh_net::{BaseUrl, Cleartext};

    use super::*;

    /// What a wire says, one event in each line; and how it ends.
    fn read(wire: &str) -> (Vec<LlmEvent>, Result<bool>) {
        let base = BaseUrl::parse("https://a.test", Cleartext::Loopback).unwrap();
        let client = Client::new("Anthropic", base);
        let known = ToolCall { id: "toolu_1".to_owned(), name: "old".to_owned(), arguments: json!({}) };
        let request = LlmRequest {
            messages: vec![Message::Assistant {
                text: String::new(),
                calls: vec![known],
                interrupted: false,
            }],
            ..LlmRequest::default()
        };
        let (mut reply, mut out) = (Reply::new(&request, &client), Vec::new());
        for line in wire.lines().map(str::trim).filter(|line| !line.is_empty()) {
            match reply.read(line, &mut out) {
                Ok(false) => {}
                end => return (out, end),
            }
        }
        (out, Ok(false))
    }

    fn text(text: &str) -> LlmEvent {
        LlmEvent::Text(text.to_owned())
    }

    fn call(id: &str, name: &str, arguments: Value) -> LlmEvent {
        LlmEvent::ToolCall(ToolCall { id: id.to_owned(), name: name.to_owned(), arguments })
    }

    #[track_caller]
    fn check(wire: &str, expected: &[LlmEvent]) {
        let (found, end) = read(wire);
        assert!(end.expect("it can be read"), "it has no end");
        assert_eq!(found, expected);
    }

    #[track_caller]
    fn fails(wire: &str, kind: ErrorKind) -> Error {
        let (found, end) = read(wire);
        assert!(!found.iter().any(|event| matches!(event, LlmEvent::ToolCall(_))), "{found:?}");
        let error = end.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        error
    }

    #[test]
    fn what_is_said_and_called_is_found_among_all_that_there_is() {
        check(
            r#"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"usage":{"input_tokens":10,"cache_creation_input_tokens":200,"cache_read_input_tokens":3000,"output_tokens":1}}}
               {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}
               {"type":"ping"}
               {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}
               {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"x"}}
               {"type":"content_block_stop","index":0}
               {"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"x"}}
               {"type":"content_block_stop","index":1}
               {"type":"content_block_start","index":2,"content_block":{"type":"server_tool_use","id":"srv_1","name":"web_search","input":{}}}
               {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"query\":\"x\"}"}}
               {"type":"content_block_stop","index":2}
               {"type":"next_year","index":3}
               {"type":"content_block_start","index":3,"content_block":{"type":"text","text":""}}
               {"type":"content_block_delta","index":3,"delta":{"type":"text_delta","text":"Gr\u00fc\u00dfe"}}
               {"type":"content_block_delta","index":3,"delta":{"type":"citations_delta","citation":{}}}
               {"type":"content_block_delta","index":3,"delta":{"type":"text_delta","text":""}}
               {"type":"content_block_stop","index":3}
               {"type":"content_block_start","index":4,"content_block":{"type":"tool_use","id":"toolu_2","name":"weather","input":{}}}
               {"type":"content_block_delta","index":4,"delta":{"type":"input_json_delta","partial_json":""}}
               {"type":"content_block_delta","index":4,"delta":{"type":"input_json_delta","partial_json":"{\"city\": \"R"}}
               {"type":"content_block_delta","index":4,"delta":{"type":"input_json_delta","partial_json":"ome\"}"}}
               {"type":"content_block_stop","index":4}
               {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":20}}
               {"type":"message_delta","delta":{},"usage":{"output_tokens":25,"input_tokens":11}}
               {"type":"message_stop"}"#,
            &[
                text("Grüße"),
                call("toolu_2", "weather", json!({ "city": "Rome" })),
                LlmEvent::Usage(Usage { cached: 3_000, input: 3_211, output: 25 }),
                LlmEvent::Stopped(StopReason::Tools),
            ],
        );
    }

    #[test]
    fn gateways_may_leave_out_what_is_not_needed() {
        check(
            r#"{"type":"content_block_start","content_block":{"type":"text","text":"Hi"}}
               {"type":"content_block_start","content_block":{"type":"tool_use","id":"toolu_1","name":"a","input":{"n":1}}}
               {"type":"content_block_stop"}
               {"type":"content_block_start","content_block":{"type":"tool_use","name":"b"}}
               {"type":"content_block_stop"}
               {"type":"content_block_start","content_block":{"type":"tool_use","id":"x","name":"c","input":{"n":1}}}
               {"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":"{\"m\":2}"}}
               {"type":"content_block_stop"}
               {"type":"message_stop"}"#,
            &[
                text("Hi"),
                call("claude-1-0", "a", json!({ "n": 1 })),
                call("claude-1-1", "b", json!({})),
                call("x", "c", json!({ "m": 2, "n": 1 })),
                LlmEvent::Stopped(StopReason::Tools),
            ],
        );
        check(r#"{"type":"message_stop"}"#, &[LlmEvent::Stopped(StopReason::Finished)]);
    }

    #[test]
    fn a_call_that_was_cut_off_is_none() {
        let begun = r#"{"type":"content_block_start","content_block":{"type":"tool_use","id":"a","name":"a","input":{}}}"#;
        let half =
            r#"{"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":"{\"n\":"}}"#;
        let stop = r#"{"type":"content_block_stop"}"#;
        let most = r#"{"type":"message_delta","delta":{"stop_reason":"max_tokens"}}"#;
        let tool = r#"{"type":"message_delta","delta":{"stop_reason":"tool_use"}}"#;
        let end = r#"{"type":"message_stop"}"#;
        let short = [LlmEvent::Stopped(StopReason::Length)];
        check(&[begun, stop, most, end].join("\n"), &short);
        check(&[begun, half, stop, most, end].join("\n"), &short);
        check(&[begun, half, most, end].join("\n"), &short);
        let refusal = r#"{"type":"message_delta","delta":{"stop_reason":"refusal","stop_details":null}}"#;
        fails(&[begun, half, refusal, end].join("\n"), ErrorKind::Unsupported);
        let whole = [call("a", "a", json!({})), LlmEvent::Stopped(StopReason::Tools)];
        check(&[begun, stop, tool, end].join("\n"), &whole);
        fails(&[begun, half, stop, tool, end].join("\n"), ErrorKind::Protocol);
        fails(&[begun, tool, end].join("\n"), ErrorKind::Protocol);
        fails(&[begun, half, begun].join("\n"), ErrorKind::Protocol);
        for wrong in ["[1]", "7", "{} {}"] {
            let wrong = json!({ "type": "content_block_delta", "delta": { "type": "input_json_delta", "partial_json": wrong } });
            fails(&[begun, &wrong.to_string(), stop, tool, end].join("\n"), ErrorKind::Protocol);
        }
    }

    #[test]
    fn arguments_have_a_bound() {
        let begun =
            r#"{"type":"content_block_start","content_block":{"type":"tool_use","id":"a","name":"a"}}"#;
        let piece = "x".repeat(LONGEST_ARGUMENTS / 2);
        let piece = json!({ "type": "content_block_delta", "delta": { "type": "input_json_delta", "partial_json": piece } });
        let piece = piece.to_string();
        fails(&[begun, &piece, &piece, &piece].join("\n"), ErrorKind::Protocol);
    }

    #[test]
    fn what_is_no_event_is_refused_and_not_repeated() {
        for wrong in ["hidden", "[]", "{\"type\":7}", "{}", "{\"type\":\"ping\",\"hidden\":}"] {
            let error = fails(wrong, ErrorKind::Protocol);
            assert!(!error.to_string().contains("hidden"), "{error}");
        }
    }

    #[test]
    fn an_error_in_the_answer_says_what_can_be_done() {
        let of = |kind: &str, code: &str| {
            let error = json!({ "type": kind, "message": "so", "details": { "error_code": code } });
            let (_, end) = read(&json!({ "type": "error", "error": error }).to_string());
            end.unwrap_err().kind()
        };
        assert_eq!(of("overloaded_error", ""), ErrorKind::Network);
        assert_eq!(of("something_else", ""), ErrorKind::Network);
        assert_eq!(of("rate_limit_error", ""), ErrorKind::RateLimited);
        assert_eq!(of("rate_limit_error", "enforced_spend_limit_reached"), ErrorKind::Auth);
        assert_eq!(of("invalid_request_error", ""), ErrorKind::Config);
        assert_eq!(of("timeout_error", ""), ErrorKind::Timeout);
        let (_, end) = read(r#"{"type":"error"}"#);
        assert_eq!(end.unwrap_err().kind(), ErrorKind::Network);
    }
}

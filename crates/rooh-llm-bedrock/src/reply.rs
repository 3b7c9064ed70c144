//! What is answered: events of the stream become pieces, calls and the reason to stop.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_bedrockruntime::types::{
    ContentBlockDelta, ContentBlockStart, ConverseStreamOutput as Event, StopReason as Reason, TokenUsage,
};
use rooh_core::llm::{LlmEvent, LlmRequest, Message, StopReason, ToolCall, Usage};
use rooh_core::{Error, ErrorKind, Result};
use serde_json::{Value, json};

/// The longest arguments of all calls of a reply together, in bytes.
const LONGEST_ARGUMENTS: usize = 1024 * 1024;
/// The most calls in a reply.
const MOST_CALLS: usize = 128;

/// A reply as far as it has come.
#[derive(Debug)]
pub(crate) struct Reply {
    /// Calls that have begun, by the number of their block.
    begun: BTreeMap<i32, Begun>,
    broken: Option<Error>,
    bytes: usize,
    calls: usize,
    /// How long the history is: a part of the ids that are given here.
    turn: usize,
    stopped: Option<StopReason>,
    usage: Option<Usage>,
    used: BTreeSet<String>,
}

#[derive(Debug)]
struct Begun {
    arguments: String,
    id: String,
    name: String,
}

impl Reply {
    pub(crate) fn new(request: &LlmRequest) -> Self {
        let calls = request.messages.iter().flat_map(|message| match message {
            Message::Assistant { calls, .. } => calls.as_slice(),
            _ => &[],
        });
        Self {
            begun: BTreeMap::new(),
            broken: None,
            bytes: 0,
            calls: 0,
            turn: request.messages.len(),
            stopped: None,
            usage: None,
            used: calls.map(|call| call.id.clone()).collect(),
        }
    }

    /// Reads one event; what the model thinks, and what is not known, is nothing.
    pub(crate) fn read(&mut self, event: Event) -> Result<Option<LlmEvent>> {
        match event {
            Event::ContentBlockStart(start) => {
                if let Some(ContentBlockStart::ToolUse(call)) = start.start {
                    if self.calls + self.begun.len() >= MOST_CALLS {
                        return Err(malformed("too many calls"));
                    }
                    let begun = Begun { arguments: String::new(), id: call.tool_use_id, name: call.name };
                    self.begun.insert(start.content_block_index, begun);
                }
            }
            Event::ContentBlockDelta(piece) => match piece.delta {
                Some(ContentBlockDelta::Text(text)) if !text.is_empty() => {
                    return Ok(Some(LlmEvent::Text(text)));
                }
                Some(ContentBlockDelta::ToolUse(piece_of)) => {
                    let Some(call) = self.begun.get_mut(&piece.content_block_index) else {
                        return Err(malformed("arguments of no call"));
                    };
                    self.bytes += piece_of.input.len();
                    if self.bytes > LONGEST_ARGUMENTS {
                        return Err(malformed("arguments without an end"));
                    }
                    call.arguments += &piece_of.input;
                }
                _ => {}
            },
            Event::ContentBlockStop(stop) => {
                if let Some(call) = self.begun.remove(&stop.content_block_index) {
                    return self.call(call);
                }
            }
            Event::MessageStop(stop) => self.stopped = Some(self.reason(stop.stop_reason)?),
            Event::Metadata(metadata) => self.usage = metadata.usage.as_ref().map(used),
            _ => {}
        }
        Ok(None)
    }

    /// Why the reply is over, once it is; what it cost comes after that, if at all.
    pub(crate) fn stopped(&self) -> Option<StopReason> {
        self.stopped
    }

    /// What it cost, once that is known.
    pub(crate) fn usage(&self) -> Option<Usage> {
        self.usage
    }

    /// A call is whole when its block has ended, which is long before the reply has.
    fn call(&mut self, call: Begun) -> Result<Option<LlmEvent>> {
        let arguments = match call.arguments.trim() {
            "" => Some(json!({})),
            text => serde_json::from_str(text).ok().filter(Value::is_object),
        };
        let Some(arguments) = arguments else {
            // Told when the reason to stop is known: at the limit of tokens it is the limit's fault.
            let error =
                malformed("arguments of a tool that are no object").with("tool", format!("{:?}", call.name));
            self.broken.get_or_insert(error);
            return Ok(None);
        };
        let own = Some(call.id).filter(|id| !id.is_empty() && !self.used.contains(id));
        // No two requests of a session with calls have a history of the same length.
        let id = own.unwrap_or_else(|| format!("bedrock-{}-{}", self.turn, self.calls));
        self.calls += 1;
        self.used.insert(id.clone());
        Ok(Some(LlmEvent::ToolCall(ToolCall { id, name: call.name, arguments })))
    }

    fn reason(&mut self, reason: Reason) -> Result<StopReason> {
        let is_cut = matches!(reason, Reason::MaxTokens | Reason::ModelContextWindowExceeded);
        if let Some(broken) = self.broken.take().filter(|_| !is_cut) {
            return Err(broken);
        }
        if !self.begun.is_empty() && !is_cut {
            return Err(malformed("a call without an end"));
        }
        Ok(match reason {
            Reason::ContentFiltered | Reason::GuardrailIntervened => StopReason::Safety,
            Reason::MalformedModelOutput | Reason::MalformedToolUse => {
                let message = "the model wrote what Bedrock could not read";
                return Err(Error::new(ErrorKind::Protocol, message).with("reason", reason.as_str()));
            }
            // The calls that are there are made, whatever is said about the end.
            _ if self.calls > 0 => StopReason::Tools,
            _ if is_cut => StopReason::Length,
            _ => StopReason::Finished,
        })
    }
}

/// Bedrock counts what it read from the cache, and what it wrote there, apart from the input.
fn used(usage: &TokenUsage) -> Usage {
    let count = |tokens: i32| u64::try_from(tokens).unwrap_or(0);
    let cached = count(usage.cache_read_input_tokens.unwrap_or(0));
    let written = count(usage.cache_write_input_tokens.unwrap_or(0));
    Usage { cached, input: count(usage.input_tokens) + cached + written, output: count(usage.output_tokens) }
}

fn malformed(what: &str) -> Error {
    Error::new(ErrorKind::Protocol, "Bedrock sent what its protocol does not allow").with("found", what)
}

#[cfg(test)]
mod tests {
    use aws_sdk_bedrockruntime::types::{
        ContentBlockDeltaEvent, ContentBlockStartEvent, ContentBlockStopEvent, ConversationRole,
        ConverseStreamMetadataEvent, MessageStartEvent, MessageStopEvent, ReasoningContentBlockDelta,
        ToolUseBlockDelta, ToolUseBlockStart,
    };

    use super::*;

    fn begin(index: i32, id: &str) -> Event {
        let tool = ToolUseBlockStart::builder().tool_use_id(id).name("weather").build().unwrap();
        let start = ContentBlockStartEvent::builder().content_block_index(index);
        Event::ContentBlockStart(start.start(ContentBlockStart::ToolUse(tool)).build().unwrap())
    }

    fn piece(index: i32, delta: ContentBlockDelta) -> Event {
        let event = ContentBlockDeltaEvent::builder().content_block_index(index).delta(delta);
        Event::ContentBlockDelta(event.build().unwrap())
    }

    fn text(text: &str) -> Event {
        piece(0, ContentBlockDelta::Text(text.to_owned()))
    }

    fn input(index: i32, text: &str) -> Event {
        piece(index, ContentBlockDelta::ToolUse(ToolUseBlockDelta::builder().input(text).build().unwrap()))
    }

    fn end(index: i32) -> Event {
        Event::ContentBlockStop(ContentBlockStopEvent::builder().content_block_index(index).build().unwrap())
    }

    fn stop(reason: Reason) -> Event {
        Event::MessageStop(MessageStopEvent::builder().stop_reason(reason).build().unwrap())
    }

    /// What comes out of these events, and how the reply ends.
    fn read(
        events: impl IntoIterator<Item = Event>,
    ) -> (Vec<LlmEvent>, Result<Option<StopReason>, ErrorKind>) {
        let request = LlmRequest {
            messages: vec![Message::Assistant {
                text: String::new(),
                calls: vec![ToolCall {
                    id: "old".to_owned(),
                    name: "weather".to_owned(),
                    arguments: json!({}),
                }],
                interrupted: false,
            }],
            ..LlmRequest::default()
        };
        let mut reply = Reply::new(&request);
        let mut out = Vec::new();
        for event in events {
            match reply.read(event) {
                Ok(event) => out.extend(event),
                Err(error) => return (out, Err(error.kind())),
            }
        }
        (out, Ok(reply.stopped()))
    }

    fn called(id: &str, arguments: Value) -> LlmEvent {
        LlmEvent::ToolCall(ToolCall { id: id.to_owned(), name: "weather".to_owned(), arguments })
    }

    #[test]
    fn calls_come_whole_when_their_blocks_end() {
        let start = MessageStartEvent::builder().role(ConversationRole::Assistant).build().unwrap();
        let thought = ContentBlockDelta::ReasoningContent(ReasoningContentBlockDelta::Text("hm".to_owned()));
        let (events, ended) = read([
            Event::MessageStart(start),
            piece(0, thought),
            text(""),
            text("I look."),
            begin(1, "x"),
            input(1, ""),
            input(1, "{\"city\":"),
            begin(2, "old"),
            input(1, "\"Rome\"}"),
            end(1),
            end(2),
            begin(3, "x"),
            end(3),
            stop(Reason::ToolUse),
        ]);
        let expected = [
            LlmEvent::Text("I look.".to_owned()),
            called("x", json!({ "city": "Rome" })),
            called("bedrock-1-1", json!({})),
            called("bedrock-1-2", json!({})),
        ];
        assert_eq!((events.as_slice(), ended), (expected.as_slice(), Ok(Some(StopReason::Tools))));
    }

    #[test]
    fn no_half_of_a_call_is_yielded() {
        let half = || [text("a"), begin(1, "x"), input(1, "{\"city\":"), end(1)];
        assert_eq!(read(half()).0.len(), 1);
        let with = |reason| read(half().into_iter().chain([stop(reason)])).1;
        assert_eq!(with(Reason::MaxTokens), Ok(Some(StopReason::Length)));
        assert_eq!(with(Reason::ToolUse), Err(ErrorKind::Protocol));
        let open = [begin(1, "x"), input(1, "{}")];
        assert_eq!(read(open.into_iter().chain([stop(Reason::ToolUse)])).1, Err(ErrorKind::Protocol));
        for wrong in ["7", "[1]", "\"Rome\""] {
            let events = [begin(1, "x"), input(1, wrong), end(1), stop(Reason::EndTurn)];
            assert_eq!(read(events), (vec![], Err(ErrorKind::Protocol)), "{wrong}");
        }
        assert_eq!(read([input(1, "{}")]).1, Err(ErrorKind::Protocol));
    }

    #[test]
    fn a_reply_stops_for_its_reason() {
        for (reason, expected) in [
            (Reason::EndTurn, Ok(Some(StopReason::Finished))),
            (Reason::StopSequence, Ok(Some(StopReason::Finished))),
            (Reason::MaxTokens, Ok(Some(StopReason::Length))),
            (Reason::ModelContextWindowExceeded, Ok(Some(StopReason::Length))),
            (Reason::GuardrailIntervened, Ok(Some(StopReason::Safety))),
            (Reason::ContentFiltered, Ok(Some(StopReason::Safety))),
            (Reason::MalformedModelOutput, Err(ErrorKind::Protocol)),
            (Reason::MalformedToolUse, Err(ErrorKind::Protocol)),
            (Reason::from("something_new"), Ok(Some(StopReason::Finished))),
        ] {
            assert_eq!(read([text("a"), stop(reason.clone())]).1, expected, "{reason}");
        }
        // Some models say `end_turn` nevertheless.
        let (_, ended) = read([begin(0, "x"), end(0), stop(Reason::EndTurn)]);
        assert_eq!(ended, Ok(Some(StopReason::Tools)));
    }

    #[test]
    fn memory_has_a_bound() {
        let long = "x".repeat(64 * 1024);
        let endless = (0..).map(|_| input(1, &long));
        assert_eq!(read([begin(1, "x")].into_iter().chain(endless)).1, Err(ErrorKind::Protocol));
        assert_eq!(read((0..).map(|n| begin(n, "x"))).1, Err(ErrorKind::Protocol));
    }

    #[test]
    fn what_it_cost_counts_what_was_cached() {
        let usage = TokenUsage::builder().input_tokens(10).output_tokens(5).total_tokens(115);
        let usage = usage.cache_read_input_tokens(90).cache_write_input_tokens(10).build().unwrap();
        let mut reply = Reply::new(&LlmRequest::default());
        let metadata = ConverseStreamMetadataEvent::builder().usage(usage).build();
        assert_eq!(reply.read(Event::Metadata(metadata)).unwrap(), None);
        assert_eq!(reply.usage(), Some(Usage { cached: 90, input: 110, output: 5 }));
    }
}

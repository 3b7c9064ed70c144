//! Chat Completions: the request, and its answer chunk by chunk.

use async_openai::types::chat::{
    ChatCompletionMessageToolCall, ChatCompletionMessageToolCalls, ChatCompletionRequestAssistantMessage,
    ChatCompletionRequestAssistantMessageContent, ChatCompletionRequestMessage,
    ChatCompletionRequestSystemMessage, ChatCompletionRequestSystemMessageContent,
    ChatCompletionRequestToolMessage, ChatCompletionRequestToolMessageContent,
    ChatCompletionRequestUserMessage, ChatCompletionRequestUserMessageContent, ChatCompletionStreamOptions,
    ChatCompletionTool, ChatCompletionTools, CreateChatCompletionRequest, FunctionCall, FunctionObject,
    ResponseFormat,
};
use rooh_core::Result;
use rooh_core::llm::{LlmEvent, LlmRequest, StopReason, Usage};
use rooh_core::tool::ToolSpec;
use serde_json::{Value, json};

use crate::calls::{Calls, Piece};
use crate::failure::{Fault, broke_off, no_message, withheld};
use crate::history::{Entry, entries};
use crate::openai::Sign;
use crate::request::{Asked, Form, named, object};
use crate::thoughts::Thoughts;

/// The body of `/chat/completions`; `None` if there is nothing to answer.
pub(crate) fn body(request: &LlmRequest, asked: &Asked) -> Option<Value> {
    let messages = messages(request, asked.is_openai);
    if messages.is_empty() {
        return None;
    }
    let options = &asked.options;
    let tool = |tool: &ToolSpec| {
        let function = FunctionObject {
            name: tool.name.clone(),
            description: Some(tool.description.clone()),
            parameters: Some(tool.parameters.clone()),
            strict: None,
        };
        ChatCompletionTools::Function(ChatCompletionTool { function })
    };
    let tools: Vec<_> = request.tools.iter().map(tool).collect();
    let typed = CreateChatCompletionRequest {
        messages,
        model: options.model.clone(),
        // Refused where there are no tools.
        parallel_tool_calls: options.parallel_tool_calls.filter(|_| !tools.is_empty()),
        prompt_cache_key: options.prompt_cache_key.clone(),
        reasoning_effort: asked.effort.and_then(named),
        response_format: asked.form.as_ref().map(|form| match form {
            Form::Json => ResponseFormat::JsonObject,
            Form::Schema(schema) => ResponseFormat::JsonSchema { json_schema: schema.clone() },
        }),
        safety_identifier: options.safety_identifier.clone(),
        service_tier: options.service_tier.and_then(named),
        stream: Some(true),
        stream_options: options
            .usage
            .then_some(ChatCompletionStreamOptions { include_usage: Some(true), include_obfuscation: None }),
        tools: (!tools.is_empty()).then_some(tools),
        verbosity: options.verbosity.and_then(named),
        ..CreateChatCompletionRequest::default()
    };
    let mut body = object(&typed);
    if let Some(most) = options.max_tokens {
        let name = if asked.is_openai { "max_completion_tokens" } else { "max_tokens" };
        body.insert(name.to_owned(), json!(most));
    }
    options.fill_chat(&mut body);
    options.fill(&mut body);
    Some(Value::Object(body))
}

fn messages(request: &LlmRequest, is_openai: bool) -> Vec<ChatCompletionRequestMessage> {
    // `developer` is what newer models call it, but OpenAI takes both, and others `system` alone.
    let system = |text: &str| {
        let content = ChatCompletionRequestSystemMessageContent::Text(text.to_owned());
        ChatCompletionRequestMessage::System(ChatCompletionRequestSystemMessage { content, name: None })
    };
    let mut all = Vec::new();
    if !request.system_prompt.is_empty() {
        all.push(system(&request.system_prompt));
    }
    for entry in entries(request) {
        match entry {
            Entry::System(text) => all.push(system(text)),
            Entry::User(text) => {
                let content = ChatCompletionRequestUserMessageContent::Text(text.to_owned());
                let said = ChatCompletionRequestUserMessage { content, name: None };
                all.push(ChatCompletionRequestMessage::User(said));
            }
            Entry::Assistant(text, calls) => {
                // The templates of some models want a text, if an empty one.
                let content = (!text.is_empty() || !is_openai)
                    .then(|| ChatCompletionRequestAssistantMessageContent::Text(text.to_owned()));
                let called = calls.iter().map(|(call, _)| {
                    let arguments = call.arguments.to_string();
                    let function = FunctionCall { name: call.name.clone(), arguments };
                    let id = call.id.clone();
                    ChatCompletionMessageToolCalls::Function(ChatCompletionMessageToolCall { id, function })
                });
                let tool_calls = (!calls.is_empty()).then(|| called.collect());
                let said =
                    ChatCompletionRequestAssistantMessage { content, tool_calls, ..Default::default() };
                all.push(ChatCompletionRequestMessage::Assistant(said));
                all.extend(calls.into_iter().map(|(call, result)| {
                    ChatCompletionRequestMessage::Tool(ChatCompletionRequestToolMessage {
                        content: ChatCompletionRequestToolMessageContent::Text(result),
                        tool_call_id: call.id.clone(),
                    })
                }));
            }
        }
    }
    all
}

/// An answer as it comes.
///
/// The chunks are read field by field and not as the types of OpenAI: hardly a server that is
/// compatible fills them all.
#[derive(Debug)]
pub(crate) struct Chunks {
    calls: Calls,
    reason: Option<String>,
    thoughts: Thoughts,
    usage: Option<Usage>,
}

impl Chunks {
    pub(crate) fn new(request: &LlmRequest) -> Self {
        Self { calls: Calls::new(request), reason: None, thoughts: Thoughts::default(), usage: None }
    }

    /// Whether the model has said its last; what it cost may still come.
    pub(crate) fn is_whole(&self) -> bool {
        self.reason.is_some()
    }

    /// Whether it is known what it cost.
    pub(crate) fn has_usage(&self) -> bool {
        self.usage.is_some()
    }

    /// Reads one chunk.
    pub(crate) fn read(&mut self, data: &str, out: &mut Vec<LlmEvent>) -> Result<Sign> {
        if data.trim() == "[DONE]" {
            // Some servers name no reason.
            self.reason.get_or_insert_default();
            self.conclude(out)?;
            return Ok(Sign::End);
        }
        let chunk: Value = serde_json::from_str(data).map_err(|error| no_message(data, &error))?;
        if !chunk.is_object() {
            return Err(no_message(data, &"no object"));
        }
        if let Some(fault) = Fault::read(&chunk) {
            return Err(fault.error());
        }
        if let Some(usage) = usage(&chunk["usage"]).or_else(|| usage(&chunk["x_groq"]["usage"])) {
            self.usage = Some(usage);
        }
        let choices = chunk["choices"].as_array();
        let first =
            choices.and_then(|all| all.iter().find(|choice| choice["index"].as_u64().unwrap_or(0) == 0));
        let Some(choice) = first else { return Ok(Sign::Nothing) };
        let delta = &choice["delta"];
        if delta["refusal"].as_str().is_some_and(|text| !text.is_empty()) {
            return Err(withheld("the model refused to answer"));
        }
        if let Some(piece) = delta["content"].as_str() {
            let said = self.thoughts.said(piece);
            out.extend((!said.is_empty()).then_some(LlmEvent::Text(said)));
        }
        for call in delta["tool_calls"].as_array().into_iter().flatten() {
            out.extend(self.calls.push(&Piece::read(call))?.into_iter().map(LlmEvent::ToolCall));
        }
        let is_life = ["content", "tool_calls", "reasoning", "reasoning_content"].iter().any(|name| {
            delta[name].as_str().is_some_and(|text| !text.is_empty())
                || delta[name].as_array().is_some_and(|list| !list.is_empty())
        });
        if let Some(reason) = choice["finish_reason"].as_str().filter(|reason| !reason.is_empty()) {
            match reason {
                "content_filter" => return Err(withheld("the vendor withheld the reply for safety")),
                "error" => return Err(broke_off("the server broke off")),
                _ => self.reason = Some(reason.to_owned()),
            }
            // Now, and not when it is known what it cost.
            self.conclude(out)?;
        }
        Ok(if is_life { Sign::Life } else { Sign::Nothing })
    }

    /// What was held back until the model had said its last.
    fn conclude(&mut self, out: &mut Vec<LlmEvent>) -> Result<()> {
        let rest = self.thoughts.rest();
        out.extend((!rest.is_empty()).then_some(LlmEvent::Text(rest)));
        let is_cut = self.reason.as_deref() == Some("length");
        out.extend(self.calls.finish(is_cut)?.into_iter().map(LlmEvent::ToolCall));
        Ok(())
    }

    /// What is left to be said once nothing more comes.
    pub(crate) fn finish(&mut self, out: &mut Vec<LlmEvent>) {
        out.extend(self.usage.map(LlmEvent::Usage));
        out.push(LlmEvent::Stopped(match self.reason.as_deref() {
            // Whether tools are called is said by the calls: some servers say `stop` beside them.
            _ if self.calls.any() => StopReason::Tools,
            Some("length") => StopReason::Length,
            _ => StopReason::Finished,
        }));
    }
}

fn usage(cost: &Value) -> Option<Usage> {
    let count = |value: &Value| value.as_u64().unwrap_or(0);
    cost.is_object().then(|| Usage {
        cached: count(&cost["prompt_tokens_details"]["cached_tokens"]),
        input: count(&cost["prompt_tokens"]),
        output: count(&cost["completion_tokens"]),
    })
}

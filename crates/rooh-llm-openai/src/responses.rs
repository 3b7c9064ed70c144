//! Responses: the request, and its answer event by event.

use async_openai::types::responses::{
    CreateResponse, EasyInputContent, EasyInputMessage, FunctionCallOutput, FunctionCallOutputItemParam,
    FunctionTool, FunctionToolCall, InputItem, InputParam, Item, Reasoning, ResponseTextParam, Role,
    TextResponseFormatConfiguration, Tool,
};
use rooh_core::llm::{LlmEvent, LlmRequest, StopReason, ToolCall, Usage};
use rooh_core::tool::ToolSpec;
use rooh_core::{Error, Result};
use serde_json::{Value, json};

use crate::calls::{Ids, no_object, object as arguments};
use crate::failure::{Fault, no_message, withheld};
use crate::history::{Entry, entries};
use crate::openai::Sign;
use crate::request::{Asked, Form, named, object};

/// The body of `/responses`; `None` if there is nothing to answer.
pub(crate) fn body(request: &LlmRequest, asked: &Asked) -> Option<Value> {
    let mut input = input(request);
    let mut instructions = (!request.system_prompt.is_empty()).then(|| request.system_prompt.clone());
    if input.is_empty() {
        // Instructions alone are no input.
        input.push(message(Role::System, &instructions.take()?));
    }
    let options = &asked.options;
    let tool = |tool: &ToolSpec| {
        Tool::Function(FunctionTool {
            name: tool.name.clone(),
            description: Some(tool.description.clone()),
            parameters: Some(tool.parameters.clone()),
            // Here it is on unless it is off, and then refuses most schemas.
            strict: Some(false),
            ..FunctionTool::default()
        })
    };
    let tools: Vec<_> = request.tools.iter().map(tool).collect();
    let format = asked.form.as_ref().map(|form| match form {
        Form::Json => TextResponseFormatConfiguration::JsonObject,
        Form::Schema(schema) => TextResponseFormatConfiguration::JsonSchema(schema.clone()),
    });
    let verbosity = options.verbosity.and_then(named);
    let typed = CreateResponse {
        input: InputParam::Items(input),
        instructions,
        max_output_tokens: options.max_tokens,
        model: Some(options.model.clone()),
        parallel_tool_calls: options.parallel_tool_calls.filter(|_| !tools.is_empty()),
        prompt_cache_key: options.prompt_cache_key.clone(),
        reasoning: asked.effort.map(|effort| Reasoning { effort: named(effort), ..Reasoning::default() }),
        safety_identifier: options.safety_identifier.clone(),
        service_tier: options.service_tier.and_then(named),
        // The request says it all, and a vendor keeps no conversations unless it is told to.
        store: Some(false),
        stream: Some(true),
        text: (format.is_some() || verbosity.is_some())
            .then(|| ResponseTextParam { format: format.unwrap_or_default(), verbosity }),
        tools: (!tools.is_empty()).then_some(tools),
        ..CreateResponse::default()
    };
    let mut body = object(&typed);
    options.fill(&mut body);
    Some(Value::Object(body))
}

fn message(role: Role, text: &str) -> InputItem {
    let content = EasyInputContent::Text(text.to_owned());
    InputItem::EasyMessage(EasyInputMessage { role, content, ..EasyInputMessage::default() })
}

fn input(request: &LlmRequest) -> Vec<InputItem> {
    let mut all = Vec::new();
    for entry in entries(request) {
        match entry {
            Entry::System(text) => all.push(message(Role::System, text)),
            Entry::User(text) => all.push(message(Role::User, text)),
            Entry::Assistant(text, calls) => {
                if !text.is_empty() {
                    all.push(message(Role::Assistant, text));
                }
                all.extend(calls.iter().map(|(call, _)| {
                    InputItem::Item(Item::FunctionCall(FunctionToolCall {
                        arguments: call.arguments.to_string(),
                        call_id: call.id.clone(),
                        name: call.name.clone(),
                        ..FunctionToolCall::default()
                    }))
                }));
                all.extend(calls.into_iter().map(|(call, result)| {
                    InputItem::Item(Item::FunctionCallOutput(FunctionCallOutputItemParam {
                        call_id: Some(call.id.clone()),
                        output: FunctionCallOutput::Text(result),
                        id: None,
                        status: None,
                        name: None,
                        namespace: None,
                        caller: None,
                    }))
                }));
            }
        }
    }
    all
}

/// An answer as it comes.
#[derive(Debug)]
pub(crate) struct Items {
    /// A call that is none, unless the reply turns out to be cut off.
    broken: Option<Error>,
    called: bool,
    ids: Ids,
    said: bool,
    stopped: Option<StopReason>,
    usage: Option<Usage>,
}

impl Items {
    pub(crate) fn new(request: &LlmRequest) -> Self {
        Self { broken: None, called: false, ids: Ids::new(request), said: false, stopped: None, usage: None }
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.stopped.is_some()
    }

    /// Reads one event.
    pub(crate) fn read(&mut self, data: &str, out: &mut Vec<LlmEvent>) -> Result<Sign> {
        if data.trim() == "[DONE]" {
            return Ok(Sign::End);
        }
        let event: Value = serde_json::from_str(data).map_err(|error| no_message(data, &error))?;
        let Some(kind) = event["type"].as_str() else {
            // Proxies tell their own errors in the way of the other API.
            let fault = Fault::read(&event);
            return Err(fault.map_or_else(|| no_message(data, &"no type"), Fault::error));
        };
        match kind {
            "response.output_text.delta" => {
                let piece = event["delta"].as_str().filter(|piece| !piece.is_empty());
                self.said |= piece.is_some();
                out.extend(piece.map(|piece| LlmEvent::Text(piece.to_owned())));
            }
            // What it says before it calls a tool, and after, are two messages.
            "response.output_item.added" if self.said && event["item"]["type"] == "message" => {
                out.push(LlmEvent::Text("\n".to_owned()));
            }
            "response.output_item.done" => out.extend(self.call(&event["item"]).map(LlmEvent::ToolCall)),
            "response.refusal.delta" | "response.refusal.done" => {
                return Err(withheld("the model refused to answer"));
            }
            "response.completed" => {
                self.ends(&event, StopReason::Finished);
                // Some servers tell the calls here alone.
                if !self.called {
                    let items = event["response"]["output"].as_array().into_iter().flatten();
                    let calls: Vec<_> = items.filter_map(|item| self.call(item)).collect();
                    out.extend(calls.into_iter().map(LlmEvent::ToolCall));
                }
                if let Some(broken) = self.broken.take() {
                    return Err(broken);
                }
            }
            "response.incomplete" => match event["response"]["incomplete_details"]["reason"].as_str() {
                Some("content_filter") => return Err(withheld("the vendor withheld the reply for safety")),
                _ => self.ends(&event, StopReason::Length),
            },
            "response.failed" => return Err(Fault::of(&event["response"]["error"]).error()),
            // The error stands in the event, or below it.
            "error" => {
                return Err(
                    Fault::of(if event["error"].is_object() { &event["error"] } else { &event }).error()
                );
            }
            _ => {}
        }
        Ok(match kind {
            _ if self.is_whole() => Sign::End,
            kind if kind.ends_with(".delta") => Sign::Life,
            _ => Sign::Nothing,
        })
    }

    /// What is left to be said once nothing more comes.
    pub(crate) fn finish(&mut self, out: &mut Vec<LlmEvent>) {
        out.extend(self.usage.map(LlmEvent::Usage));
        let stopped = self.stopped.unwrap_or(StopReason::Finished);
        out.push(LlmEvent::Stopped(if self.called { StopReason::Tools } else { stopped }));
    }

    fn call(&mut self, item: &Value) -> Option<ToolCall> {
        if item["type"] != "function_call" || item["status"] == "incomplete" {
            return None;
        }
        let text = |value: &Value| value.as_str().map_or_else(String::new, str::to_owned);
        let name = text(&item["name"]);
        let read = match &item["arguments"] {
            Value::String(text) => arguments(text),
            Value::Null => Ok(json!({})),
            object => arguments(&object.to_string()),
        };
        match read {
            Ok(arguments) if !name.is_empty() => {
                self.called = true;
                Some(ToolCall { id: self.ids.own(&text(&item["call_id"])), name, arguments })
            }
            _ => {
                self.broken = Some(no_object(&name));
                None
            }
        }
    }

    fn ends(&mut self, event: &Value, reason: StopReason) {
        self.stopped = Some(reason);
        let usage = &event["response"]["usage"];
        let count = |value: &Value| value.as_u64().unwrap_or(0);
        self.usage = usage.is_object().then(|| Usage {
            cached: count(&usage["input_tokens_details"]["cached_tokens"]),
            input: count(&usage["input_tokens"]),
            output: count(&usage["output_tokens"]),
        });
    }
}

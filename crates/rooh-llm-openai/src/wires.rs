//! What servers send, line by line, and what becomes of it.

use rooh_core::ErrorKind;
use rooh_core::llm::{LlmEvent, LlmRequest, StopReason, ToolCall, Usage};
use serde_json::json;

use crate::chat::Chunks;
use crate::openai::Sign;
use crate::responses::Items;

/// The pieces of an answer, and how it ended.
type Read = (Vec<LlmEvent>, Option<ErrorKind>);

fn chat(lines: &str) -> Read {
    let mut chunks = Chunks::new(&LlmRequest::default());
    let mut out = Vec::new();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match chunks.read(line, &mut out) {
            Ok(Sign::End) => break,
            Ok(_) => {}
            Err(error) => return (out, Some(error.kind())),
        }
    }
    if !chunks.is_whole() {
        return (out, Some(ErrorKind::Network));
    }
    chunks.finish(&mut out);
    (out, None)
}

fn responses(lines: &str) -> Read {
    let mut items = Items::new(&LlmRequest::default());
    let mut out = Vec::new();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match items.read(line, &mut out) {
            Ok(Sign::End) => break,
            Ok(_) => {}
            Err(error) => return (out, Some(error.kind())),
        }
    }
    if !items.is_whole() {
        return (out, Some(ErrorKind::Network));
    }
    items.finish(&mut out);
    (out, None)
}

fn said(read: &Read) -> String {
    let texts = read.0.iter().filter_map(|event| match event {
        LlmEvent::Text(text) => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

fn called(read: &Read) -> Vec<&ToolCall> {
    let calls = read.0.iter().filter_map(|event| match event {
        LlmEvent::ToolCall(call) => Some(call),
        _ => None,
    });
    calls.collect()
}

fn stopped(read: &Read) -> Option<StopReason> {
    match read {
        (events, None) => match events.last() {
            Some(LlmEvent::Stopped(reason)) => Some(*reason),
            _ => None,
        },
        _ => None,
    }
}

fn cost(read: &Read) -> Option<Usage> {
    read.0.iter().find_map(|event| match event {
        LlmEvent::Usage(usage) => Some(*usage),
        _ => None,
    })
}

#[test]
fn openai_says_what_it_cost_after_its_last_word() {
    let read = chat(
        r#"
        {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-5.6-luna","service_tier":"default","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"x9"}
        {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-5.6-luna","choices":[{"index":0,"delta":{"content":"Grüße"},"logprobs":null,"finish_reason":null}],"usage":null}
        {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-5.6-luna","choices":[{"index":0,"delta":{"content":" 🥐"},"logprobs":null,"finish_reason":null}],"usage":null}
        {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-5.6-luna","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null}
        {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-5.6-luna","choices":[],"usage":{"prompt_tokens":26,"completion_tokens":3,"total_tokens":29,"prompt_tokens_details":{"cached_tokens":20,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}}
        [DONE]"#,
    );
    assert_eq!((said(&read).as_str(), stopped(&read)), ("Grüße 🥐", Some(StopReason::Finished)));
    assert_eq!(cost(&read), Some(Usage { cached: 20, input: 26, output: 3 }));
}

#[test]
fn openai_numbers_its_calls() {
    let read = chat(
        r#"
        {"choices":[{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"weather","arguments":""}}],"refusal":null},"finish_reason":null}]}
        {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"ci"}}]},"finish_reason":null}]}
        {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"ty\":\"Köln\"}"}}]},"finish_reason":null}]}
        {"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"call_b","type":"function","function":{"name":"clock","arguments":""}}]},"finish_reason":null}]}
        {"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"function":{"arguments":"{}"}}]},"finish_reason":null}]}
        {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}
        [DONE]"#,
    );
    let calls = called(&read);
    assert_eq!((calls[0].id.as_str(), &calls[0].arguments), ("call_a", &json!({ "city": "Köln" })));
    assert_eq!(
        (calls[1].id.as_str(), calls[1].name.as_str(), &calls[1].arguments),
        ("call_b", "clock", &json!({}))
    );
    assert_eq!((calls.len(), stopped(&read)), (2, Some(StopReason::Tools)));
}

#[test]
fn a_call_does_not_wait_for_what_it_cost() {
    let mut chunks = Chunks::new(&LlmRequest::default());
    let mut out = Vec::new();
    let call = r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"clock","arguments":"{}"}}]}}]}"#;
    chunks.read(call, &mut out).unwrap();
    assert_eq!(out, []);
    chunks.read(r#"{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}"#, &mut out).unwrap();
    assert!(matches!(&out[..], [LlmEvent::ToolCall(call)] if call.name == "clock"), "{out:?}");
    chunks.read(r#"{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}"#, &mut out).unwrap();
    chunks.finish(&mut out);
    assert_eq!((out.len(), out.last()), (2, Some(&LlmEvent::Stopped(StopReason::Tools))));
}

#[test]
fn others_leave_out_and_add_what_they_like() {
    // No reason before the end; cost on each chunk; a first chunk without choices.
    let read = chat(
        r#"
        {"choices":[],"prompt_filter_results":[{"prompt_index":0}]}
        {"choices":[{"delta":{"content":"Hel","tool_calls":[]}}],"usage":{"prompt_tokens":9,"completion_tokens":1}}
        {"choices":[{"delta":{"content":"lo","reasoning_content":null}}],"usage":{"prompt_tokens":9,"completion_tokens":2}}
        [DONE]"#,
    );
    assert_eq!((said(&read).as_str(), stopped(&read)), ("Hello", Some(StopReason::Finished)));
    assert_eq!(cost(&read), Some(Usage { cached: 0, input: 9, output: 2 }));
    // vLLM with a parser for thoughts; a last text beside the reason, which is said twice; no end.
    let read = chat(
        r#"
        {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}
        {"choices":[{"index":0,"delta":{"reasoning_content":"Hm."}}]}
        {"choices":[{"index":0,"delta":{"reasoning":"Hm.","content":"Hi"}}]}
        {"choices":[{"index":0,"delta":{"content":" there"},"finish_reason":"length"}]}
        {"choices":[{"index":0,"delta":{"content":""},"finish_reason":"length","stop_reason":null}]}"#,
    );
    assert_eq!((said(&read).as_str(), stopped(&read)), ("Hi there", Some(StopReason::Length)));
    // llama.cpp, whose thoughts stand in the text.
    let read = chat(
        r#"
        {"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}]}
        {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"<think>\nHm"}}]}
        {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"</think>\n\nHi"}}]}
        {"choices":[{"finish_reason":"stop","index":0,"delta":{}}],"timings":{"prompt_n":11,"predicted_ms":35.4}}
        [DONE]"#,
    );
    assert_eq!((said(&read).as_str(), stopped(&read)), ("Hi", Some(StopReason::Finished)));
    // Groq, whose cost stands elsewhere; a whole call in one chunk, and `stop` beside it.
    let read = chat(
        r#"
        {"choices":[{"index":0,"delta":{"role":"assistant","content":null},"finish_reason":null}],"x_groq":{"id":"req_1"}}
        {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Rome\"}"}}]},"finish_reason":null}]}
        {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"x_groq":{"id":"req_1","usage":{"queue_time":0.02,"prompt_tokens":18,"completion_tokens":4}}}
        [DONE]"#,
    );
    assert_eq!((called(&read).len(), stopped(&read)), (1, Some(StopReason::Tools)));
    assert!(!called(&read)[0].id.is_empty());
    assert_eq!(cost(&read), Some(Usage { cached: 0, input: 18, output: 4 }));
}

#[test]
fn what_is_no_whole_reply_is_an_error() {
    let kind = |last: &str| {
        let read = chat(&format!("{{\"choices\":[{{\"delta\":{{\"content\":\"Hi\"}}}}]}}\n{last}"));
        assert_eq!(said(&read), "Hi");
        read.1
    };
    assert_eq!(kind(""), Some(ErrorKind::Network));
    assert_eq!(
        kind(r#"{"choices":[{"delta":{},"finish_reason":"content_filter"}]}"#),
        Some(ErrorKind::Unsupported)
    );
    assert_eq!(kind(r#"{"choices":[{"delta":{"refusal":"I will not."}}]}"#), Some(ErrorKind::Unsupported));
    assert_eq!(
        kind(r#"{"choices":[{"delta":{"content":""},"finish_reason":"error"}]}"#),
        Some(ErrorKind::Network)
    );
    assert_eq!(
        kind(r#"{"error":{"message":"The server had an error","type":"server_error"}}"#),
        Some(ErrorKind::Network)
    );
    assert_eq!(kind(r#"{"error":{"message":"pay","code":"insufficient_quota"}}"#), Some(ErrorKind::Auth));
    assert_eq!(
        kind(r#"{"error":{"code":429,"message":"slow down"},"choices":[]}"#),
        Some(ErrorKind::RateLimited)
    );
    assert_eq!(kind(r#"{"choices":[{"delta":"#), Some(ErrorKind::Protocol));
    assert_eq!(kind("hidden"), Some(ErrorKind::Protocol));
    assert_eq!(kind("[]"), Some(ErrorKind::Protocol));
    // A call without its end, and one that was cut off where the tokens ended.
    let half = r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"weather","arguments":"{\"ci"}}]}}]}"#;
    assert_eq!(kind(half), Some(ErrorKind::Network));
    assert_eq!(kind(&format!("{half}\n[DONE]")), Some(ErrorKind::Protocol));
    let read = chat(&format!("{half}\n{{\"choices\":[{{\"delta\":{{}},\"finish_reason\":\"length\"}}]}}"));
    assert_eq!((called(&read).len(), stopped(&read)), (0, Some(StopReason::Length)));
}

#[test]
fn an_event_that_is_none_is_not_repeated() {
    for line in ["hidden", "{\"choices\":[{\"delta\":{\"content\":\"hidden", "\"hidden\""] {
        let error = Chunks::new(&LlmRequest::default()).read(line, &mut Vec::new()).unwrap_err();
        assert!(!format!("{error:?} {error}").contains("hidden"), "{error}");
        let error = Items::new(&LlmRequest::default()).read(line, &mut Vec::new()).unwrap_err();
        assert!(!format!("{error:?} {error}").contains("hidden"), "{error}");
    }
}

#[test]
fn responses_come_in_items() {
    let read = responses(
        r#"
        {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","status":"in_progress","output":[]}}
        {"type":"response.in_progress","sequence_number":1,"response":{"id":"resp_1"}}
        {"type":"response.output_item.added","output_index":0,"item":{"id":"rs_1","type":"reasoning","summary":[]}}
        {"type":"response.reasoning_summary_text.delta","item_id":"rs_1","delta":"Hm."}
        {"type":"response.output_item.done","output_index":0,"item":{"id":"rs_1","type":"reasoning","summary":[]}}
        {"type":"response.output_item.added","output_index":1,"item":{"id":"msg_1","type":"message","role":"assistant","content":[]}}
        {"type":"response.content_part.added","item_id":"msg_1","part":{"type":"output_text","text":""}}
        {"type":"response.output_text.delta","item_id":"msg_1","delta":"Let me "}
        {"type":"response.output_text.delta","item_id":"msg_1","delta":"see."}
        {"type":"response.output_text.done","item_id":"msg_1","text":"Let me see."}
        {"type":"response.output_item.done","output_index":1,"item":{"id":"msg_1","type":"message"}}
        {"type":"response.output_item.added","output_index":2,"item":{"id":"fc_1","type":"function_call","call_id":"call_1","name":"weather","arguments":"","status":"in_progress"}}
        {"type":"response.function_call_arguments.delta","item_id":"fc_1","delta":"{\"city\":"}
        {"type":"response.function_call_arguments.done","item_id":"fc_1","arguments":"{\"city\":\"Rome\"}"}
        {"type":"response.output_item.done","output_index":2,"item":{"id":"fc_1","type":"function_call","call_id":"call_1","name":"weather","arguments":"{\"city\":\"Rome\"}","status":"completed"}}
        {"type":"response.something.new","x":1}
        {"type":"response.completed","response":{"id":"resp_1","output":[{"id":"fc_1","type":"function_call","call_id":"call_1","name":"weather","arguments":"{\"city\":\"Rome\"}","status":"completed"}],"usage":{"input_tokens":26,"input_tokens_details":{"cached_tokens":20},"output_tokens":7}}}"#,
    );
    assert_eq!((said(&read).as_str(), stopped(&read)), ("Let me see.", Some(StopReason::Tools)));
    let calls = called(&read);
    assert_eq!(
        (calls.len(), calls[0].id.as_str(), &calls[0].arguments),
        (1, "call_1", &json!({ "city": "Rome" }))
    );
    assert_eq!(cost(&read), Some(Usage { cached: 20, input: 26, output: 7 }));
    // Two messages are not one word; calls that stand at the end alone.
    let read = responses(
        r#"
        {"type":"response.output_item.added","item":{"type":"message"}}
        {"type":"response.output_text.delta","delta":"One."}
        {"type":"response.output_item.added","item":{"type":"message"}}
        {"type":"response.output_text.delta","delta":"Two."}
        {"type":"response.completed","response":{"output":[{"type":"function_call","call_id":"","name":"weather","arguments":null}]}}"#,
    );
    assert_eq!((said(&read).as_str(), called(&read).len()), ("One.\nTwo.", 1));
}

#[test]
fn responses_that_do_not_end_well_are_errors() {
    let begin = r#"{"type":"response.output_text.delta","delta":"Hi"}"#;
    let kind = |last: &str| {
        let read = responses(&format!("{begin}\n{last}"));
        assert_eq!(said(&read), "Hi");
        read.1
    };
    assert_eq!(kind(""), Some(ErrorKind::Network));
    assert_eq!(kind("[DONE]"), Some(ErrorKind::Network));
    assert_eq!(kind(r#"{"type":"response.refusal.delta","delta":"No."}"#), Some(ErrorKind::Unsupported));
    assert_eq!(
        kind(
            r#"{"type":"response.incomplete","response":{"incomplete_details":{"reason":"content_filter"}}}"#
        ),
        Some(ErrorKind::Unsupported)
    );
    assert_eq!(
        kind(r#"{"type":"response.failed","response":{"error":{"code":"server_error","message":"x"}}}"#),
        Some(ErrorKind::Network)
    );
    assert_eq!(
        kind(r#"{"type":"error","code":"rate_limit_exceeded","message":"x","param":null}"#),
        Some(ErrorKind::RateLimited)
    );
    assert_eq!(kind(r#"{"type":"error","error":{"code":"insufficient_quota"}}"#), Some(ErrorKind::Auth));
    assert_eq!(kind(r#"{"error":{"message":"x"}}"#), Some(ErrorKind::Network));
    assert_eq!(kind("{}"), Some(ErrorKind::Protocol));
    let half = r#"{"type":"response.output_item.done","item":{"type":"function_call","call_id":"a","name":"weather","arguments":"{\"ci"}}"#;
    assert_eq!(
        kind(&format!("{half}\n{{\"type\":\"response.completed\",\"response\":{{}}}}")),
        Some(ErrorKind::Protocol)
    );
    let read = responses(&format!(
        "{half}\n{}",
        r#"{"type":"response.incomplete","response":{"incomplete_details":{"reason":"max_output_tokens"}}}"#
    ));
    assert_eq!((called(&read).len(), stopped(&read)), (0, Some(StopReason::Length)));
}

//! Plays a conversation against a script, as a session would.

use std::fmt::Write;

use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest, Message};
use rooh_core::tool::ToolSpec;
use rooh_llm_script::Script;
use serde_json::json;

/// One answer of `script` to `messages`, read to its end.
pub(crate) fn answer(script: &Script, messages: &[Message]) -> Vec<LlmEvent> {
    let tools = ["save_message", "end_call"].map(|name| ToolSpec::new(name, "")).to_vec();
    let request = LlmRequest { messages: messages.to_vec(), tools, ..LlmRequest::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime can be built");
    runtime.block_on(script.chat(request).collect()).expect("a script does not fail")
}

/// A conversation that goes on.
pub(crate) struct Player<'a> {
    script: &'a Script,
    pub(crate) messages: Vec<Message>,
    pub(crate) transcript: String,
    fails: bool,
}

impl<'a> Player<'a> {
    /// Begins a conversation; the agent has not greeted yet.
    pub(crate) fn new(script: &'a Script) -> Self {
        Self { script, messages: Vec::new(), transcript: String::new(), fails: false }
    }

    /// Has the agent speak, and answers its tools.
    pub(crate) fn agent(&mut self) {
        loop {
            let mut text = String::new();
            let mut calls = Vec::new();
            let mut notes = String::new();
            for event in answer(self.script, &self.messages) {
                match event {
                    LlmEvent::Text(piece) => text.push_str(&piece),
                    LlmEvent::Expect(expected) => write!(notes, " <{expected:?}>").expect("a text grows"),
                    LlmEvent::ToolCall(call) => calls.push(call),
                    _ => {}
                }
            }
            for call in &calls {
                write!(notes, " [{} {}]", call.name, call.arguments).expect("a text grows");
            }
            if !text.is_empty() || !notes.is_empty() {
                writeln!(self.transcript, "agent: {text}{notes}").expect("a text grows");
            }
            let none = calls.is_empty();
            self.messages.push(Message::Assistant { text, calls: calls.clone(), interrupted: false });
            for call in calls {
                let failed = self.fails && call.name != "end_call";
                self.messages.push(Message::ToolResult {
                    id: call.id,
                    name: call.name,
                    output: if failed { json!("disk full") } else { json!({ "ok": true }) },
                    failed,
                });
            }
            if none {
                return;
            }
        }
    }

    /// The user says something, and the agent answers.
    pub(crate) fn user(&mut self, text: &str) {
        writeln!(self.transcript, "user:  {text}").expect("a text grows");
        self.messages.push(Message::user(text));
        self.agent();
    }

    /// The last words of the agent were cut off after `words` words.
    pub(crate) fn heard(&mut self, words: usize) {
        writeln!(self.transcript, "(cut off after {words} words)").expect("a text grows");
        // The model had written on, and the tools that it called were called.
        while let Some(Message::Assistant { text, calls, .. }) = self.messages.last()
            && text.is_empty()
            && calls.is_empty()
        {
            self.messages.pop();
        }
        let spoken = self.messages.iter_mut().rev().find_map(|message| match message {
            Message::Assistant { text, interrupted, .. } => Some((text, interrupted)),
            _ => None,
        });
        if let Some((text, interrupted)) = spoken {
            *text = text.split_whitespace().take(words).collect::<Vec<_>>().join(" ");
            *interrupted = true;
        }
    }

    /// Plays what a text says: each line is the user, unless it begins with a sign.
    ///
    /// `~ 3` cuts the agent off after three words, `! ` makes tools fail from there on, `% text` has
    /// the session say something of its own.
    pub(crate) fn play(&mut self, lines: &str) {
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if let Some(words) = line.strip_prefix("~ ") {
                self.heard(words.parse().expect("a number of words"));
            } else if line.starts_with('!') {
                self.fails = true;
            } else if let Some(text) = line.strip_prefix("% ") {
                writeln!(self.transcript, "(session: {text})").expect("a text grows");
                self.messages.push(Message::assistant(text));
            } else {
                self.user(line);
            }
        }
    }
}

/// The transcript of a conversation that the agent opens.
pub(crate) fn played(script: &Script, lines: &str) -> String {
    let mut player = Player::new(script);
    player.agent();
    player.play(lines);
    player.transcript
}

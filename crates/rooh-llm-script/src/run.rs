//! A conversation, gone through from its beginning to find out what to say now.
//!
//! Nothing is kept between requests: each carries the whole history, and going through it again
//! comes to the same place, whatever was interrupted, joined or played again.

use rooh_core::expect::Expected;
use rooh_core::llm::{LlmRequest, Message};
use serde_json::Value;

use crate::dialogue::{Dialogue, Does};
use crate::template::Template;
use crate::words::Words;

/// The tool that ends the call.
pub(crate) const END_CALL: &str = "end_call";
/// What to say, and what to do after it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reply {
    pub(crate) text: String,
    pub(crate) expect: Option<Expected>,
    pub(crate) calls: Vec<(String, Value)>,
}

/// What to say at the end of the conversation that `request` holds.
pub(crate) fn reply(dialogue: &Dialogue, request: &LlmRequest) -> Reply {
    let mut run = Run::start(dialogue, request);
    let mut turn: Option<String> = None;
    let mut answered = false;
    for message in &request.messages {
        match message {
            Message::User(text) => match &mut turn {
                // What was said in between was never heard, so it is one turn.
                Some(turn) => {
                    turn.push(' ');
                    turn.push_str(text);
                }
                None => turn = Some(text.clone()),
            },
            // Nothing was heard and nothing was done.
            Message::Assistant { text, calls, .. } if text.trim().is_empty() && calls.is_empty() => {}
            Message::Assistant { text, interrupted, .. } => {
                run.user(turn.take());
                run.agent(text, *interrupted);
                answered = true;
            }
            Message::ToolResult { name, failed, .. } => {
                run.user(turn.take());
                answered = run.tool(name, *failed);
            }
            _ => {}
        }
        if turn.is_some() {
            answered = false;
        }
    }
    run.user(turn);
    // The agent spoke last, and is asked again: nothing came from the user.
    if answered {
        run.again("");
    }
    run.reply
}

/// How far a conversation has come.
pub(crate) struct Run<'a> {
    pub(crate) dialogue: &'a Dialogue,
    pub(crate) request: &'a LlmRequest,
    pub(crate) state: usize,
    pub(crate) values: Vec<Option<String>>,
    pub(crate) confirmed: Vec<bool>,
    pub(crate) visits: Vec<u32>,
    /// How often each line was said, by its address, so that its texts take turns.
    pub(crate) said: Vec<(*const Template, u32)>,
    pub(crate) tries: u32,
    pub(crate) parts: u32,
    pub(crate) pending: String,
    pub(crate) last_filled: Option<usize>,
    /// What the asked slot was answered with when that was not understood.
    pub(crate) not_understood: Option<String>,
    pub(crate) reply: Reply,
    /// What was asked last, without what was said in front of it.
    pub(crate) question: String,
    /// Whether the last reply reached the ear, and its question with it.
    pub(crate) delivered: bool,
    pub(crate) heard: bool,
    /// Whether the last reply only asked for patience, after a question that was not heard.
    pub(crate) unasked: bool,
    /// Whether somebody else made the agent speak last: "Are you still there?"
    pub(crate) prompted: bool,
    /// Whether the agent has said anything, and the user.
    pub(crate) greeted: bool,
    pub(crate) addressed: bool,
    pub(crate) ended: bool,
}

impl<'a> Run<'a> {
    fn start(dialogue: &'a Dialogue, request: &'a LlmRequest) -> Self {
        let mut run = Self {
            dialogue,
            request,
            state: dialogue.start,
            values: vec![None; dialogue.slots.len()],
            confirmed: vec![false; dialogue.slots.len()],
            visits: vec![0; dialogue.states.len()],
            said: Vec::new(),
            tries: 0,
            parts: 0,
            pending: String::new(),
            last_filled: None,
            not_understood: None,
            reply: Reply::default(),
            question: String::new(),
            delivered: false,
            heard: false,
            unasked: false,
            prompted: false,
            greeted: false,
            addressed: false,
            ended: false,
        };
        run.enter(dialogue.start, String::new(), false);
        run
    }

    /// The agent spoke: what it was told to say here, or what somebody else made it say.
    fn agent(&mut self, text: &str, interrupted: bool) {
        if self.delivered {
            self.prompted = true;
            return;
        }
        self.delivered = true;
        let opens = !std::mem::replace(&mut self.greeted, true) && !self.addressed;
        if opens && !same_beginning(text, &self.reply.text) {
            // A greeting from elsewhere. If it asks something, it asks for what comes first here.
            self.heard = !interrupted && text.trim_end().ends_with('?');
            return;
        }
        self.heard = !self.unasked && (!interrupted || question_was_heard(text, &self.reply.text));
    }

    /// A tool has answered. Returns whether that changed nothing.
    fn tool(&mut self, name: &str, failed: bool) -> bool {
        if self.ended {
            // The call ends by itself; there is nothing left to say.
            self.reply = Reply::default();
            return false;
        }
        let dialogue = self.dialogue;
        let state = &dialogue.states[self.state];
        match &state.does {
            Does::Call { tool, failed: on_failure, .. } if tool == name => {
                let next = if failed { on_failure.or(state.next) } else { state.next };
                if let Some(next) = next {
                    self.enter(next, String::new(), false);
                }
                false
            }
            _ => true,
        }
    }

    /// The user said something.
    fn user(&mut self, turn: Option<String>) {
        let Some(turn) = turn else { return };
        let words = Words::of(&turn);
        let heard = self.delivered && self.heard;
        let prompted = std::mem::take(&mut self.prompted);
        self.addressed = true;
        self.turn(&words, heard, prompted);
    }
}

/// Whether both begin with the same words.
fn same_beginning(text: &str, own: &str) -> bool {
    let mut own = own.split_whitespace();
    text.split_whitespace().take(2).all(|word| own.next() == Some(word))
}

/// Whether enough of a reply was heard to know what it asks.
///
/// The question is the last sentence; who has heard half of it answers it. Words are counted, not
/// compared, because hooks may have changed them.
fn question_was_heard(heard: &str, reply: &str) -> bool {
    let count = |text: &str| text.split_whitespace().count();
    let body = reply.trim_end().trim_end_matches(['.', '?', '!']);
    let question = body.rfind(['.', '?', '!']).map_or(body, |at| &body[at + 1..]);
    count(heard) + count(question) / 2 >= count(reply)
}

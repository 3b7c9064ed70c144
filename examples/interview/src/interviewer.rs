//! The interviewer: a hook that judges answers and asks questions.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use rooh::prelude::*;
use rooh::words::{Completeness, Expected, judge};
use tokio::time::timeout;

/// How often one answer may be held before it is taken as it is.
const MOST_HOLDS: u32 = 4;
/// How often, within one answer, the interviewer says that there is time.
const MOST_FILLERS: u32 = 2;
/// An answer of fewer words is asked for more, once.
const SHORTEST: usize = 4;
/// How long a language model may take to judge an answer; then the rules do.
const JUDGE_WAIT: Duration = Duration::from_secs(4);

/// Asks one question after the other, and goes on only when an answer is complete.
#[derive(Debug)]
pub struct Interviewer {
    questions: Vec<String>,
    judge: Option<Arc<dyn LlmProvider>>,
    /// How many questions each session was asked.
    asked: Mutex<HashMap<SessionId, usize>>,
}

impl Interviewer {
    /// An interviewer with these questions; rules judge whether an answer is complete.
    pub fn new<S: Into<String>>(questions: impl IntoIterator<Item = S>) -> Self {
        let questions = questions.into_iter().map(Into::into).collect();
        Self { questions, judge: None, asked: Mutex::default() }
    }

    /// Has a language model judge the answers; where it fails, the rules do.
    #[must_use]
    pub fn judged_by(mut self, llm: Arc<dyn LlmProvider>) -> Self {
        self.judge = Some(llm);
        self
    }

    /// The first question, which opens the interview.
    pub fn opening(&self) -> String {
        self.questions.first().cloned().unwrap_or_default()
    }

    async fn is_complete(&self, question: &str, turn: &UserTurn) -> bool {
        if let Some(llm) = &self.judge
            && let Ok(Some(complete)) = timeout(JUDGE_WAIT, ask(llm.as_ref(), question, &turn.text)).await
        {
            return complete;
        }
        let ends = judge(&turn.text, Some("en"), &Expected::Anything).completeness;
        let open = matches!(ends, Completeness::Open | Completeness::Hesitating | Completeness::Partial);
        let short = turn.held == 0 && turn.text.split_whitespace().count() < SHORTEST;
        !open && !short
    }
}

/// What a language model says to the question whether an answer is complete, if it says either.
async fn ask(llm: &dyn LlmProvider, question: &str, answer: &str) -> Option<bool> {
    let request = LlmRequest {
        system_prompt: "You judge interview answers. Reply with the one word COMPLETE if the candidate has \
                 finished answering, or UNFINISHED if the candidate is still thinking or breaks off."
            .into(),
        messages: vec![Message::User(format!("Question: {question}\nAnswer so far: {answer}"))],
        ..LlmRequest::default()
    };
    let mut events = llm.chat(request);
    let mut text = String::new();
    while let Some(Ok(event)) = events.next().await {
        if let LlmEvent::Text(piece) = event {
            text.push_str(&piece);
        }
    }
    let text = text.to_uppercase();
    match (text.contains("COMPLETE"), text.contains("UNFINISHED")) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    }
}

#[async_trait]
impl Hook for Interviewer {
    async fn on_user_turn(&self, turn: &UserTurn, session: &SessionContext) -> Result<TurnAction> {
        let asked =
            *self.asked.lock().unwrap_or_else(PoisonError::into_inner).entry(session.id.clone()).or_insert(1);
        let question = self.questions.get(asked - 1).map(String::as_str).unwrap_or_default();
        if turn.held < MOST_HOLDS && !self.is_complete(question, turn).await {
            let filler = (turn.held < MOST_FILLERS).then(|| "Take your time.".to_owned());
            return Ok(TurnAction::Hold { filler });
        }
        let mut progress = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        progress.insert(session.id.clone(), asked + 1);
        Ok(TurnAction::Say(match self.questions.get(asked) {
            Some(question) => format!("Thank you. {question}"),
            None => {
                session.handle.end_after_playback();
                "Thank you, that was the last question. Goodbye.".to_owned()
            }
        }))
    }

    async fn on_session_ended(&self, _: SessionEnd, session: &SessionContext) -> Result<()> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).remove(&session.id);
        Ok(())
    }
}

//! A judge of pauses that keeps its contract, and ones that break a sentence each.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use rooh_core::provider::Progress;
use rooh_core::stream::Events;
use rooh_core::turn::{TurnDetector, TurnView};
use rooh_core::{Error, ErrorKind, Result};
use rooh_testkit::contract::TurnSubject;
use rooh_testkit::contract::turn::CASES;

use crate::wrong::judge;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fault {
    None,
    AnswersInPercent,
    FailsOnASecondLoad,
    JudgesBackwards,
    KeepsATaskAfterTheDrop,
    MixesQuestions,
    NeedsText,
    Remembers,
}

/// Takes a full stop for an end.
#[derive(Debug)]
struct FullStop {
    fault: Fault,
    asked: AtomicU32,
    latest: Mutex<String>,
    loads: AtomicU32,
}

#[async_trait]
impl TurnDetector for FullStop {
    async fn completeness(&self, view: TurnView) -> Result<f32> {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        let mut text = view.text;
        match self.fault {
            Fault::KeepsATaskAfterTheDrop => drop(tokio::spawn(std::future::pending::<()>())),
            Fault::NeedsText if text.is_empty() => {
                return Err(Error::new(ErrorKind::Unsupported, "there is no text"));
            }
            Fault::MixesQuestions => self.latest.lock().unwrap().clone_from(&text),
            _ => {}
        }
        tokio::task::yield_now().await;
        if self.fault == Fault::MixesQuestions {
            text.clone_from(&self.latest.lock().unwrap());
        }
        let answer = if text.ends_with('.') { 0.9 } else { 0.2 };
        Ok(match self.fault {
            Fault::AnswersInPercent => answer * 100.0,
            Fault::JudgesBackwards => 1.0 - answer,
            Fault::Remembers => (answer + asked as f32 * 0.001).min(1.0),
            _ => answer,
        })
    }

    fn load(&self) -> Events<Progress> {
        if self.fault == Fault::FailsOnASecondLoad && self.loads.fetch_add(1, Ordering::Relaxed) > 0 {
            return Events::failed(Error::new(ErrorKind::Unexpected, "loaded already"));
        }
        Events::empty()
    }
}

fn subject(fault: Fault) -> TurnSubject {
    let text = |text: &str| TurnView { text: text.to_owned(), ..TurnView::default() };
    let judge =
        FullStop { fault, asked: AtomicU32::new(0), latest: Mutex::default(), loads: AtomicU32::new(0) };
    TurnSubject::new(judge).examples(text("I bake bread."), text("I bake"))
}

mod full_stop {
    use super::*;

    rooh_testkit::turn_contract!(subject(Fault::None));
}

#[test]
fn wrong_judges_are_caught() {
    judge(
        CASES,
        subject,
        &[
            (
                Fault::AnswersInPercent,
                &["the_answer_lies_between_0_and_1", "dropping_the_future_cancels_the_question"],
            ),
            (Fault::FailsOnASecondLoad, &["loading_twice_or_never_is_harmless"]),
            (Fault::JudgesBackwards, &["what_is_finished_is_likelier_so_than_what_is_not"]),
            (Fault::KeepsATaskAfterTheDrop, &["dropping_the_future_cancels_the_question"]),
            (Fault::MixesQuestions, &["two_questions_at_once_do_not_mix"]),
            (
                Fault::NeedsText,
                &[
                    "the_answer_lies_between_0_and_1",
                    "a_view_without_audio_or_text_is_answered",
                    "the_same_view_gives_the_same_answer",
                ],
            ),
            (
                Fault::Remembers,
                &[
                    "the_same_view_gives_the_same_answer",
                    "two_questions_at_once_do_not_mix",
                    "loading_twice_or_never_is_harmless",
                ],
            ),
        ],
    );
}

//! Recognizers that break one sentence each.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rooh_audio::{AudioFormat, SessionTime};
use rooh_core::provider::Progress;
use rooh_core::stream::{Events, Inlet, inlet};
use rooh_core::stt::{SttCapabilities, SttEvent, SttInput, SttProvider, SttRequest, Transcript, TurnSignal};
use rooh_core::{Error, ErrorKind};
use rooh_testkit::ToneStt;
use rooh_testkit::contract::SttSubject;
use rooh_testkit::contract::stt::CASES;

use crate::honest::utterance;
use crate::wrong::judge;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fault {
    AnswersTwice,
    CountsWordTimesFromTheFinal,
    DropsFinalsOfASlowReader,
    FailsOfAnotherKind,
    FailsOnASecondLoad,
    FailsOnHints,
    ForgetsTheLastWords,
    GivesOnlyNewWordsAsPartials,
    GivesPartialsUnasked,
    GivesWithholdsPartials,
    HearsOnlyWholeFrames,
    JudgesTurnsUnasked,
    KeepsATaskAfterTheDrop,
    NeverEnds,
    NeverForgets,
    ReadsAheadOfTheFirstPoll,
    SaysNothingWhenNothingWasSaid,
    SharesWhatItHeard,
}

#[derive(Debug)]
struct Wrong {
    fault: Fault,
    heard: Arc<Mutex<String>>,
    loads: Mutex<u32>,
}

impl SttProvider for Wrong {
    fn capabilities(&self) -> SttCapabilities {
        let partials = self.fault != Fault::GivesPartialsUnasked;
        SttCapabilities { partials, ..ToneStt::new().capabilities() }
    }

    fn transcribe(&self, request: SttRequest, mut audio: Inlet<SttInput>) -> Events<SttEvent> {
        let fault = self.fault;
        let heard = Arc::clone(&self.heard);
        let ears = if fault == Fault::GivesWithholdsPartials {
            ToneStt::new().without_partials()
        } else {
            ToneStt::new()
        };
        if fault == Fault::ReadsAheadOfTheFirstPoll {
            let (feed, inner) = inlet(16_384);
            tokio::spawn(async move {
                while let Some(input) = audio.next().await {
                    feed.send(input).await;
                }
            });
            return ears.transcribe(request, inner);
        }
        Events::new(move |mut out| async move {
            let (feed, inner) = inlet(16_384);
            let mut feed = Some(feed);
            let mut events = ears.transcribe(request, inner);
            let (lossy, mut kept) = inlet(2);
            if fault == Fault::KeepsATaskAfterTheDrop {
                tokio::spawn(std::future::pending::<()>());
            }
            if fault == Fault::DropsFinalsOfASlowReader {
                // A thread of its own that overwrites what was not taken in time.
                let worker = tokio::spawn(async move {
                    let feed = feed;
                    let mut open = true;
                    loop {
                        tokio::select! {
                            input = audio.next(), if open => match (input, &feed) {
                                (Some(input), Some(feed)) => feed.send(input).await,
                                _ => open = false,
                            },
                            event = events.next(), if open || feed.is_some() => match event {
                                Some(Ok(event)) => drop(lossy.push(event)),
                                _ => return,
                            },
                        }
                        if !open {
                            break;
                        }
                    }
                    drop(feed);
                    while let Some(Ok(event)) = events.next().await {
                        lossy.push(event);
                    }
                });
                while let Some(event) = kept.next().await {
                    out.emit(event).await;
                }
                worker.abort();
                return Ok(());
            }
            let mut said = String::new();
            let mut latest = 0;
            loop {
                tokio::select! {
                    biased;
                    event = events.next() => {
                        let Some(event) = event else { break };
                        let mut event = event?;
                        match (&mut event, fault) {
                            (SttEvent::Final(last), Fault::AnswersTwice) => {
                                out.emit(SttEvent::Final(Transcript { ..last.clone() })).await;
                            }
                            (SttEvent::Final(last), Fault::NeverForgets) => {
                                said = format!("{said} {}", last.text).trim().to_owned();
                                last.text.clone_from(&said);
                            }
                            (SttEvent::Partial(partial), Fault::NeverForgets) => {
                                partial.text = format!("{said} {}", partial.text);
                            }
                            (SttEvent::Partial(partial), Fault::GivesOnlyNewWordsAsPartials) => {
                                let words: Vec<&str> = partial.text.split(' ').collect();
                                partial.text = words[words.len() - 1].to_owned();
                            }
                            (SttEvent::Final(last), Fault::SaysNothingWhenNothingWasSaid)
                                if last.text.is_empty() => continue,
                            (SttEvent::Final(last), Fault::ForgetsTheLastWords) if feed.is_none() && latest == 0 => {
                                last.text.clear();
                                continue;
                            }
                            (SttEvent::Final(last), Fault::CountsWordTimesFromTheFinal) => {
                                for word in &mut last.words {
                                    word.start = SessionTime::ZERO;
                                    word.end = SessionTime::ZERO;
                                }
                            }
                            (SttEvent::Final(last), Fault::SharesWhatItHeard) => {
                                let mut heard = heard.lock().unwrap();
                                if last.text.is_empty() {
                                    last.text = std::mem::take(&mut heard);
                                } else {
                                    heard.clone_from(&last.text);
                                }
                            }
                            (SttEvent::Final(_), Fault::JudgesTurnsUnasked) => {
                                out.emit(SttEvent::Turn(TurnSignal::Start)).await;
                            }
                            _ => {}
                        }
                        if matches!(event, SttEvent::Final(_)) {
                            latest = latest.max(1) - 1;
                        }
                        out.emit(event).await;
                    }
                    input = audio.next(), if feed.is_some() => match (input, &feed) {
                        (Some(input), Some(inner)) => {
                            match &input {
                                SttInput::Audio(frame)
                                    if fault == Fault::HearsOnlyWholeFrames && frame.samples().len() != 320 =>
                                {
                                    continue;
                                }
                                SttInput::Hints(_) if fault == Fault::FailsOnHints => {
                                    return Err(Error::new(ErrorKind::Unsupported, "hints are not understood"));
                                }
                                SttInput::Finalize => latest += 1,
                                _ => {}
                            }
                            inner.send(input).await;
                        }
                        _ => feed = None,
                    },
                }
            }
            if fault == Fault::NeverEnds {
                std::future::pending::<()>().await;
            }
            Ok(())
        })
    }

    fn load(&self) -> Events<Progress> {
        let mut loads = self.loads.lock().unwrap();
        *loads += 1;
        if self.fault == Fault::FailsOnASecondLoad && *loads > 1 {
            return Events::failed(Error::new(ErrorKind::Unexpected, "loaded already"));
        }
        Events::empty()
    }
}

fn subject(fault: Fault) -> SttSubject {
    let wrong = Wrong { fault, heard: Arc::default(), loads: Mutex::default() };
    let kind = if fault == Fault::FailsOfAnotherKind { ErrorKind::Unexpected } else { ErrorKind::Auth };
    SttSubject::new(wrong)
        .utterance(utterance(AudioFormat::WIDEBAND))
        .settle(Duration::from_millis(200))
        .failing(ErrorKind::Auth, ToneStt::new().failing(Error::new(kind, "the key was refused")))
}

#[test]
fn wrong_recognizers_are_caught() {
    judge(
        CASES,
        subject,
        &[
            (
                Fault::AnswersTwice,
                &[
                    "finalize_is_answered_by_exactly_one_final",
                    "finalize_without_audio_is_answered_by_an_empty_final",
                    "each_final_covers_audio_that_no_other_final_covers",
                    "two_streams_do_not_hear_each_other",
                ],
            ),
            (Fault::CountsWordTimesFromTheFinal, &["words_have_times_if_they_are_promised"]),
            (
                Fault::DropsFinalsOfASlowReader,
                &["no_event_is_lost_when_the_reader_is_slow", "dropping_the_stream_ends_the_work"],
            ),
            (Fault::FailsOfAnotherKind, &["an_error_is_the_last_event_and_of_the_right_kind"]),
            (Fault::FailsOnASecondLoad, &["loading_twice_or_never_is_harmless"]),
            (Fault::FailsOnHints, &["hints_and_options_may_change_on_the_way"]),
            (Fault::ForgetsTheLastWords, &["what_was_heard_until_the_end_is_given_as_a_last_final"]),
            (Fault::GivesOnlyNewWordsAsPartials, &["a_partial_replaces_the_one_before_it"]),
            (Fault::GivesPartialsUnasked, &["partials_come_if_and_only_if_they_are_promised"]),
            (
                Fault::GivesWithholdsPartials,
                &["a_partial_replaces_the_one_before_it", "partials_come_if_and_only_if_they_are_promised"],
            ),
            (Fault::HearsOnlyWholeFrames, &["the_length_of_frames_does_not_matter"]),
            (Fault::JudgesTurnsUnasked, &["turn_signals_come_only_if_they_are_promised"]),
            (Fault::KeepsATaskAfterTheDrop, &["dropping_the_stream_ends_the_work"]),
            (
                Fault::NeverEnds,
                &[
                    "an_inlet_that_ends_ends_the_stream",
                    "what_was_heard_until_the_end_is_given_as_a_last_final",
                    "no_event_is_lost_when_the_reader_is_slow",
                ],
            ),
            (
                Fault::NeverForgets,
                &[
                    "each_final_covers_audio_that_no_other_final_covers",
                    "a_partial_replaces_the_one_before_it",
                ],
            ),
            (
                Fault::ReadsAheadOfTheFirstPoll,
                &["nothing_happens_before_the_first_poll", "dropping_the_stream_ends_the_work"],
            ),
            (
                Fault::SaysNothingWhenNothingWasSaid,
                &[
                    "finalize_without_audio_is_answered_by_an_empty_final",
                    "two_streams_do_not_hear_each_other",
                ],
            ),
            (Fault::SharesWhatItHeard, &["two_streams_do_not_hear_each_other"]),
        ],
    );
}

//! Voices that break one sentence each.

use std::sync::{Arc, Mutex};
use std::task::Poll;

use rooh_audio::{AudioFormat, AudioFrame};
use rooh_core::provider::Progress;
use rooh_core::stream::{Emitter, Events, Inlet, inlet};
use rooh_core::tts::{TtsCapabilities, TtsEvent, TtsProvider, TtsRequest};
use rooh_core::{Error, ErrorKind, Result};
use rooh_testkit::ToneTts;
use rooh_testkit::contract::TtsSubject;
use rooh_testkit::contract::tts::CASES;

use crate::wrong::judge;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fault {
    ChokesOnOddClauses,
    CountsEachClauseAnew,
    FailsOfAnotherKind,
    FailsOnASecondLoad,
    ForgetsWhatComesLast,
    IsMute,
    KeepsATaskAfterTheDrop,
    LosesFramesOfASlowReader,
    MarksAfterTheAudio,
    MarksInsideWords,
    MarksNothing,
    MixesStreams,
    NeverEnds,
    PronouncesNothing,
    ReadsAheadOfTheFirstPoll,
    RepeatsItself,
    RunsAhead,
    SpeaksBackwards,
    SpeaksInAnotherFormat,
}

#[derive(Debug)]
struct Wrong {
    fault: Fault,
    voice: ToneTts,
    /// How many streams are at work.
    at_work: Arc<Mutex<u32>>,
    loads: Mutex<u32>,
}

impl TtsProvider for Wrong {
    fn capabilities(&self) -> TtsCapabilities {
        self.voice.capabilities()
    }

    fn synthesize(&self, request: TtsRequest, mut text: Inlet<String>) -> Events<TtsEvent> {
        let fault = self.fault;
        let voice = self.voice.clone();
        let at_work = Arc::clone(&self.at_work);
        if fault == Fault::ReadsAheadOfTheFirstPoll {
            let (feed, inner) = inlet(256);
            tokio::spawn(async move {
                while let Some(clause) = text.next().await {
                    feed.send(clause).await;
                }
            });
            return voice.synthesize(request, inner);
        }
        Events::new(move |mut out| async move {
            if fault == Fault::KeepsATaskAfterTheDrop {
                tokio::spawn(std::future::pending::<()>());
            }
            if fault == Fault::LosesFramesOfASlowReader {
                return lossy(voice.rate(10.0).synthesize(request, text), out).await;
            }
            let (feed, inner) = inlet(256);
            let mut feed = Some(feed);
            let mut events = voice.synthesize(request, inner);
            let mut begins = vec![0];
            let (mut late, mut before) = (None, None);
            loop {
                tokio::select! {
                    biased;
                    event = events.next() => {
                        let Some(event) = event else { break };
                        match (event?, fault) {
                            (TtsEvent::Spoken(_), Fault::MarksNothing) => {}
                            (TtsEvent::Spoken(spoken), Fault::MarksAfterTheAudio) => {
                                if let Some(late) = late.replace(spoken) {
                                    out.emit(TtsEvent::Spoken(late)).await;
                                }
                            }
                            (TtsEvent::Spoken(mut spoken), fault) => {
                                if fault == Fault::CountsEachClauseAnew {
                                    let begin = begins.iter().rfind(|begin| **begin < spoken.text);
                                    spoken.text -= begin.copied().unwrap_or(0);
                                }
                                if fault == Fault::MarksInsideWords {
                                    spoken.text -= 2;
                                }
                                out.emit(TtsEvent::Spoken(spoken)).await;
                            }
                            (TtsEvent::Audio(frame), fault) => {
                                let (mut samples, mut format) = (frame.samples().to_vec(), frame.format());
                                match fault {
                                    Fault::SpeaksInAnotherFormat => format = AudioFormat::TELEPHONE,
                                    Fault::IsMute => samples.fill(0),
                                    Fault::MixesStreams if *at_work.lock().unwrap() > 1 => samples.fill(99),
                                    _ => {}
                                }
                                out.emit(TtsEvent::Audio(AudioFrame::new(samples, format, frame.at()))).await;
                            }
                            _ => {}
                        }
                    }
                    clause = text.next(), if feed.is_some() => {
                        let Some(clause) = clause else {
                            feed = None;
                            continue;
                        };
                        if begins.len() == 1 {
                            *at_work.lock().unwrap() += 1;
                        }
                        let mut batch = vec![clause];
                        if matches!(fault, Fault::RunsAhead | Fault::SpeaksBackwards) {
                            while let Some(next) = text.try_next() {
                                batch.push(next);
                            }
                        }
                        if fault == Fault::SpeaksBackwards {
                            batch.reverse();
                        }
                        if fault == Fault::ForgetsWhatComesLast {
                            match futures::poll!(Box::pin(text.next())) {
                                Poll::Ready(None) if begins.len() > 1 => batch.clear(),
                                Poll::Ready(Some(next)) => batch.push(next),
                                _ => {}
                            }
                        }
                        for mut clause in batch {
                            if fault == Fault::ChokesOnOddClauses && clause.contains('\0') {
                                return Err(Error::new(ErrorKind::Unexpected, "a nul byte in the text"));
                            }
                            if fault == Fault::PronouncesNothing && !clause.contains(char::is_alphanumeric) {
                                clause = "pause".to_owned();
                            }
                            begins.push(begins[begins.len() - 1] + clause.len());
                            let feed = feed.as_ref().unwrap();
                            if let Some(before) = before.replace(clause.clone())
                                && fault == Fault::RepeatsItself
                            {
                                feed.send(before).await;
                            }
                            feed.send(clause).await;
                        }
                    }
                }
            }
            *at_work.lock().unwrap() -= u32::from(begins.len() > 1);
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

/// Relays through a task of its own that overwrites what was not taken in time.
async fn lossy(mut events: Events<TtsEvent>, mut out: Emitter<TtsEvent>) -> Result<()> {
    let (feed, mut kept) = inlet(8);
    let worker = tokio::spawn(async move {
        while let Some(Ok(event)) = events.next().await {
            feed.push(event);
        }
    });
    while let Some(event) = kept.next().await {
        out.emit(event).await;
    }
    worker.abort();
    Ok(())
}

fn subject(fault: Fault) -> TtsSubject {
    let voice = ToneTts::new().word_times();
    let wrong = Wrong { fault, voice, at_work: Arc::default(), loads: Mutex::default() };
    let kind = if fault == Fault::FailsOfAnotherKind { ErrorKind::Unexpected } else { ErrorKind::Auth };
    TtsSubject::new(wrong).failing(ErrorKind::Auth, ToneTts::new().failing(Error::new(kind, "refused")))
}

/// The order of cases is that of the suite.
#[test]
fn wrong_voices_are_caught() {
    judge(
        CASES,
        subject,
        &[
            (Fault::ChokesOnOddClauses, &["no_clause_is_an_error"]),
            (Fault::CountsEachClauseAnew, &["spoken_never_goes_back_and_never_leaves_the_text"]),
            (Fault::FailsOfAnotherKind, &["an_error_is_the_last_event_and_of_the_right_kind"]),
            (Fault::FailsOnASecondLoad, &["loading_twice_or_never_is_harmless"]),
            (
                Fault::ForgetsWhatComesLast,
                &[
                    "every_clause_is_spoken_once",
                    "a_clause_without_anything_to_pronounce_yields_no_audio",
                    "an_inlet_that_ends_ends_the_stream_once_all_was_spoken",
                ],
            ),
            (
                Fault::IsMute,
                &[
                    "clauses_are_spoken_in_the_order_in_which_they_come",
                    "frames_are_in_the_promised_format_and_can_be_heard",
                ],
            ),
            (Fault::KeepsATaskAfterTheDrop, &["dropping_the_stream_ends_the_work"]),
            (
                Fault::LosesFramesOfASlowReader,
                &["no_event_is_lost_when_the_reader_is_slow", "dropping_the_stream_ends_the_work"],
            ),
            (Fault::MarksAfterTheAudio, &["spoken_comes_before_or_with_the_audio_that_it_marks"]),
            (Fault::MarksInsideWords, &["spoken_never_goes_back_and_never_leaves_the_text"]),
            (Fault::MarksNothing, &["spoken_marks_words_if_that_is_promised"]),
            (Fault::MixesStreams, &["two_streams_do_not_mix"]),
            (
                Fault::NeverEnds,
                &[
                    "clauses_are_spoken_in_the_order_in_which_they_come",
                    "every_clause_is_spoken_once",
                    "frames_are_in_the_promised_format_and_can_be_heard",
                    "spoken_comes_before_or_with_the_audio_that_it_marks",
                    "spoken_never_goes_back_and_never_leaves_the_text",
                    "spoken_marks_words_if_that_is_promised",
                    "a_clause_without_anything_to_pronounce_yields_no_audio",
                    "no_clause_is_an_error",
                    "an_inlet_that_ends_ends_the_stream_once_all_was_spoken",
                    "no_event_is_lost_when_the_reader_is_slow",
                    "dropping_the_stream_ends_the_work",
                    "two_streams_do_not_mix",
                    "loading_twice_or_never_is_harmless",
                ],
            ),
            (Fault::PronouncesNothing, &["a_clause_without_anything_to_pronounce_yields_no_audio"]),
            (
                Fault::ReadsAheadOfTheFirstPoll,
                &[
                    "nothing_happens_before_the_first_poll",
                    "a_slow_reader_holds_the_work_back",
                    "dropping_the_stream_ends_the_work",
                ],
            ),
            (
                Fault::RepeatsItself,
                &["every_clause_is_spoken_once", "spoken_never_goes_back_and_never_leaves_the_text"],
            ),
            (Fault::RunsAhead, &["a_slow_reader_holds_the_work_back"]),
            (
                Fault::SpeaksBackwards,
                &[
                    "clauses_are_spoken_in_the_order_in_which_they_come",
                    "spoken_never_goes_back_and_never_leaves_the_text",
                    "a_slow_reader_holds_the_work_back",
                ],
            ),
            (
                Fault::SpeaksInAnotherFormat,
                &[
                    "frames_are_in_the_promised_format_and_can_be_heard",
                    "spoken_comes_before_or_with_the_audio_that_it_marks",
                ],
            ),
        ],
    );
}

//! A transport that keeps its contract, and ones that break a sentence each.

use std::collections::VecDeque;
use std::time::Duration;

use async_trait::async_trait;
use rooh_audio::{AudioFormat, AudioFrame};
use rooh_core::stream::{Emitter, Events, Inlet};
use rooh_core::transport::{Playout, Transport, TransportCapabilities, TransportEvent};
use rooh_core::{Error, ErrorKind, Result};
use rooh_testkit::contract::transport::CASES;
use rooh_testkit::contract::{Connection, FarEnd, TransportSubject};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::wrong::judge;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fault {
    None,
    AcknowledgesRarely,
    AnswersNoClear,
    ConnectsEarly,
    HearsInAnotherFormat,
    IgnoresClear,
    IgnoresHold,
    IsReadyTwice,
    LosesWhatIsHeld,
    OutlivesItsStream,
    PlaysBackwards,
    SaysNoGoodbye,
    TakesACutForAnEnd,
    TakesAHangUpForAnError,
}

enum FromUser {
    Audio(AudioFrame),
    HangUp,
}

/// A connection within the process, whose far end plays in real time.
struct Wire {
    fault: Fault,
    user: mpsc::UnboundedReceiver<FromUser>,
    ear: mpsc::UnboundedSender<AudioFrame>,
}

struct Handset {
    mouth: Option<mpsc::UnboundedSender<FromUser>>,
    ear: mpsc::UnboundedReceiver<AudioFrame>,
}

async fn connect(fault: Fault) -> Connection {
    let (mouth, user) = mpsc::unbounded_channel();
    let (ear, heard) = mpsc::unbounded_channel();
    (Box::new(Wire { fault, user, ear }), Box::new(Handset { mouth: Some(mouth), ear: heard }))
}

impl Wire {
    async fn run(mut self, mut playout: Inlet<Playout>, mut out: Emitter<TransportEvent>) -> Result<()> {
        const FRAME: Duration = Duration::from_millis(20);
        out.emit(TransportEvent::Ready).await;
        let every = if self.fault == Fault::AcknowledgesRarely { 50 } else { 5 };
        let mut waiting: VecDeque<(u64, AudioFrame)> = VecDeque::new();
        let (mut generation, mut played, mut reported) = (0, Duration::ZERO, 0);
        let mut next = Instant::now();
        let mut hold: Option<(u64, Duration)> = None;
        loop {
            tokio::select! {
                biased;
                said = self.user.recv() => match said {
                    Some(FromUser::Audio(mut frame)) => {
                        if self.fault == Fault::IsReadyTwice {
                            out.emit(TransportEvent::Ready).await;
                        }
                        if self.fault == Fault::HearsInAnotherFormat {
                            frame = AudioFrame::new(frame.samples(), AudioFormat::TELEPHONE, frame.at());
                        }
                        out.emit(TransportEvent::Audio(frame)).await;
                    }
                    Some(FromUser::HangUp) if self.fault != Fault::TakesAHangUpForAnError => return Ok(()),
                    None if self.fault == Fault::TakesACutForAnEnd => return Ok(()),
                    _ => return Err(Error::new(ErrorKind::Network, "the connection broke")),
                },
                item = playout.next() => match item {
                    Some(Playout::Audio { generation, frame }) => match self.fault {
                        Fault::PlaysBackwards if waiting.len() < 15 => waiting.push_front((generation, frame)),
                        _ => {
                            hold = hold.filter(|(held, _)| *held >= generation);
                            waiting.push_back((generation, frame));
                        }
                    },
                    Some(Playout::Clear { generation: cleared }) => {
                        if self.fault != Fault::IgnoresClear {
                            waiting.retain(|(generation, _)| *generation != cleared);
                            hold = None;
                        }
                        if self.fault != Fault::AnswersNoClear {
                            out.emit(TransportEvent::Played { generation: cleared, played }).await;
                        }
                    }
                    Some(Playout::Hold { generation, position }) if self.fault != Fault::IgnoresHold => {
                        if self.fault == Fault::LosesWhatIsHeld {
                            waiting.clear();
                        }
                        hold = Some((generation, position));
                        out.emit(TransportEvent::Played { generation, played }).await;
                    }
                    Some(Playout::Release { .. }) => hold = None,
                    None if self.fault == Fault::SaysNoGoodbye => std::future::pending().await,
                    None => return Ok(()),
                    Some(_) => {}
                },
                () = sleep_until(next) => {
                    next += FRAME;
                    // Backwards needs something to turn around.
                    let waits = self.fault == Fault::PlaysBackwards && waiting.len() < 10 && played.is_zero();
                    let is_held = hold.is_some_and(|(held, position)| {
                        let reached = if generation == held { played } else { Duration::ZERO };
                        waiting.front().is_some_and(|(of, _)| *of == held) && reached >= position
                    });
                    if is_held {
                        continue;
                    }
                    let Some((of, frame)) = waiting.pop_front().filter(|_| !waits) else { continue };
                    if of != generation {
                        (generation, played) = (of, Duration::ZERO);
                    }
                    played += frame.duration();
                    // The user's end may be gone; then its message is on its way.
                    let _ = self.ear.send(frame);
                    reported += 1;
                    if reported % every == 0 || waiting.is_empty() && self.fault != Fault::AcknowledgesRarely {
                        out.emit(TransportEvent::Played { generation, played }).await;
                    }
                }
            }
        }
    }
}

impl Transport for Wire {
    fn capabilities(&self) -> TransportCapabilities {
        TransportCapabilities { acknowledges: true, holds: true, ..TransportCapabilities::default() }
    }

    fn run(self: Box<Self>, playout: Inlet<Playout>) -> Events<TransportEvent> {
        match self.fault {
            Fault::ConnectsEarly => {
                drop(tokio::spawn(async { tokio::time::sleep(Duration::from_secs(1)).await }))
            }
            Fault::OutlivesItsStream => {
                let ear = self.ear.clone();
                return Events::new(move |out| async move {
                    let kept = tokio::spawn(async move {
                        let _ear = ear;
                        std::future::pending::<()>().await;
                    });
                    let ended = Wire::run(*self, playout, out).await;
                    kept.abort();
                    ended
                });
            }
            _ => {}
        }
        Events::new(move |out| Wire::run(*self, playout, out))
    }
}

#[async_trait]
impl FarEnd for Handset {
    async fn speak(&mut self, frame: AudioFrame) {
        if let Some(mouth) = &self.mouth {
            let _ = mouth.send(FromUser::Audio(frame));
        }
    }

    async fn hear(&mut self) -> Option<AudioFrame> {
        self.ear.recv().await
    }

    async fn hang_up(&mut self) {
        if let Some(mouth) = &self.mouth {
            let _ = mouth.send(FromUser::HangUp);
        }
    }

    async fn cut(&mut self) -> bool {
        self.mouth = None;
        true
    }
}

fn subject(fault: Fault) -> TransportSubject {
    TransportSubject::new(move || connect(fault))
}

mod wire {
    use super::*;

    rooh_testkit::transport_contract!(subject(Fault::None));
}

mod wire_on_the_real_clock {
    use super::*;

    rooh_testkit::transport_contract!(live: subject(Fault::None).settle(Duration::from_millis(150)));
}

#[test]
fn wrong_transports_are_caught() {
    judge(
        CASES,
        subject,
        &[
            (Fault::AcknowledgesRarely, &["what_was_heard_is_acknowledged_if_that_is_promised"]),
            (Fault::AnswersNoClear, &["clear_is_answered_with_the_last_figure"]),
            (Fault::ConnectsEarly, &["nothing_is_connected_before_the_first_poll"]),
            (Fault::HearsInAnotherFormat, &["frames_of_the_user_come_in_order_and_in_the_promised_format"]),
            (
                Fault::IgnoresClear,
                &[
                    "after_clear_nothing_that_came_before_is_played",
                    "a_hold_ends_with_a_clear_and_with_a_later_utterance",
                ],
            ),
            (
                Fault::IgnoresHold,
                &[
                    "what_is_held_is_heard_whole_after_its_release",
                    "a_hold_ends_with_a_clear_and_with_a_later_utterance",
                ],
            ),
            (Fault::IsReadyTwice, &["ready_comes_once_before_any_audio"]),
            (
                Fault::LosesWhatIsHeld,
                &[
                    "what_is_held_is_heard_whole_after_its_release",
                    "a_hold_ends_with_a_clear_and_with_a_later_utterance",
                ],
            ),
            (Fault::OutlivesItsStream, &["dropping_the_stream_hangs_up"]),
            (
                Fault::PlaysBackwards,
                &[
                    "audio_is_played_in_the_order_in_which_it_comes",
                    "after_clear_nothing_that_came_before_is_played",
                    "what_is_held_is_heard_whole_after_its_release",
                    "a_hold_ends_with_a_clear_and_with_a_later_utterance",
                    "what_was_heard_is_acknowledged_if_that_is_promised",
                    "clear_is_answered_with_the_last_figure",
                ],
            ),
            (Fault::SaysNoGoodbye, &["a_playout_inlet_that_ends_means_goodbye"]),
            (Fault::TakesACutForAnEnd, &["a_connection_that_broke_is_an_error"]),
            (Fault::TakesAHangUpForAnError, &["the_stream_ends_when_the_user_is_gone"]),
        ],
    );
}

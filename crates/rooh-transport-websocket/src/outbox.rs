//! What waits to be sent to a client: little, in order, and without what was cut off.

use std::collections::VecDeque;
use std::time::Duration;

use rooh_audio::AudioFrame;
use rooh_core::event::{Event, EventKind, SessionEnd};
use rooh_core::transport::Playout;
use rooh_wire::{EventBody, EventJson, MAX_MESSAGE_BYTES, ServerMessage, encode_audio};
use tokio_tungstenite::tungstenite::Message;

/// How much audio waits here for a slow client; as much again and more waits in the inlet, so that
/// both together stay near 400 ms. It is little, because a `Clear` stands behind what is in there.
const MOST_AUDIO: Duration = Duration::from_millis(100);

/// How much text, and how many messages, wait before the session has to wait.
const MOST_TEXT: usize = 256 * 1024;
const MOST_ENTRIES: usize = 512;

/// What waits to be sent.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    entries: VecDeque<Entry>,
    audio: Duration,
    text: usize,
    /// Whether audio goes out just now.
    plays: bool,
    /// A level that goes out with the next audio, a few milliseconds later: alone it would cost
    /// as much as a frame.
    level: Option<String>,
    /// Audio of this and earlier utterances is not sent any more.
    cleared: Option<u64>,
    ended: Option<SessionEnd>,
}

#[derive(Debug)]
enum Entry {
    Audio { generation: u64, frame: AudioFrame },
    Clear { generation: u64 },
    End { generation: u64 },
    Hold { generation: u64, position: Duration },
    Ping,
    Release { generation: u64 },
    Text(String),
}

impl Outbox {
    /// Whether more may be added.
    pub(crate) fn has_room(&self) -> bool {
        self.audio < MOST_AUDIO && self.text < MOST_TEXT && self.entries.len() < MOST_ENTRIES
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Why the session ended, once its last event went through here.
    pub(crate) fn ended(&self) -> Option<SessionEnd> {
        self.ended
    }

    /// Adds what the session sends.
    pub(crate) fn push(&mut self, playout: Playout) {
        match playout {
            Playout::Audio { generation, frame } if self.is_wanted(generation) && !frame.is_empty() => {
                self.audio += frame.duration();
                self.plays = true;
                self.add(Entry::Audio { generation, frame });
            }
            Playout::Clear { generation } => self.clear(generation),
            Playout::Event(event) => self.event(&event),
            Playout::Finished { generation } if self.is_wanted(generation) => {
                self.plays = false;
                self.add(Entry::End { generation });
            }
            Playout::Hold { generation, position } if self.is_wanted(generation) => {
                self.overtake(Entry::Hold { generation, position });
            }
            Playout::Release { generation } if self.is_wanted(generation) => self.release(generation),
            // What was cut off, and what a later core may ask for.
            _ => {}
        }
    }

    /// Adds a message of our own; a few at a time.
    pub(crate) fn text(&mut self, message: &ServerMessage<'_>) {
        self.add_text(message.to_json());
    }

    pub(crate) fn ping(&mut self) {
        self.add(Entry::Ping);
    }

    /// The next message to be sent.
    pub(crate) fn pop(&mut self) -> Option<Message> {
        Some(match self.entries.pop_front()? {
            Entry::Audio { generation, frame } => {
                self.audio = self.audio.saturating_sub(frame.duration());
                Message::Binary(encode_audio(generation, frame.samples()))
            }
            Entry::Clear { generation } => Message::text(ServerMessage::Clear { generation }.to_json()),
            Entry::End { generation } => Message::text(ServerMessage::AudioEnd { generation }.to_json()),
            Entry::Hold { generation, position } => {
                let ms = position.as_secs_f64() * 1_000.0;
                Message::text(ServerMessage::Hold { generation, ms }.to_json())
            }
            Entry::Ping => Message::Ping(Default::default()),
            Entry::Release { generation } => Message::text(ServerMessage::Release { generation }.to_json()),
            Entry::Text(text) => {
                self.text -= text.len();
                Message::text(text)
            }
        })
    }

    fn is_wanted(&self, generation: u64) -> bool {
        self.cleared.is_none_or(|cleared| generation > cleared)
    }

    /// Takes out what was cut off, and puts the order to stop in front of all that waits.
    fn clear(&mut self, generation: u64) {
        self.cleared = self.cleared.max(Some(generation));
        self.plays = false;
        let mut audio = Duration::ZERO;
        self.entries.retain(|entry| match entry {
            Entry::Audio { generation: of, frame } if *of > generation => {
                audio += frame.duration();
                true
            }
            Entry::Audio { .. } => false,
            Entry::End { generation: of }
            | Entry::Hold { generation: of, .. }
            | Entry::Release { generation: of } => *of > generation,
            Entry::Clear { .. } | Entry::Ping | Entry::Text(_) => true,
        });
        self.audio = audio;
        self.entries.push_front(Entry::Clear { generation });
    }

    /// Puts an order in front of all that waits, but for the orders before it.
    fn overtake(&mut self, order: Entry) {
        let is_order =
            |entry: &Entry| matches!(entry, Entry::Clear { .. } | Entry::Hold { .. } | Entry::Release { .. });
        let place = self.entries.iter().rposition(is_order).map_or(0, |last| last + 1);
        self.entries.insert(place, order);
    }

    /// Takes back a hold that nobody has seen, or lets the client go on.
    fn release(&mut self, generation: u64) {
        let hold = |entry: &Entry| matches!(entry, Entry::Hold { generation: of, .. } if *of == generation);
        match self.entries.iter().position(hold) {
            Some(place) => drop(self.entries.remove(place)),
            None => self.overtake(Entry::Release { generation }),
        }
    }

    fn event(&mut self, event: &Event) {
        match event.kind {
            // The next one is a tenth of a second away.
            EventKind::Level { .. } if !self.is_empty() => return,
            // Traces are for files: a page has no use for them, and they are many.
            EventKind::FloorConfigured(_) | EventKind::FloorDecided(_) | EventKind::FloorTold(_) => return,
            EventKind::SessionEnded { reason } => self.ended = Some(reason),
            _ => {}
        }
        let json = EventJson::from(event);
        let at_ms = json.at_ms;
        let message = ServerMessage::Event { event: json }.to_json();
        if matches!(event.kind, EventKind::Level { .. }) && self.plays && self.level.is_none() {
            // Where the audio pauses, the next level takes this one along.
            self.level = Some(message);
        } else if message.len() <= MAX_MESSAGE_BYTES {
            self.add_text(message);
        } else {
            let event = EventJson { at_ms, body: EventBody::Missed { count: 1 } };
            self.text(&ServerMessage::Event { event });
        }
    }

    fn add_text(&mut self, text: String) {
        self.add(Entry::Text(text));
    }

    fn add(&mut self, entry: Entry) {
        for entry in self.level.take().map(Entry::Text).into_iter().chain([entry]) {
            if let Entry::Text(text) = &entry {
                self.text += text.len();
            }
            self.entries.push_back(entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use rooh_audio::{AudioFormat, SessionTime};
    use rooh_core::floor::{Action, FloorConfig, Input};

    use super::*;

    fn audio(generation: u64, millis: u64) -> Playout {
        let frame =
            AudioFrame::silence(Duration::from_millis(millis), AudioFormat::WIDEBAND, SessionTime::ZERO);
        Playout::Audio { generation, frame }
    }

    fn event(kind: EventKind) -> Playout {
        Playout::Event(Arc::new(Event { at: SessionTime::ZERO, kind }))
    }

    /// What is sent, in a few letters each.
    fn drain(outbox: &mut Outbox) -> Vec<String> {
        std::iter::from_fn(|| outbox.pop())
            .map(|message| match message {
                Message::Binary(bytes) => format!("audio {}", bytes[0]),
                Message::Text(text) => {
                    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
                    let name = if json["type"] == "event" { &json["event"]["type"] } else { &json["type"] };
                    format!("{} {}", name.as_str().unwrap(), json["generation"])
                }
                other => format!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn clear_overtakes_what_waits_and_takes_the_cut_off_audio_along() {
        let mut outbox = Outbox::default();
        outbox.push(audio(1, 20));
        outbox.push(event(EventKind::SpeechStarted));
        outbox.push(audio(1, 20));
        outbox.push(Playout::Finished { generation: 1 });
        outbox.push(Playout::Clear { generation: 1 });
        outbox.push(audio(1, 20));
        outbox.push(audio(2, 20));
        assert_eq!(drain(&mut outbox), ["clear 1", "speech_started null", "audio 2"]);
        assert_eq!(outbox.audio, Duration::ZERO);
        assert_eq!(outbox.text, 0);
    }

    #[test]
    fn hold_and_release_overtake_audio_and_stay_in_order() {
        let mut outbox = Outbox::default();
        let hold = |generation, ms| Playout::Hold { generation, position: Duration::from_millis(ms) };
        outbox.push(audio(1, 20));
        outbox.push(hold(1, 40));
        assert_eq!(drain(&mut outbox), ["hold 1", "audio 1"]);
        outbox.push(audio(1, 20));
        outbox.push(Playout::Release { generation: 1 });
        outbox.push(hold(1, 80));
        assert_eq!(drain(&mut outbox), ["release 1", "hold 1", "audio 1"]);
        // What nobody has seen needs no release.
        outbox.push(Playout::Release { generation: 1 });
        outbox.push(hold(1, 120));
        outbox.push(Playout::Release { generation: 1 });
        assert_eq!(drain(&mut outbox), ["release 1"]);
        outbox.push(hold(1, 160));
        outbox.push(Playout::Clear { generation: 1 });
        outbox.push(Playout::Release { generation: 1 });
        outbox.push(hold(2, 0));
        assert_eq!(drain(&mut outbox), ["clear 1", "hold 2"]);
    }

    #[test]
    fn a_full_outbox_holds_100_ms() {
        let mut outbox = Outbox::default();
        let mut frames = 0;
        while outbox.has_room() {
            outbox.push(audio(1, 20));
            frames += 1;
        }
        assert_eq!(frames, 5);
    }

    #[test]
    fn a_slow_client_misses_levels_and_nothing_else() {
        let mut outbox = Outbox::default();
        let level = || event(EventKind::Level { db: -20.0, speech: 1.0 });
        outbox.push(level());
        outbox.push(level());
        outbox.push(event(EventKind::SpeechStopped));
        outbox.push(level());
        assert_eq!(drain(&mut outbox), ["level null", "speech_stopped null"]);
    }

    #[test]
    fn while_the_agent_speaks_levels_travel_with_its_audio() {
        let mut outbox = Outbox::default();
        let level = || event(EventKind::Level { db: -20.0, speech: 1.0 });
        outbox.push(audio(1, 20));
        assert_eq!(drain(&mut outbox), ["audio 1"]);
        outbox.push(level());
        assert!(outbox.is_empty());
        outbox.push(audio(1, 20));
        assert_eq!(drain(&mut outbox), ["level null", "audio 1"]);
        // The reply pauses: nothing waits longer than for the next level.
        outbox.push(level());
        outbox.push(level());
        assert_eq!(drain(&mut outbox), ["level null", "level null"]);
        outbox.push(Playout::Finished { generation: 1 });
        assert_eq!(drain(&mut outbox), ["audio_end 1"]);
        outbox.push(level());
        assert_eq!(drain(&mut outbox), ["level null"]);
    }

    #[test]
    fn what_a_session_traces_of_its_floor_stays_here() {
        let mut outbox = Outbox::default();
        outbox.push(event(EventKind::FloorConfigured(FloorConfig::default())));
        outbox.push(event(EventKind::FloorTold(Input::Tick)));
        outbox.push(event(EventKind::FloorDecided(Action::PauseReply)));
        assert_eq!(drain(&mut outbox), [""; 0]);
    }

    #[test]
    fn an_event_that_is_too_long_is_counted_in_its_place() {
        let mut outbox = Outbox::default();
        outbox.push(event(EventKind::UserFinal("a".repeat(70_000))));
        assert_eq!(drain(&mut outbox), ["missed null"]);
    }

    proptest! {
        #[test]
        fn nothing_of_a_cleared_utterance_follows_its_clear(
            steps in prop::collection::vec((0..6_u8, 1..6_u64), 0..60)
        ) {
            let mut outbox = Outbox::default();
            let mut sent = Vec::new();
            // The session holds one utterance at a time, and none that is cut off.
            let (mut held, mut cut) = (None, 0);
            for (step, generation) in steps {
                match step {
                    0 => {
                        outbox.push(Playout::Clear { generation });
                        cut = cut.max(generation);
                        held = held.filter(|held| *held > generation);
                    }
                    4 if held.is_none() && generation > cut => {
                        outbox.push(Playout::Hold { generation, position: Duration::ZERO });
                        held = Some(generation);
                    }
                    5 => {
                        if let Some(generation) = held.take() {
                            outbox.push(Playout::Release { generation });
                        }
                    }
                    1 => sent.extend(outbox.pop()),
                    2 => outbox.push(Playout::Finished { generation }),
                    _ => outbox.push(audio(generation, 20)),
                }
            }
            sent.extend(std::iter::from_fn(|| outbox.pop()));
            let (mut cleared, mut holds) = (0, None);
            for message in sent {
                match message {
                    Message::Binary(bytes) => prop_assert!(u64::from(bytes[0]) > cleared),
                    Message::Text(text) => {
                        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
                        let generation = json["generation"].as_u64().unwrap();
                        if json["type"] == "clear" {
                            cleared = cleared.max(generation);
                            holds = holds.filter(|held| *held > generation);
                        } else {
                            prop_assert!(generation > cleared);
                        }
                        if json["type"] == "hold" {
                            prop_assert_eq!(holds.replace(generation), None);
                        } else if json["type"] == "release" {
                            prop_assert_eq!(holds.take(), Some(generation));
                        }
                    }
                    _ => {}
                }
            }
            prop_assert_eq!(holds, held);
            prop_assert!(outbox.is_empty() && outbox.audio.is_zero() && outbox.text == 0);
        }
    }
}

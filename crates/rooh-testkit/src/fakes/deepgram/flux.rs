//! Flux: turns.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::super::{Gone, Message, Peer, Seen};
use super::{Deepgram, Ear, REQUEST, is, seconds, text_of, too_quiet};
use crate::speech::HeardWord;

/// How often an update comes, in audio.
const EVERY: Duration = Duration::from_millis(250);
/// After how much silence a turn may be over, and is.
const EAGER: Duration = Duration::from_millis(200);
const ENOUGH: Duration = Duration::from_millis(600);

struct Flux {
    /// Audio that is not transcribed yet.
    ahead: Vec<u8>,
    ear: Ear,
    eager_threshold: Option<f64>,
    index: u64,
    is_eager: bool,
    is_open: bool,
    sequence: u64,
    shown: Duration,
    start: Duration,
    threshold: f64,
    timeout: Duration,
    words: Vec<HeardWord>,
}

impl Flux {
    fn new(seen: &Seen) -> Self {
        let number = |name: &str| seen.param(name).and_then(|value| value.parse::<f64>().ok());
        Self {
            ahead: Vec::new(),
            ear: Ear::new(seen),
            eager_threshold: number("eager_eot_threshold"),
            index: 0,
            is_eager: false,
            is_open: false,
            sequence: 0,
            shown: Duration::ZERO,
            start: Duration::ZERO,
            threshold: number("eot_threshold").unwrap_or(0.7),
            timeout: Duration::from_millis(number("eot_timeout_ms").unwrap_or(5_000.0) as u64),
            words: Vec::new(),
        }
    }

    fn number(&mut self, mut message: Value) -> Value {
        message["sequence_id"] = self.sequence.into();
        self.sequence += 1;
        message
    }

    fn hear(&mut self, bytes: &[u8], lag: Duration) -> Vec<Value> {
        self.ahead.extend_from_slice(bytes);
        let behind = self.ear.format.samples_in(lag) * 2;
        let ready = self.ahead.len().saturating_sub(behind);
        let bytes: Vec<u8> = self.ahead.drain(..ready).collect();
        let step = self.ear.format.samples_in(Duration::from_millis(20)) * 2;
        let mut said = Vec::new();
        for part in bytes.chunks(step) {
            let heard = self.ear.push(part);
            self.go_on(heard, &mut said);
        }
        said
    }

    fn go_on(&mut self, heard: Vec<HeardWord>, said: &mut Vec<Value>) {
        let now = self.ear.now();
        if !heard.is_empty() {
            self.words.extend(heard);
            let event = if !self.is_open {
                "StartOfTurn"
            } else if self.is_eager {
                "TurnResumed"
            } else {
                "Update"
            };
            (self.is_open, self.is_eager) = (true, false);
            said.push(self.turn(event, 0.1));
        }
        let end = self.words.last().map(|word| word.end.since_start());
        let quiet = end.map_or(Duration::ZERO, |end| now.saturating_sub(end));
        if self.ear.decoder.is_hearing() || !self.is_open {
            // Nothing is judged.
        } else if quiet >= ENOUGH && self.threshold <= 0.9 {
            said.push(self.end("model"));
        } else if quiet >= self.timeout {
            said.push(self.end("timeout"));
        } else if quiet >= EAGER && !self.is_eager && self.eager_threshold.is_some() {
            self.is_eager = true;
            said.push(self.turn("EagerEndOfTurn", 0.5));
        }
        if now - self.shown >= EVERY {
            said.push(self.turn("Update", if self.is_eager { 0.5 } else { 0.05 }));
        }
    }

    fn turn(&mut self, event: &str, confidence: f64) -> Value {
        let now = self.ear.now();
        self.shown = now;
        let words: Vec<Value> = self
            .words
            .iter()
            .map(|word| {
                json!({ "word": word.text, "confidence": 0.99, "start": seconds(word.start.since_start()),
                    "end": seconds(word.end.since_start()) })
            })
            .collect();
        let message = json!({ "type": "TurnInfo", "request_id": REQUEST, "event": event,
            "turn_index": self.index, "audio_window_start": seconds(self.start),
            "audio_window_end": seconds(now), "transcript": text_of(&self.words), "words": words,
            "end_of_turn_confidence": confidence });
        self.number(message)
    }

    fn end(&mut self, trigger: &str) -> Value {
        let mut message = self.turn("EndOfTurn", 0.9);
        message["trigger"] = trigger.into();
        self.words.clear();
        (self.is_open, self.is_eager) = (false, false);
        self.index += 1;
        self.start = self.ear.now();
        message
    }

    fn configure(&mut self, message: &Value) -> Value {
        let mut thresholds = Map::new();
        for (name, value) in message["thresholds"].as_object().into_iter().flatten() {
            match (name.as_str(), value.as_f64()) {
                ("eot_threshold", Some(value)) => self.threshold = value,
                ("eager_eot_threshold", value) => self.eager_threshold = value,
                ("eot_timeout_ms", Some(value)) => self.timeout = Duration::from_millis(value as u64),
                _ => {}
            }
            thresholds.insert(name.clone(), value.clone());
        }
        let answer = json!({ "type": "ConfigureSuccess", "request_id": REQUEST, "thresholds": thresholds,
            "keyterms": message["keyterms"].as_array().cloned().unwrap_or_default() });
        self.number(answer)
    }
}

pub(super) async fn listen(mut peer: Peer<Deepgram>) -> Result<(), Gone> {
    let settings = peer.vendor().clone();
    let mut flux = Flux::new(&peer.seen);
    let hello = flux.number(json!({ "type": "Connected", "request_id": REQUEST }));
    peer.json(&hello).await?;
    loop {
        let message = match peer.read_within(settings.idle).await? {
            None => return too_quiet(peer).await,
            Some(Message::Binary(bytes)) => {
                for said in flux.hear(&bytes, settings.lag) {
                    peer.json(&said).await?;
                }
                continue;
            }
            Some(message) => message.json(),
        };
        if is(&message, "CloseStream") {
            let mut said = flux.hear(&[], Duration::ZERO);
            let last: Vec<HeardWord> = flux.ear.decoder.finish().into_iter().collect();
            flux.go_on(last, &mut said);
            for said in said {
                peer.json(&said).await?;
            }
            // What is open stays open: the end of the socket is the end of the turn.
            return peer.close(1000, "").await;
        } else if is(&message, "ForceEndTurn") {
            let mut said = Vec::new();
            if settings.lag.is_zero() {
                let last: Vec<HeardWord> = flux.ear.decoder.finish().into_iter().collect();
                flux.go_on(last, &mut said);
            }
            if flux.is_open {
                said.push(flux.end("manual"));
            }
            for said in said {
                peer.json(&said).await?;
            }
        } else if is(&message, "Configure") {
            let answer = flux.configure(&message);
            peer.json(&answer).await?;
        } else {
            let error = flux.number(json!({ "type": "Error", "code": "UNPARSABLE_CLIENT_MESSAGE",
                "description": "Could not parse the message." }));
            peer.json(&error).await?;
            return peer.close(1008, "UNPARSABLE_CLIENT_MESSAGE").await;
        }
    }
}

//! What a realtime session says, as events in their order. No I/O.

use std::collections::VecDeque;

use rooh_core::stt::{SttEvent, Transcript, TurnSignal};
use rooh_core::{Error, ErrorKind, Result};
use rooh_net::Client;
use serde_json::Value;

use crate::failure::{broke_off, kind_of};

/// The longest transcript of one item, in bytes: an hour of talk.
const LONGEST: usize = 64 * 1024;
/// How many items that are over are remembered, so that what comes late is not taken for a new one.
const REMEMBERED: usize = 16;
/// How many transcripts may be waited for.
const MOST: usize = 64;
/// The names that our own messages bear, so that an error tells which of them it is about.
pub(crate) const FIRST_UPDATE: &str = "rooh_session";
pub(crate) const LATER_UPDATE: &str = "rooh_hints";
const COMMIT: &str = "rooh_commit_";

/// A transcript that was asked for, or that the vendor has begun on its own.
#[derive(Debug, Default)]
struct Slot {
    /// The commit that has asked for it.
    commit: Option<u64>,
    /// None until the vendor has said which item it is.
    id: Option<String>,
    /// Nothing comes after it.
    is_last: bool,
    /// The pieces that have come.
    text: String,
    /// The whole, once it is there.
    whole: Option<Transcript>,
}

/// The items of a session.
#[derive(Debug, Default)]
pub(crate) struct Items {
    commits: u64,
    /// An item of which words have come before it was whole.
    current: Option<(String, String)>,
    /// The vendor judges turns.
    detects: bool,
    is_open: bool,
    out: VecDeque<SttEvent>,
    over: VecDeque<String>,
    slots: VecDeque<Slot>,
    /// Items that the vendor has ended on its own.
    stopped: VecDeque<String>,
}

impl Items {
    pub(crate) fn new(detects: bool) -> Self {
        Self { detects, ..Self::default() }
    }

    /// The next event.
    pub(crate) fn next(&mut self) -> Option<SttEvent> {
        self.out.pop_front()
    }

    /// Whether a transcript is waited for.
    pub(crate) fn waits(&self) -> bool {
        !self.slots.is_empty()
    }

    /// Whether the vendor has taken what was asked of the session.
    pub(crate) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Whether another transcript may be asked for.
    pub(crate) fn has_room(&self) -> bool {
        self.slots.len() < MOST
    }

    /// Asks for a transcript of what has come; the name of the commit to send.
    pub(crate) fn commit(&mut self, is_last: bool) -> String {
        self.commits += 1;
        self.slots.push_back(Slot { commit: Some(self.commits), is_last, ..Slot::default() });
        format!("{COMMIT}{}", self.commits)
    }

    /// Answers that nothing has come since the last transcript.
    pub(crate) fn nothing(&mut self) {
        self.slots.push_back(Slot { whole: Some(Transcript::default()), ..Slot::default() });
        self.settle();
    }

    /// Takes a message of the vendor; whether it brought something new.
    ///
    /// # Errors
    ///
    /// What ends the session.
    pub(crate) fn hear(&mut self, text: &str, client: &Client) -> Result<bool> {
        let event: Value = serde_json::from_str(text).map_err(|error| {
            Error::new(ErrorKind::Protocol, "the server sent what is no event")
                .with("column", error.column())
                .with("bytes", text.len())
        })?;
        let id = event["item_id"].as_str().unwrap_or_default();
        Ok(match event["type"].as_str().unwrap_or_default() {
            "session.updated" => !std::mem::replace(&mut self.is_open, true),
            "input_audio_buffer.speech_started" if self.detects => {
                self.out.push_back(SttEvent::Turn(TurnSignal::Start));
                true
            }
            "input_audio_buffer.speech_stopped" if self.detects => {
                remember(&mut self.stopped, id);
                true
            }
            "input_audio_buffer.committed" => self.committed(id),
            "conversation.item.input_audio_transcription.delta" => {
                self.add(id, event["delta"].as_str().unwrap_or_default())?
            }
            "conversation.item.input_audio_transcription.completed" => self.complete(id, transcript(&event)?),
            "conversation.item.input_audio_transcription.failed" => {
                let error = &event["error"];
                if error["code"] != "audio_unintelligible" {
                    let kind = kind_of(error).unwrap_or(ErrorKind::Network);
                    return Err(broke_off(kind, "the server could not transcribe", error, client));
                }
                self.complete(id, Transcript::default())
            }
            "error" => self.error(&event["error"], client)?,
            _ => false,
        })
    }

    /// An error, which need not be the end.
    fn error(&mut self, error: &Value, client: &Client) -> Result<bool> {
        let about = error["event_id"].as_str().unwrap_or_default();
        if let Some(kind) = kind_of(error) {
            return Err(broke_off(kind, "the server has ended the session", error, client));
        }
        if about == FIRST_UPDATE {
            return Err(broke_off(ErrorKind::Config, "the server does not take the options", error, client));
        }
        let number = about.strip_prefix(COMMIT).and_then(|number| number.parse().ok());
        let is_empty = error["code"] == "input_audio_buffer_commit_empty";
        let asked = self.slots.iter_mut().find(|slot| {
            let is_it = number.map_or(is_empty, |number: u64| slot.commit == Some(number));
            is_it && slot.commit.is_some() && slot.id.is_none() && slot.whole.is_none()
        });
        let Some(slot) = asked else { return Ok(false) };
        if !is_empty {
            return Err(broke_off(ErrorKind::Protocol, "the server does not take the audio", error, client));
        }
        slot.whole = Some(Transcript::default());
        self.settle();
        Ok(true)
    }

    /// The vendor has begun with an item.
    fn committed(&mut self, id: &str) -> bool {
        if id.is_empty() || self.slots.iter().any(|slot| slot.id.as_deref() == Some(id)) || self.is_over(id) {
            return false;
        }
        let text =
            self.current.take_if(|(current, _)| current == id).map(|(_, text)| text).unwrap_or_default();
        let is_own = self.stopped.iter().any(|stopped| stopped == id);
        let unnamed = self.slots.iter().position(|slot| slot.id.is_none() && slot.whole.is_none());
        match unnamed.filter(|_| !is_own) {
            Some(place) => (self.slots[place].id, self.slots[place].text) = (Some(id.to_owned()), text),
            // The vendor did it before it read what we have asked for.
            None => {
                let place = unnamed.unwrap_or(self.slots.len());
                self.slots.insert(place, Slot { id: Some(id.to_owned()), text, ..Slot::default() });
            }
        }
        true
    }

    /// More words of an item.
    fn add(&mut self, id: &str, delta: &str) -> Result<bool> {
        if id.is_empty() || delta.is_empty() || self.is_over(id) {
            return Ok(false);
        }
        let slot = self.slots.iter_mut().find(|slot| slot.id.as_deref() == Some(id));
        let text = match (slot, &mut self.current) {
            (Some(slot), _) => &mut slot.text,
            (None, Some((current, text))) if current == id => text,
            (None, current) => &mut current.insert((id.to_owned(), String::new())).1,
        };
        text.push_str(delta);
        if text.len() > LONGEST {
            return Err(Error::new(ErrorKind::Protocol, "the server sent a transcript without an end"));
        }
        // Parts of other items that are not final yet come before it.
        let current = self.current.iter().map(|(_, text)| text.as_str());
        let parts = self.slots.iter().map(|slot| match &slot.whole {
            Some(whole) => whole.text.as_str(),
            None => slot.text.as_str(),
        });
        let parts: Vec<&str> = parts.chain(current).map(str::trim).filter(|part| !part.is_empty()).collect();
        if !parts.is_empty() {
            self.out.push_back(SttEvent::Partial(Transcript::text(parts.join(" "))));
        }
        Ok(true)
    }

    /// The whole of an item.
    fn complete(&mut self, id: &str, whole: Transcript) -> bool {
        let slot = self.slots.iter_mut().find(|slot| slot.id.as_deref() == Some(id) && slot.whole.is_none());
        let Some(slot) = slot else { return false };
        slot.whole = Some(whole);
        self.settle();
        true
    }

    /// Says what is whole, as far as nothing before it is missing.
    fn settle(&mut self) {
        while let Some(slot) = self.slots.pop_front_if(|slot| slot.whole.is_some()) {
            let whole = slot.whole.unwrap_or_default();
            if !slot.is_last || !whole.text.is_empty() {
                self.out.push_back(SttEvent::Final(whole));
            }
            let Some(id) = slot.id else { continue };
            if let Some(place) = self.stopped.iter().position(|stopped| *stopped == id) {
                self.stopped.remove(place);
                self.out.push_back(SttEvent::Turn(TurnSignal::End { confidence: 1.0 }));
            }
            remember(&mut self.over, &id);
        }
    }

    fn is_over(&self, id: &str) -> bool {
        self.over.iter().any(|over| over == id)
    }
}

fn remember(ids: &mut VecDeque<String>, id: &str) {
    if ids.len() == REMEMBERED {
        ids.pop_front();
    }
    ids.push_back(id.to_owned());
}

/// The transcript of an answer or an event, of which `text` or `transcript` is the text.
///
/// # Errors
///
/// [`ErrorKind::Protocol`] if it has neither.
pub(crate) fn transcript(answer: &Value) -> Result<Transcript> {
    let text = answer["transcript"].as_str().or_else(|| answer["text"].as_str());
    let text =
        text.ok_or_else(|| Error::new(ErrorKind::Protocol, "the server sent a transcript without a text"))?;
    let language = answer["languages"][0]["code"].as_str().map(str::to_owned);
    let logprobs = answer["logprobs"].as_array().map(Vec::as_slice).unwrap_or_default();
    let logprobs: Vec<f64> = logprobs.iter().filter_map(|token| token["logprob"].as_f64()).collect();
    // The geometric mean of what each token is worth.
    let mean = logprobs.iter().sum::<f64>() / logprobs.len().max(1) as f64;
    let confidence = (!logprobs.is_empty()).then(|| mean.exp().clamp(0.0, 1.0) as f32);
    Ok(Transcript { confidence, language, ..Transcript::text(text.trim()) })
}

#[cfg(test)]
mod tests {
    use rooh_net::{BaseUrl, Cleartext};
    use serde_json::json;

    use super::*;

    fn client() -> Client {
        Client::new("the server", BaseUrl::parse("http://127.0.0.1", Cleartext::Loopback).unwrap())
    }

    fn say(items: &mut Items, kind: &str, id: &str, more: Value) -> Result<bool> {
        let mut event = json!({ "type": kind, "event_id": "e", "item_id": id });
        for (name, value) in more.as_object().into_iter().flatten() {
            event[name] = value.clone();
        }
        items.hear(&event.to_string(), &client())
    }

    fn committed(items: &mut Items, id: &str) -> bool {
        say(items, "input_audio_buffer.committed", id, Value::Null).unwrap()
    }

    fn delta(items: &mut Items, id: &str, text: &str) -> bool {
        let kind = "conversation.item.input_audio_transcription.delta";
        say(items, kind, id, json!({ "delta": text })).unwrap()
    }

    fn completed(items: &mut Items, id: &str, text: &str) -> bool {
        let kind = "conversation.item.input_audio_transcription.completed";
        say(items, kind, id, json!({ "transcript": text })).unwrap()
    }

    fn speech(items: &mut Items, what: &str, id: &str) {
        say(items, &format!("input_audio_buffer.speech_{what}"), id, Value::Null).unwrap();
    }

    fn refused(items: &mut Items, error: Value) -> Result<bool> {
        say(items, "error", "", json!({ "error": error }))
    }

    fn empty(items: &mut Items, commit: Option<&str>) {
        let error = json!({ "code": "input_audio_buffer_commit_empty", "message": "m", "event_id": commit });
        assert!(refused(items, error).unwrap());
    }

    #[track_caller]
    fn check(items: &mut Items, expected: &[&str]) {
        let said = std::iter::from_fn(|| items.next()).map(|event| match event {
            SttEvent::Final(whole) => format!("final {}", whole.text),
            SttEvent::Partial(part) => format!("partial {}", part.text),
            SttEvent::Turn(TurnSignal::Start) => "start".to_owned(),
            SttEvent::Turn(TurnSignal::End { .. }) => "end".to_owned(),
            other => format!("{other:?}"),
        });
        assert_eq!(said.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn deltas_are_added_up_and_a_final_replaces_them() {
        let mut items = Items::new(false);
        items.commit(false);
        assert!(committed(&mut items, "a"));
        assert!(!committed(&mut items, "a"), "it is no other item");
        for text in ["Hel", "lo", "", " there"] {
            delta(&mut items, "a", text);
        }
        completed(&mut items, "a", " Hello there. ");
        check(&mut items, &["partial Hel", "partial Hello", "partial Hello there", "final Hello there."]);
        assert!(!items.waits());
        // What comes late belongs to nothing.
        assert!(
            !delta(&mut items, "a", "x") && !completed(&mut items, "a", "x") && !committed(&mut items, "a")
        );
        check(&mut items, &[]);
    }

    #[test]
    fn words_that_come_before_the_commit_belong_to_it() {
        let mut items = Items::new(false);
        delta(&mut items, "a", "One");
        items.commit(false);
        delta(&mut items, "a", " two");
        committed(&mut items, "a");
        delta(&mut items, "b", "Three");
        delta(&mut items, "a", " more");
        completed(&mut items, "a", "One two more");
        check(
            &mut items,
            &[
                "partial One",
                "partial One two",
                "partial One two Three",
                "partial One two more Three",
                "final One two more",
            ],
        );
        delta(&mut items, "b", " four");
        check(&mut items, &["partial Three four"]);
    }

    #[test]
    fn items_that_are_done_out_of_order_are_put_in_order() {
        let mut items = Items::new(false);
        items.commit(false);
        items.commit(false);
        items.nothing();
        committed(&mut items, "a");
        committed(&mut items, "b");
        completed(&mut items, "b", "Second.");
        check(&mut items, &[]);
        completed(&mut items, "a", "First.");
        check(&mut items, &["final First.", "final Second.", "final "]);
    }

    #[test]
    fn a_commit_without_audio_is_answered_by_an_empty_final_in_its_place() {
        let mut items = Items::new(false);
        let first = items.commit(false);
        let second = items.commit(false);
        empty(&mut items, Some(&second));
        check(&mut items, &[]);
        empty(&mut items, Some(&first));
        check(&mut items, &["final ", "final "]);
        // An error that does not say what it is about is about what was asked first.
        items.commit(false);
        empty(&mut items, None);
        check(&mut items, &["final "]);
        // The last one is not asked for, if there is nothing in it.
        items.commit(true);
        empty(&mut items, None);
        check(&mut items, &[]);
        assert!(!items.waits());
    }

    #[test]
    fn turns_that_the_vendor_ends_are_finals_of_their_own() {
        let mut items = Items::new(true);
        speech(&mut items, "started", "a");
        // Asked for before the vendor's own end was known here, and too late there.
        let commit = items.commit(false);
        speech(&mut items, "stopped", "a");
        committed(&mut items, "a");
        empty(&mut items, Some(&commit));
        completed(&mut items, "a", "First.");
        check(&mut items, &["start", "final First.", "end", "final "]);
        // What the agent ends before the vendor does is the answer.
        speech(&mut items, "started", "b");
        items.commit(false);
        committed(&mut items, "b");
        completed(&mut items, "b", "Second.");
        check(&mut items, &["start", "final Second."]);
    }

    #[test]
    fn some_errors_end_the_session_and_others_do_not() {
        let kind = |error: Value| refused(&mut Items::new(false), error).err().map(|error| error.kind());
        let code =
            |code: &str| kind(json!({ "code": code, "type": "invalid_request_error", "message": "m" }));
        assert_eq!(code("session_expired"), Some(ErrorKind::Network));
        assert_eq!(code("invalid_api_key"), Some(ErrorKind::Auth));
        assert_eq!(code("insufficient_quota"), Some(ErrorKind::Auth));
        assert_eq!(code("rate_limit_exceeded"), Some(ErrorKind::RateLimited));
        assert_eq!(code("model_not_found"), Some(ErrorKind::NotFound));
        assert_eq!(kind(json!({ "type": "server_error", "code": null })), Some(ErrorKind::Network));
        assert_eq!(
            kind(json!({ "code": "invalid_value", "event_id": FIRST_UPDATE })),
            Some(ErrorKind::Config)
        );
        assert_eq!(kind(json!({ "code": "invalid_value", "event_id": LATER_UPDATE })), None);
        assert_eq!(code("something_else"), None);
        for unknown in [json!({ "type": "rate_limits.updated", "rate_limits": 7 }), json!({}), json!([1])] {
            assert!(!Items::new(false).hear(&unknown.to_string(), &client()).unwrap());
        }
        for (text, at) in [("{\"type\":}", 9), ("hidden", 1)] {
            let error = Items::new(false).hear(text, &client()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Protocol, "{text} {at}");
            assert!(!error.to_string().contains("hidden"));
        }
    }

    #[test]
    fn an_item_that_cannot_be_transcribed_is_an_error_and_one_that_nobody_understands_is_not() {
        let failed = |code: &str| {
            let mut items = Items::new(false);
            items.commit(false);
            committed(&mut items, "a");
            let kind = "conversation.item.input_audio_transcription.failed";
            let said = say(&mut items, kind, "a", json!({ "error": { "code": code, "message": "m" } }));
            (said.err().map(|error| error.kind()), items.next())
        };
        assert!(matches!(failed("audio_unintelligible"), (None, Some(SttEvent::Final(_)))));
        assert!(matches!(failed("x"), (Some(ErrorKind::Network), None)));
        assert!(matches!(failed("rate_limit_exceeded"), (Some(ErrorKind::RateLimited), None)));
    }

    #[test]
    fn a_transcript_without_an_end_is_given_up() {
        let mut items = Items::new(false);
        let kind = "conversation.item.input_audio_transcription.delta";
        let said = (0..100).find_map(|_| {
            items.out.clear();
            say(&mut items, kind, "a", json!({ "delta": "x".repeat(1_000) })).err()
        });
        assert_eq!(said.map(|error| error.kind()), Some(ErrorKind::Protocol));
    }

    #[test]
    fn how_sure_it_is_is_the_mean_of_its_tokens() {
        let answer = json!({
            "text": " Good bread. ", "languages": [{ "code": "en" }],
            "logprobs": [{ "logprob": 0.25_f64.ln() }, { "logprob": 0.0 }, { "token": "x" }],
        });
        let read = transcript(&answer).unwrap();
        assert_eq!((read.text.as_str(), read.language.as_deref()), ("Good bread.", Some("en")));
        assert!((read.confidence.unwrap() - 0.5).abs() < 1e-6);
        assert_eq!(transcript(&json!({ "text": "" })).unwrap(), Transcript::default());
        assert_eq!(transcript(&json!({ "message": "hi" })).unwrap_err().kind(), ErrorKind::Protocol);
    }
}

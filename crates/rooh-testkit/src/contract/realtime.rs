//! The contract of speech-to-speech models, sentence by sentence.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use rooh_audio::{AudioFrame, SessionTime};
use rooh_core::ErrorKind;
use rooh_core::realtime::{RealtimeEvent, RealtimeInput, RealtimeProvider, RealtimeRequest, RealtimeShape};
use rooh_core::stream::{Feed, inlet};
use rooh_core::tool::ToolSpec;
use tokio::time::timeout;

use super::reading::{Behind, Reader, assert_fails, assert_loads};
use super::subject::{into_subject, terms};
use super::{Terms, skipped, suite};
use crate::noise::Noise;

suite! { $
    /// Makes a test of each sentence of the contract of speech-to-speech models; see
    /// [`contract`](crate::contract).
    realtime_contract, realtime, RealtimeSubject:
    nothing_is_connected_before_the_first_poll,
    frames_are_yielded_in_the_promised_format,
    audio_and_text_carry_the_number_of_their_reply_and_numbers_only_rise,
    nothing_is_answered_that_was_not_asked,
    a_start_of_a_turn_cuts_no_reply_off,
    after_an_interruption_nothing_of_that_reply_is_yielded,
    a_tool_call_is_yielded_once_and_whole,
    an_inlet_that_ends_ends_the_stream,
    two_conversations_do_not_mix,
    dropping_the_stream_hangs_up,
    loading_twice_or_never_is_harmless,
    an_error_is_the_last_event_and_of_the_right_kind,
}

/// A speech-to-speech model, and what the suite may know about it.
#[derive(Clone, Debug)]
pub struct RealtimeSubject {
    provider: Arc<dyn RealtimeProvider>,
    turn: Vec<RealtimeInput>,
    calling: Option<(Vec<RealtimeInput>, ToolSpec)>,
    failing: Vec<(ErrorKind, Arc<dyn RealtimeProvider>)>,
    terms: Terms,
}

terms!(RealtimeSubject);
into_subject!(RealtimeSubject, RealtimeProvider);

impl RealtimeSubject {
    /// Runs the suite over `provider`.
    pub fn new(provider: impl RealtimeProvider) -> Self {
        Self::shared(Arc::new(provider))
    }

    /// Runs the suite over a provider that is shared already.
    pub fn shared(provider: Arc<dyn RealtimeProvider>) -> Self {
        let format = provider.capabilities().input;
        let mut noise = Noise::new(17);
        let sound: Vec<i16> =
            (0..format.samples_in(Duration::from_secs(1))).map(|_| noise.sample(6_000)).collect();
        let sound = AudioFrame::new(sound, format, SessionTime::ZERO);
        let mut turn = vec![RealtimeInput::StartTurn];
        turn.extend(
            crate::speech::frames(&sound, Duration::from_millis(20)).into_iter().map(RealtimeInput::Audio),
        );
        turn.push(RealtimeInput::EndTurn);
        Self { provider, turn, calling: None, failing: Vec::new(), terms: Terms::default() }
    }

    /// Makes a turn of the user of these inputs; a second of noise if it is not set.
    #[must_use]
    pub fn turn(mut self, turn: Vec<RealtimeInput>) -> Self {
        self.turn = turn;
        self
    }

    /// Says what to put in so that the model calls `tool`; without it, calls are not looked at.
    #[must_use]
    pub fn calling(mut self, turn: Vec<RealtimeInput>, tool: ToolSpec) -> Self {
        self.calling = Some((turn, tool));
        self
    }

    /// Adds a provider that has to fail with this kind of error, for example one with a wrong key.
    #[must_use]
    pub fn failing(mut self, kind: ErrorKind, provider: impl RealtimeProvider) -> Self {
        self.failing.push((kind, Arc::new(provider)));
        self
    }

    fn leaves_turns_to_the_floor(&self) -> bool {
        match self.provider.capabilities().shape {
            RealtimeShape::TurnBased(shape) => shape.can_disable_turn_detection,
            _ => false,
        }
    }

    fn request(&self) -> RealtimeRequest {
        RealtimeRequest {
            floor_judges_turns: true,
            tools: self.calling.iter().map(|(_, tool)| tool.clone()).collect(),
            ..RealtimeRequest::default()
        }
    }

    fn start(&self) -> (Feed<RealtimeInput>, Reader<RealtimeEvent>) {
        let (feed, inlet) = inlet(4_096);
        let events = self.provider.converse(self.request(), inlet);
        (feed, Reader::new(events, &self.terms))
    }

    /// One turn of the user, and all that is answered.
    async fn answer(
        &self,
        feed: &Feed<RealtimeInput>,
        reader: &mut Reader<RealtimeEvent>,
    ) -> Vec<RealtimeEvent> {
        put(feed, &self.turn);
        let events = reader.until_quiet().await;
        assert!(!audio_of(&events).is_empty(), "a turn of the user was not answered by any audio");
        events
    }
}

fn put(feed: &Feed<RealtimeInput>, inputs: &[RealtimeInput]) {
    for input in inputs {
        assert!(
            feed.try_send(input.clone()).is_ok(),
            "the stream let go of its inlet before the inlet ended"
        );
    }
}

/// The reply that an event belongs to.
fn reply_of(event: &RealtimeEvent) -> Option<u64> {
    match event {
        RealtimeEvent::Audio { reply, .. } | RealtimeEvent::Text { reply, .. } => Some(*reply),
        _ => None,
    }
}

fn audio_of(events: &[RealtimeEvent]) -> Vec<i16> {
    let frames = events.iter().filter_map(|event| match event {
        RealtimeEvent::Audio { frame, .. } => Some(frame.samples()),
        _ => None,
    });
    frames.flatten().copied().collect()
}

/// Nothing is connected before the stream is first polled.
pub async fn nothing_is_connected_before_the_first_poll(subject: RealtimeSubject) {
    let behind = Behind::look(&subject.terms);
    let (feed, inlet) = inlet(4_096);
    let request = RealtimeRequest { trace: behind.trace(), ..subject.request() };
    let events = subject.provider.converse(request, inlet);
    put(&feed, &subject.turn);
    behind.assert_untouched().await;
    assert_eq!(feed.len(), subject.turn.len(), "the inlet was read before the stream was polled");
    drop(events);
}

/// Frames are yielded in the promised format.
pub async fn frames_are_yielded_in_the_promised_format(subject: RealtimeSubject) {
    let (feed, mut reader) = subject.start();
    let promised = subject.provider.capabilities().output;
    for event in subject.answer(&feed, &mut reader).await {
        if let RealtimeEvent::Audio { frame, .. } = event {
            assert_eq!(frame.format(), promised, "a frame is not in the format of the capabilities");
        }
    }
}

/// Audio and text of a reply carry the number of that reply; numbers only rise.
pub async fn audio_and_text_carry_the_number_of_their_reply_and_numbers_only_rise(subject: RealtimeSubject) {
    let (feed, mut reader) = subject.start();
    let (mut last, mut open) = (None, None);
    for _ in 0..2 {
        for event in subject.answer(&feed, &mut reader).await {
            match event {
                RealtimeEvent::ReplyStarted { reply } => {
                    assert!(last.is_none_or(|last| reply > last), "reply {reply} came after {last:?}");
                    (last, open) = (Some(reply), Some(reply));
                }
                RealtimeEvent::ReplyFinished { reply } => {
                    assert_eq!(open, Some(reply), "a reply finished that is not going on");
                    open = None;
                }
                event => {
                    if let Some(reply) = reply_of(&event) {
                        assert_eq!(open, Some(reply), "something came of a reply that is not going on");
                    }
                }
            }
        }
    }
}

/// Where the floor judges turns, nothing is answered that was not asked, and what was is once.
pub async fn nothing_is_answered_that_was_not_asked(subject: RealtimeSubject) {
    if !subject.leaves_turns_to_the_floor() {
        return;
    }
    let (feed, mut reader) = subject.start();
    let begun = |events: &[RealtimeEvent]| {
        events.iter().filter(|event| matches!(event, RealtimeEvent::ReplyStarted { .. })).count()
    };
    let mut dropped = subject.turn.clone();
    dropped.retain(|input| !matches!(input, RealtimeInput::EndTurn));
    dropped.push(RealtimeInput::DropTurn);
    put(&feed, &dropped);
    let events = reader.until_quiet().await;
    assert_eq!(begun(&events), 0, "a turn was answered that was dropped");
    let events = subject.answer(&feed, &mut reader).await;
    assert_eq!(begun(&events), 1, "one turn is answered by one reply");
}

/// `StartTurn` cuts no reply off.
pub async fn a_start_of_a_turn_cuts_no_reply_off(subject: RealtimeSubject) {
    if !subject.leaves_turns_to_the_floor() {
        return;
    }
    let (feed, mut reader) = subject.start();
    let whole = audio_of(&subject.answer(&feed, &mut reader).await).len();
    let (feed, mut reader) = subject.start();
    put(&feed, &subject.turn);
    let mut heard = loop {
        match reader.next("audio of a reply").await {
            Some(RealtimeEvent::Audio { frame, .. }) => break frame.samples().len(),
            Some(_) => {}
            None => panic!("the stream ended before it replied"),
        }
    };
    put(&feed, &[RealtimeInput::StartTurn]);
    heard += audio_of(&reader.until_quiet().await).len();
    // Two replies to the same need not be the same, but half of one is a reply that was cut off.
    assert!(heard * 2 > whole, "a reply was cut off by nothing but the start of a turn");
}

/// After `Interrupt` nothing of that reply is yielded any more, if the model can be cut off.
pub async fn after_an_interruption_nothing_of_that_reply_is_yielded(subject: RealtimeSubject) {
    match subject.provider.capabilities().shape {
        RealtimeShape::TurnBased(shape) if shape.can_cancel => {}
        _ => return,
    }
    let (feed, mut reader) = subject.start();
    put(&feed, &subject.turn);
    let reply = loop {
        match reader.next("audio of a reply").await {
            Some(RealtimeEvent::Audio { reply, .. }) => break reply,
            Some(_) => {}
            None => panic!("the stream ended before it replied"),
        }
    };
    put(&feed, &[RealtimeInput::Interrupt { reply, heard: Duration::from_millis(20) }]);
    let mut late = 0;
    loop {
        // Once the interruption was read, whatever comes is said in the knowledge of it.
        let known = feed.is_empty();
        let event = match timeout(subject.terms.settle, reader.next("anything")).await {
            Ok(Some(event)) => event,
            Ok(None) => panic!("an interruption ended the stream"),
            Err(_) => break,
        };
        if reply_of(&event) == Some(reply) {
            assert!(!known, "{event:?} came of a reply that was interrupted");
            late += 1;
            assert!(late < 50, "50 events came of an interrupted reply, and the interruption is not read");
        }
    }
    let next = subject.answer(&feed, &mut reader).await;
    let numbers: BTreeSet<u64> = next.iter().filter_map(reply_of).collect();
    assert!(!numbers.contains(&reply), "the interrupted reply went on in the next turn");
}

/// A tool call is yielded once and whole.
pub async fn a_tool_call_is_yielded_once_and_whole(subject: RealtimeSubject) {
    let Some((turn, tool)) = &subject.calling else {
        skipped(
            "a_tool_call_is_yielded_once_and_whole",
            "the subject calls no tool; see RealtimeSubject::calling",
        );
        return;
    };
    let (feed, mut reader) = subject.start();
    put(&feed, turn);
    let mut ids = BTreeSet::new();
    for event in reader.until_quiet().await {
        let RealtimeEvent::ToolCall(call) = event else { continue };
        assert_eq!(call.name, tool.name, "a tool was called that was not offered");
        assert!(call.arguments.is_object(), "the arguments are no JSON object: {}", call.arguments);
        assert!(!call.id.is_empty(), "a call without an id");
        assert!(ids.insert(call.id.clone()), "the call {:?} came twice", call.id);
    }
    assert!(!ids.is_empty(), "the tool was not called");
    for id in ids {
        put(&feed, &[RealtimeInput::ToolResult { id, output: serde_json::json!({ "ok": true }) }]);
    }
    for event in reader.until_quiet().await {
        assert!(!matches!(event, RealtimeEvent::ToolCall(_)), "an answered call came again: {event:?}");
    }
}

/// An inlet that ends, ends the stream.
pub async fn an_inlet_that_ends_ends_the_stream(subject: RealtimeSubject) {
    let (feed, mut reader) = subject.start();
    drop(feed);
    reader.rest(Duration::ZERO).await;
    let (feed, mut reader) = subject.start();
    subject.answer(&feed, &mut reader).await;
    drop(feed);
    reader.rest(Duration::ZERO).await;
}

/// Two conversations at once do not mix.
pub async fn two_conversations_do_not_mix(subject: RealtimeSubject) {
    let (first, mut first_reader) = subject.start();
    let (_second, mut second_reader) = subject.start();
    put(&first, &subject.turn);
    let (events, other) = futures::join!(first_reader.until_quiet(), second_reader.until_quiet());
    assert!(!audio_of(&events).is_empty(), "the first conversation was not answered");
    assert!(audio_of(&other).is_empty(), "the second conversation got a reply to the first");
}

/// Dropping the stream hangs up.
pub async fn dropping_the_stream_hangs_up(subject: RealtimeSubject) {
    let behind = Behind::look(&subject.terms);
    for taken in [0, 1, 4] {
        let (feed, mut reader) = subject.start();
        put(&feed, &subject.turn);
        for _ in 0..taken {
            reader.next("what is answered to a turn").await;
        }
        // Polled once more, so that the stream is dropped in the middle of its work.
        let _ = timeout(Duration::from_millis(1), reader.next("more")).await;
        drop(reader);
        behind.assert_closed().await;
        assert!(feed.is_closed(), "the inlet is still held after the stream was dropped");
    }
    let (feed, mut reader) = subject.start();
    subject.answer(&feed, &mut reader).await;
}

/// Calling `load` again is harmless, and so is never calling it.
pub async fn loading_twice_or_never_is_harmless(subject: RealtimeSubject) {
    for _ in 0..2 {
        assert_loads(&subject.terms, subject.provider.load()).await;
    }
    for _ in 0..2 {
        let (feed, mut reader) = subject.start();
        subject.answer(&feed, &mut reader).await;
        subject.provider.unload();
        subject.provider.unload();
    }
}

/// An error is the last event, and of the kind that tells the caller what to do.
pub async fn an_error_is_the_last_event_and_of_the_right_kind(subject: RealtimeSubject) {
    for (kind, provider) in &subject.failing {
        let (feed, inlet) = inlet(4_096);
        put(&feed, &subject.turn);
        assert_fails(&subject.terms, provider.converse(subject.request(), inlet), *kind).await;
    }
}

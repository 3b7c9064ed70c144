//! What Flux says.

use std::time::Duration;

use rooh_core::Result;
use rooh_core::stt::TurnSignal;

use super::Session;
use crate::ledger::{End, Piece};
use crate::wire::{self, Alternative, TurnInfo};

/// Silence after which Flux has told of all before it: it reports each quarter of a second.
const PROBE: Duration = Duration::from_millis(300);

/// Which turn it is, and what was asked about it.
#[derive(Debug, Default)]
pub(super) struct Turns {
    /// The turn that Flux was told to end.
    forced: Option<u64>,
    index: u64,
    /// The number of the last message.
    sequence: Option<u64>,
}

impl Session {
    pub(super) async fn turn_info(&mut self, info: TurnInfo) -> Result<()> {
        if info.sequence_id.is_some() && info.sequence_id <= self.flux.sequence {
            // Twice, or overtaken: what came later says more.
            return Ok(());
        }
        self.flux.sequence = info.sequence_id.or(self.flux.sequence);
        if self.request_id.is_empty() {
            self.request_id = info.request_id;
        }
        if self.turn_is_open && info.turn_index > self.flux.index {
            self.abandoned();
        }
        let confidence = info.end_of_turn_confidence.clamp(0.0, 1.0);
        let heard = Alternative {
            languages: info.languages,
            transcript: info.transcript,
            words: info.words,
            ..Alternative::default()
        };
        let piece = Piece::new(info.audio_window_start, info.audio_window_end, heard);
        let Self { ledger, timeline, .. } = self;
        let place = |moment| timeline.place(moment);
        if info.event == "EndOfTurn" {
            let is_asked = info.trigger.as_deref() == Some("manual");
            ledger.freeze(piece, if is_asked { End::Asked } else { End::Own }, place);
            self.turn_is_open = false;
            self.flux.index = info.turn_index + 1;
            if !is_asked {
                ledger.signal(TurnSignal::End { confidence });
            }
            return if ledger.owes() { self.pad(PROBE).await } else { Ok(()) };
        }
        if !self.turn_is_open {
            if info.event != "StartOfTurn" && piece.text.is_empty() {
                ledger.silent(piece.end, place);
                return Ok(());
            }
            self.turn_is_open = true;
            self.flux.index = info.turn_index;
            ledger.signal(TurnSignal::Start);
        }
        ledger.interim(piece, place);
        match info.event.as_str() {
            "EagerEndOfTurn" => ledger.signal(TurnSignal::EagerEnd { confidence }),
            "TurnResumed" => ledger.signal(TurnSignal::Resume),
            "Update" => ledger.signal(TurnSignal::Update { confidence }),
            _ => {}
        }
        let is_heard = |until| ledger.heard() >= until;
        if ledger.owed_until().is_some_and(is_heard) { self.force().await } else { Ok(()) }
    }

    /// Has Flux end the turn that is going on. Without one it would not answer, but may have a word
    /// on its way: then it is made to tell.
    pub(super) async fn force_or_probe(&mut self) -> Result<()> {
        if self.turn_is_open { self.force().await } else { self.pad(PROBE).await }
    }

    async fn force(&mut self) -> Result<()> {
        if self.flux.forced == Some(self.flux.index) {
            return Ok(());
        }
        self.flux.forced = Some(self.flux.index);
        self.say(wire::force_end_turn()).await
    }

    /// Another turn has begun, and nothing was said of the end of this one.
    fn abandoned(&mut self) {
        let Self { ledger, timeline, .. } = self;
        ledger.keep_interim(|moment| timeline.place(moment));
        ledger.signal(TurnSignal::End { confidence: 1.0 });
        self.turn_is_open = false;
    }
}

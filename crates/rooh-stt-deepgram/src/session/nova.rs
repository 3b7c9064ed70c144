//! What Nova says.

use rooh_core::stt::TurnSignal;

use super::Session;
use crate::ledger::{End, Piece};
use crate::wire::{Results, moment};

impl Session {
    pub(super) fn results(&mut self, mut results: Results) {
        if self.request_id.is_empty() {
            self.request_id = std::mem::take(&mut results.metadata.request_id);
        }
        let heard = results.channel.alternatives.into_iter().next().unwrap_or_default();
        let piece = Piece::new(results.start, results.start + results.duration, heard);
        let Self { ledger, timeline, .. } = self;
        let place = |moment| timeline.place(moment);
        if !results.is_final {
            ledger.interim(piece, place);
            return;
        }
        let end = match (results.from_finalize, results.speech_final) {
            (true, _) => End::Asked,
            (_, true) => End::Own,
            _ => End::None,
        };
        if ledger.freeze(piece, end, place) {
            self.turn_ended();
        }
    }

    pub(super) fn utterance_end(&mut self, last_word_end: f64) {
        let Self { ledger, timeline, .. } = self;
        if ledger.utterance_ended(moment(last_word_end), |moment| timeline.place(moment)) {
            self.turn_ended();
        }
    }

    pub(super) fn turn_started(&mut self) {
        if self.options.turns && !self.turn_is_open {
            self.turn_is_open = true;
            self.ledger.signal(TurnSignal::Start);
        }
    }

    /// A final came of its own.
    fn turn_ended(&mut self) {
        if self.options.turns {
            self.turn_is_open = false;
            self.ledger.signal(TurnSignal::End { confidence: 1.0 });
        }
    }
}

//! From how likely speech is, window by window, to when somebody began and stopped speaking.

use core::time::Duration;

use crate::Moment;

/// When somebody is taken to speak.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GateConfig {
    /// Speech begins when it is at least this likely, from 0 to 1.
    pub threshold: f32,
    /// And stops when it is less likely than the threshold by this much.
    ///
    /// Between the two nothing changes, so that a voice that fades does not flicker.
    pub hysteresis: f32,
    /// How long it has to be likely before somebody is taken to speak.
    ///
    /// Two windows of 32 ms: a click has one, the shortest "yes" has six.
    pub min_speech: Duration,
    /// How long it has to be unlikely before somebody is taken to have stopped.
    ///
    /// Stops within words (the closure of a plosive) last up to about 150 ms.
    pub hang_over: Duration,
}

impl Default for GateConfig {
    fn default() -> Self {
        Self {
            threshold: 0.7,
            hysteresis: 0.15,
            min_speech: Duration::from_millis(60),
            hang_over: Duration::from_millis(200),
        }
    }
}

/// Somebody began or stopped.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Edge {
    /// Somebody speaks, since this moment.
    Started(Moment),
    /// Nobody speaks, since this moment.
    Stopped(Moment),
}

/// Decides from the likelihood of speech when somebody begins and stops.
#[derive(Clone, Debug)]
pub struct SpeechGate {
    config: GateConfig,
    speaking: bool,
    /// Since when the windows speak against the present state.
    doubt: Option<Moment>,
    /// The end of the last window.
    end: Moment,
}

impl SpeechGate {
    /// A gate that is shut.
    pub fn new(config: GateConfig) -> Self {
        Self { config, speaking: false, doubt: None, end: Moment::ZERO }
    }

    /// Changes the threshold from the next window on.
    pub fn set_threshold(&mut self, threshold: f32) {
        self.config.threshold = threshold.clamp(0.0, 1.0);
    }

    /// Takes the next window, from `start` to `end`, which holds speech with this probability.
    pub fn handle(&mut self, start: Moment, end: Moment, probability: f32) -> Option<Edge> {
        self.end = end;
        let GateConfig { threshold, hysteresis, min_speech, hang_over } = self.config;
        let against = if self.speaking {
            // A threshold of zero would never be undercut.
            probability < (threshold - hysteresis).max(0.01)
        } else {
            probability >= threshold
        };
        if !against {
            self.doubt = None;
            return None;
        }
        let since = *self.doubt.get_or_insert(start);
        let needed = if self.speaking { hang_over } else { min_speech };
        if end.saturating_sub(since) < needed {
            return None;
        }
        self.speaking = !self.speaking;
        self.doubt = None;
        Some(if self.speaking { Edge::Started(since) } else { Edge::Stopped(since) })
    }

    /// Until when somebody who is taken to speak has been heard at least.
    pub fn voice_until(&self) -> Option<Moment> {
        self.speaking.then(|| self.doubt.unwrap_or(self.end))
    }

    /// Whether somebody is taken to speak.
    pub fn is_speaking(&self) -> bool {
        self.speaking
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: u64 = 32;

    /// Plays probabilities window by window and returns the edges in milliseconds.
    fn edges(probabilities: &[f32]) -> [Option<Edge>; 8] {
        let mut gate = SpeechGate::new(GateConfig::default());
        let mut edges = [None; 8];
        let mut count = 0;
        for (index, probability) in probabilities.iter().enumerate() {
            let start = Duration::from_millis(index as u64 * WINDOW);
            let end = start + Duration::from_millis(WINDOW);
            if let Some(edge) = gate.handle(start, end, *probability) {
                edges[count] = Some(edge);
                count += 1;
            }
        }
        edges
    }

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_click_is_not_speech() {
        assert_eq!(edges(&[0.0, 0.99, 0.0, 0.0, 0.99, 0.0]), [None; 8]);
    }

    #[test]
    fn speech_begins_and_stops_where_it_did_and_not_where_it_was_noticed() {
        let mut windows = [0.0; 20];
        windows[2..8].fill(0.9);
        let edges = edges(&windows);
        assert_eq!(edges[0], Some(Edge::Started(ms(2 * WINDOW))));
        assert_eq!(edges[1], Some(Edge::Stopped(ms(8 * WINDOW))));
        assert_eq!(edges[2], None);
    }

    #[test]
    fn a_short_dip_within_a_word_is_not_a_stop() {
        let mut windows = [0.9; 20];
        windows[6..10].fill(0.1);
        let edges = edges(&windows);
        assert_eq!(edges[0], Some(Edge::Started(ms(0))));
        assert_eq!(edges[1], None);
    }

    #[test]
    fn a_fading_voice_does_not_flicker() {
        let mut windows = [0.6; 20];
        windows[..4].fill(0.9);
        assert_eq!(edges(&windows)[1], None);
    }
}

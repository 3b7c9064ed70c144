//! The JSON form of what a floor goes by, is told and decides: exact, so that it can be replayed.
//!
//! The definitions name every field and variant of `rooh-floor`, so one that is added there does not
//! compile before it has a form here. What a later version adds is refused and not passed over: a
//! replay that leaves something out would come to other decisions.

use std::time::Duration;

use rooh_floor::{
    BargeIn, Endpointing, FloorConfig, Interruption, Moment, Overlap, Patience, RecognizerTurn, Words,
};
use serde::{Deserialize, Serialize};

#[derive(Deserialize, Serialize)]
#[serde(remote = "FloorConfig", deny_unknown_fields)]
struct ConfigForm {
    #[serde(with = "PatienceForm")]
    patience: Patience,
    #[serde(with = "EndpointingForm")]
    endpointing: Endpointing,
    audio_checks: u8,
    semantic: bool,
    #[serde(rename = "words_delay_ns", with = "nanos")]
    words_delay: Duration,
    partials: bool,
    eager: bool,
    #[serde(with = "InterruptionForm")]
    speaking: Interruption,
    #[serde(with = "InterruptionForm")]
    thinking: Interruption,
    #[serde(rename = "take_back_ns", with = "nanos")]
    take_back: Duration,
    learns_pauses: bool,
    #[serde(rename = "longest_turn_ns", with = "nanos")]
    longest_turn: Duration,
}

#[derive(Deserialize, Serialize)]
#[serde(remote = "Patience", deny_unknown_fields)]
struct PatienceForm {
    #[serde(rename = "base_ns", with = "nanos")]
    base: Duration,
    #[serde(rename = "min_ns", with = "nanos")]
    min: Duration,
    #[serde(rename = "max_ns", with = "nanos")]
    max: Duration,
    #[serde(rename = "budget_percent", default, skip_serializing_if = "Option::is_none")]
    budget: Option<f32>,
}

#[derive(Deserialize, Serialize)]
#[serde(remote = "Interruption", deny_unknown_fields)]
struct InterruptionForm {
    #[serde(with = "BargeInForm")]
    mode: BargeIn,
    #[serde(rename = "min_speech_ns", with = "nanos")]
    min_speech: Duration,
    min_words: u16,
}

#[derive(Deserialize, Serialize)]
#[serde(remote = "Endpointing", rename_all = "snake_case")]
enum EndpointingForm {
    Acoustic,
    Auto,
    Heuristic,
    Manual,
    Semantic,
}

#[derive(Deserialize, Serialize)]
#[serde(remote = "BargeIn", rename_all = "snake_case")]
enum BargeInForm {
    Adaptive,
    Disabled,
    HardCut,
    SoftFade,
}

#[derive(Deserialize, Serialize)]
#[serde(remote = "RecognizerTurn", rename_all = "snake_case")]
enum RecognizerTurnForm {
    Ended,
    Likely,
    Open,
}

#[derive(Deserialize, Serialize)]
#[serde(remote = "Words", rename_all = "snake_case")]
enum WordsForm {
    Unknown,
    Hesitating,
    Open,
    Partial,
    Neutral,
    Closed,
    Answer,
}

#[derive(Deserialize, Serialize)]
#[serde(remote = "Overlap", rename_all = "snake_case")]
enum OverlapForm {
    Backchannel,
    Command,
    Echo,
    Nothing,
    /// `{"speech": 3}`: so many words.
    Speech(u16),
}

/// The configuration: every field by its name.
pub(crate) mod configuration {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};
    use serde_json::Value;

    use super::{ConfigForm, FloorConfig};

    pub(crate) fn serialize<S: Serializer>(config: &FloorConfig, to: S) -> Result<S::Ok, S::Error> {
        ConfigForm::serialize(config, to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<FloorConfig, D::Error> {
        // Of a flattened struct serde hands over what it knows; here the rest has to be seen.
        ConfigForm::deserialize(Value::deserialize(from)?).map_err(D::Error::custom)
    }
}

/// What the floor is told: its name in `input`, and its fields.
pub(crate) mod input {
    use rooh_floor::Input;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Moment, Overlap, OverlapForm, RecognizerTurn, RecognizerTurnForm, Words, WordsForm};
    use super::{exact, nanos};

    /// Braces even where nothing is in them: serde lets unknown fields of a bare name pass.
    #[derive(Deserialize, Serialize)]
    #[serde(tag = "input", rename_all = "snake_case", deny_unknown_fields)]
    enum Form {
        AgentAudible {
            interruptible: bool,
        },
        AgentFinished {},
        AgentPreparing {},
        Audio {
            #[serde(with = "exact")]
            probability: f32,
        },
        PreparationFailed {},
        PushToTalk {
            pressed: bool,
        },
        Recognizer {
            #[serde(with = "RecognizerTurnForm")]
            turn: RecognizerTurn,
        },
        Semantic {
            #[serde(with = "exact")]
            probability: f32,
        },
        Tick {},
        UserCommitted {},
        UserSpeechStarted {
            #[serde(rename = "since_ns", with = "nanos")]
            since: Moment,
        },
        UserSpeechStopped {
            #[serde(rename = "since_ns", with = "nanos")]
            since: Moment,
        },
        UserVoice {
            #[serde(rename = "until_ns", with = "nanos")]
            until: Moment,
        },
        UserWords {
            #[serde(with = "WordsForm")]
            words: Words,
            #[serde(with = "OverlapForm")]
            overlap: Overlap,
        },
        Partials {
            partials: bool,
        },
        SpeakerChanged {},
        WordsDelay {
            #[serde(rename = "delay_ns", with = "nanos")]
            delay: Moment,
        },
    }

    pub(crate) fn serialize<S: Serializer>(input: &Input, to: S) -> Result<S::Ok, S::Error> {
        let form = match *input {
            Input::AgentAudible { interruptible } => Form::AgentAudible { interruptible },
            Input::AgentFinished => Form::AgentFinished {},
            Input::AgentPreparing => Form::AgentPreparing {},
            Input::Audio(probability) => Form::Audio { probability },
            Input::Partials(partials) => Form::Partials { partials },
            Input::PreparationFailed => Form::PreparationFailed {},
            Input::PushToTalk { pressed } => Form::PushToTalk { pressed },
            Input::Recognizer(turn) => Form::Recognizer { turn },
            Input::Semantic(probability) => Form::Semantic { probability },
            Input::SpeakerChanged => Form::SpeakerChanged {},
            Input::Tick => Form::Tick {},
            Input::UserCommitted => Form::UserCommitted {},
            Input::UserSpeechStarted { since } => Form::UserSpeechStarted { since },
            Input::UserSpeechStopped { since } => Form::UserSpeechStopped { since },
            Input::UserVoice { until } => Form::UserVoice { until },
            Input::UserWords { words, overlap } => Form::UserWords { words, overlap },
            Input::WordsDelay(delay) => Form::WordsDelay { delay },
        };
        form.serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Input, D::Error> {
        Ok(match Form::deserialize(from)? {
            Form::AgentAudible { interruptible } => Input::AgentAudible { interruptible },
            Form::AgentFinished {} => Input::AgentFinished,
            Form::AgentPreparing {} => Input::AgentPreparing,
            Form::Audio { probability } => Input::Audio(probability),
            Form::Partials { partials } => Input::Partials(partials),
            Form::PreparationFailed {} => Input::PreparationFailed,
            Form::PushToTalk { pressed } => Input::PushToTalk { pressed },
            Form::Recognizer { turn } => Input::Recognizer(turn),
            Form::Semantic { probability } => Input::Semantic(probability),
            Form::SpeakerChanged {} => Input::SpeakerChanged,
            Form::Tick {} => Input::Tick,
            Form::UserCommitted {} => Input::UserCommitted,
            Form::UserSpeechStarted { since } => Input::UserSpeechStarted { since },
            Form::UserSpeechStopped { since } => Input::UserSpeechStopped { since },
            Form::UserVoice { until } => Input::UserVoice { until },
            Form::UserWords { words, overlap } => Input::UserWords { words, overlap },
            Form::WordsDelay { delay } => Input::WordsDelay(delay),
        })
    }
}

/// What the floor decides: its name in `action`, and its fields.
pub(crate) mod action {
    use rooh_floor::{Action, EndReason, Moment};
    use serde::ser::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::nanos;

    #[derive(Deserialize, Serialize)]
    #[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
    enum Form {
        AskAudio {},
        AskSemantic {},
        CancelReply {},
        DiscardPrepared {},
        DropTurn {},
        DuckReply {},
        EndTurn {
            reason: Reason,
            #[serde(rename = "silent_since_ns", with = "nanos")]
            silent_since: Moment,
        },
        FadeReply {},
        PauseReply {},
        PrepareReply {},
        ResumeReply {},
        TakeBack {},
    }

    #[derive(Deserialize, Serialize)]
    #[serde(rename_all = "snake_case")]
    enum Reason {
        Complete,
        Manual,
        NoWords,
        Recognizer,
        Silence,
        TooLong,
    }

    /// Whether this version has a form for it; the lists of `rooh-floor` are open.
    pub(crate) fn is_known(action: Action) -> bool {
        form(action).is_some()
    }

    fn form(action: Action) -> Option<Form> {
        Some(match action {
            Action::AskAudio => Form::AskAudio {},
            Action::AskSemantic => Form::AskSemantic {},
            Action::CancelReply => Form::CancelReply {},
            Action::DiscardPrepared => Form::DiscardPrepared {},
            Action::DropTurn => Form::DropTurn {},
            Action::DuckReply => Form::DuckReply {},
            Action::EndTurn { reason, silent_since } => {
                let reason = match reason {
                    EndReason::Complete => Reason::Complete,
                    EndReason::Manual => Reason::Manual,
                    EndReason::NoWords => Reason::NoWords,
                    EndReason::Recognizer => Reason::Recognizer,
                    EndReason::Silence => Reason::Silence,
                    EndReason::TooLong => Reason::TooLong,
                    _ => return None,
                };
                Form::EndTurn { reason, silent_since }
            }
            Action::FadeReply => Form::FadeReply {},
            Action::PauseReply => Form::PauseReply {},
            Action::PrepareReply => Form::PrepareReply {},
            Action::ResumeReply => Form::ResumeReply {},
            Action::TakeBack => Form::TakeBack {},
            _ => return None,
        })
    }

    pub(crate) fn serialize<S: Serializer>(action: &Action, to: S) -> Result<S::Ok, S::Error> {
        match form(*action) {
            Some(form) => form.serialize(to),
            None => Err(S::Error::custom("this version has no form for the action")),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Action, D::Error> {
        Ok(match Form::deserialize(from)? {
            Form::AskAudio {} => Action::AskAudio,
            Form::AskSemantic {} => Action::AskSemantic,
            Form::CancelReply {} => Action::CancelReply,
            Form::DiscardPrepared {} => Action::DiscardPrepared,
            Form::DropTurn {} => Action::DropTurn,
            Form::DuckReply {} => Action::DuckReply,
            Form::EndTurn { reason, silent_since } => {
                let reason = match reason {
                    Reason::Complete => EndReason::Complete,
                    Reason::Manual => EndReason::Manual,
                    Reason::NoWords => EndReason::NoWords,
                    Reason::Recognizer => EndReason::Recognizer,
                    Reason::Silence => EndReason::Silence,
                    Reason::TooLong => EndReason::TooLong,
                };
                Action::EndTurn { reason, silent_since }
            }
            Form::FadeReply {} => Action::FadeReply,
            Form::PauseReply {} => Action::PauseReply,
            Form::PrepareReply {} => Action::PrepareReply,
            Form::ResumeReply {} => Action::ResumeReply,
            Form::TakeBack {} => Action::TakeBack,
        })
    }
}

/// A duration as a whole number of nanoseconds.
pub(crate) mod nanos {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    /// Up to the 584 years that the number holds; no call and no setting comes near.
    pub(crate) fn of(duration: Duration) -> u64 {
        u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
    }

    pub(crate) fn serialize<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(of(*duration))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_nanos)
    }
}

/// A number to its last bit; what JSON has no number for stands as text: `NaN`, `inf`, `-inf`.
pub(crate) mod exact {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a number, \"NaN\", \"inf\" or \"-inf\"")]
    enum Form {
        Number(f64),
        Other(String),
    }

    /// As 64 bits, because the shortest digits of 32 are not theirs again after both roundings.
    pub(crate) fn serialize<S: Serializer>(number: &f32, to: S) -> Result<S::Ok, S::Error> {
        if number.is_finite() {
            to.serialize_f64(f64::from(*number))
        } else {
            to.serialize_str(&number.to_string())
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f32, D::Error> {
        match Form::deserialize(from)? {
            Form::Number(number) => Ok(number as f32),
            Form::Other(text) => match text.as_str() {
                "NaN" => Ok(f32::NAN),
                "inf" => Ok(f32::INFINITY),
                "-inf" => Ok(f32::NEG_INFINITY),
                _ => Err(D::Error::custom("a number, \"NaN\", \"inf\" or \"-inf\" is expected")),
            },
        }
    }
}

//! What a file says about turns: patience, eagerness, and who may cut whom off.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use rooh_core::agent::{AgentBuilder, Settings};
use rooh_core::floor::{BargeIn, Endpointing, Patience};
use serde_json::{Map, Value};

use crate::parse::{millis, set};
use crate::read::{Field, Table};
use crate::write::ms;
use crate::yaml::Data;

/// How an agent takes turns; the defaults are those of [`Settings`].
///
/// `docs/turns.md` explains what each does, and what it costs.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Turns {
    /// How long the agent waits in a pause.
    pub patience: PatienceSpec,
    /// The shortest wait in a pause, in place of that of `patience`.
    pub min_wait: Option<Duration>,
    /// The longest wait in a pause, in place of that of `patience`.
    pub max_wait: Option<Duration>,
    /// Which signals shorten and lengthen the wait.
    pub endpointing: Endpointing,
    /// How often, at most, the turn detector judges the sound of one pause, from 0 to 3.
    pub turn_checks: u8,
    /// Whether an answer is prepared when the end of a turn is likely, and not certain.
    pub eager: bool,
    /// What happens when the user speaks while the agent speaks.
    pub barge_in: BargeIn,
    /// What happens when the user speaks while the agent prepares its answer.
    pub barge_in_thinking: BargeIn,
    /// How long the user has to speak over the agent before the length of it decides.
    pub interruption_min_speech: Duration,
    /// How long the user may go on into an answer that has just begun, so that it is taken back.
    pub take_back: Duration,
}

impl Default for Turns {
    fn default() -> Self {
        let settings = Settings::default();
        Self {
            patience: PatienceSpec::default(),
            min_wait: None,
            max_wait: None,
            endpointing: settings.endpointing,
            turn_checks: settings.turn_checks,
            eager: settings.eager,
            barge_in: settings.barge_in,
            barge_in_thinking: settings.barge_in_thinking,
            interruption_min_speech: settings.interruption_min_speech,
            take_back: settings.take_back,
        }
    }
}

/// How patient an agent is, as its file says it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum PatienceSpec {
    /// At most this share of pauses is taken for an end, in percent from 1 to 20.
    Budget(f32),
    /// [`Patience::INTERVIEW`].
    Interview,
    /// [`Patience::NORMAL`].
    #[default]
    Normal,
    /// [`Patience::QUICK`].
    Quick,
    /// A pause of this length where nothing else is known, whoever speaks; 100 ms to 30 s.
    Silence(Duration),
}

impl PatienceSpec {
    const WORDS: &'static [(&'static str, Self)] =
        &[("quick", Self::Quick), ("normal", Self::Normal), ("interview", Self::Interview)];

    /// What it means to the floor.
    pub fn patience(self) -> Patience {
        match self {
            Self::Budget(percent) => Patience::budget(percent),
            Self::Interview => Patience::INTERVIEW,
            Self::Normal => Patience::NORMAL,
            Self::Quick => Patience::QUICK,
            Self::Silence(silence) => Patience::from_silence(silence),
        }
    }
}

/// As the key `patience` takes it: a word, `5%`, or milliseconds.
impl fmt::Display for PatienceSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Budget(percent) => write!(f, "{percent}%"),
            Self::Interview => f.write_str("interview"),
            Self::Normal => f.write_str("normal"),
            Self::Quick => f.write_str("quick"),
            Self::Silence(silence) => write!(f, "{}", silence.as_millis()),
        }
    }
}

const ENDPOINTING: &[(&str, Endpointing)] = &[
    ("auto", Endpointing::Auto),
    ("acoustic", Endpointing::Acoustic),
    ("heuristic", Endpointing::Heuristic),
    ("semantic", Endpointing::Semantic),
    ("manual", Endpointing::Manual),
];

const BARGE_IN: &[(&str, BargeIn)] = &[
    ("adaptive", BargeIn::Adaptive),
    ("hard_cut", BargeIn::HardCut),
    ("soft_fade", BargeIn::SoftFade),
    ("disabled", BargeIn::Disabled),
];

/// The longest wait that a file may ask for, as `Settings` allows it.
const LONGEST_WAIT: u32 = 60_000;

impl Turns {
    /// How long the agent waits in a pause, with the bounds that the file gives.
    pub fn waits(&self) -> Patience {
        let patience = self.patience.patience();
        Patience {
            min: self.min_wait.unwrap_or(patience.min),
            max: self.max_wait.unwrap_or(patience.max),
            ..patience
        }
    }

    pub(crate) fn read(table: &Table<'_>, pipeline: Option<&Table<'_>>) -> Self {
        let mut turns = Self::default();
        turns.read_patience(table, pipeline);
        if let Some(pipeline) = pipeline {
            turns.read_bounds(pipeline);
        }
        set(&mut turns.endpointing, table.field("endpointing").and_then(|field| field.one_of(ENDPOINTING)));
        let checks = table.field("turn_checks").and_then(|field| field.integer(0, 3, ""));
        set(&mut turns.turn_checks, checks.map(|checks| checks as u8));
        set(&mut turns.eager, table.field("eager").and_then(|field| field.boolean()));
        turns.read_interruption(table, pipeline);
        turns
    }

    fn read_patience(&mut self, table: &Table<'_>, pipeline: Option<&Table<'_>>) {
        let silence = pipeline.and_then(|pipeline| millis(pipeline, "silence_duration_ms", 100, 30_000));
        set(&mut self.patience, silence.map(PatienceSpec::Silence));
        let Some(field) = table.field("patience") else { return };
        if silence.is_some() {
            field.wrong("says what `pipeline.silence_duration_ms` says too; keep one of them");
        }
        set(&mut self.patience, patience(&field));
    }

    fn read_bounds(&mut self, pipeline: &Table<'_>) {
        self.min_wait = millis(pipeline, "min_wait_ms", 100, LONGEST_WAIT);
        self.max_wait = millis(pipeline, "max_wait_ms", 100, LONGEST_WAIT);
        let Patience { min, max, .. } = self.waits();
        if min <= max {
            return;
        }
        let (min, max) = (min.as_millis(), max.as_millis());
        // What the file gives is wrong, and where it gives both, the one that is read last.
        if let Some(field) = pipeline.field("max_wait_ms") {
            field.wrong_value(match self.min_wait {
                Some(_) => "is shorter than `min_wait_ms`".to_owned(),
                None => format!(
                    "is shorter than the shortest wait of this patience, {min} ms; lower `min_wait_ms` too"
                ),
            });
        } else if let Some(field) = pipeline.field("min_wait_ms") {
            field.wrong_value(format!(
                "is longer than the longest wait of this patience, {max} ms; raise `max_wait_ms` too"
            ));
        }
    }

    fn read_interruption(&mut self, table: &Table<'_>, pipeline: Option<&Table<'_>>) {
        let enabled = pipeline
            .and_then(|pipeline| pipeline.field("barge_in_enabled"))
            .and_then(|field| field.boolean());
        if enabled == Some(false) {
            (self.barge_in, self.barge_in_thinking) = (BargeIn::Disabled, BargeIn::Disabled);
        }
        let Some(interruption) = table.field("interruption").and_then(|field| field.table()) else { return };
        let mode = interruption.field("mode");
        let thinking = interruption.field("thinking");
        for (target, field, contradicted) in [
            (&mut self.barge_in, &mode, enabled),
            // That the user may cut the agent off does not say when.
            (&mut self.barge_in_thinking, &thinking, enabled.filter(|enabled| !enabled)),
        ] {
            let Some(field) = field else { continue };
            let Some(mode) = field.one_of(BARGE_IN) else { continue };
            if contradicted.is_some_and(|enabled| enabled == (mode == BargeIn::Disabled)) {
                field.wrong_value("contradicts `pipeline.barge_in_enabled`; remove that key");
            }
            *target = mode;
        }
        set(&mut self.interruption_min_speech, millis(&interruption, "min_speech_ms", 50, 5_000));
        set(&mut self.take_back, millis(&interruption, "take_back_ms", 0, 2_000));
        interruption.refuse_the_rest(|_| None);
    }

    /// What goes to the top of the file.
    pub(crate) fn write(&self, file: &mut Map<String, Value>) {
        let default = Self::default();
        if !matches!(self.patience, PatienceSpec::Normal | PatienceSpec::Silence(_)) {
            file.insert("patience".to_owned(), self.patience.to_string().into());
        }
        if self.endpointing != default.endpointing {
            file.insert("endpointing".to_owned(), word(ENDPOINTING, self.endpointing));
        }
        if self.turn_checks != default.turn_checks {
            file.insert("turn_checks".to_owned(), self.turn_checks.into());
        }
        if self.eager != default.eager {
            file.insert("eager".to_owned(), self.eager.into());
        }
        let mut interruption = Map::new();
        if !self.is_never_cut_off() {
            if self.barge_in != default.barge_in {
                interruption.insert("mode".to_owned(), word(BARGE_IN, self.barge_in));
            }
            if self.barge_in_thinking != default.barge_in_thinking {
                interruption.insert("thinking".to_owned(), word(BARGE_IN, self.barge_in_thinking));
            }
        }
        if self.interruption_min_speech != default.interruption_min_speech {
            interruption.insert("min_speech_ms".to_owned(), ms(self.interruption_min_speech).into());
        }
        if self.take_back != default.take_back {
            interruption.insert("take_back_ms".to_owned(), ms(self.take_back).into());
        }
        if !interruption.is_empty() {
            file.insert("interruption".to_owned(), interruption.into());
        }
    }

    /// What goes under `pipeline`.
    pub(crate) fn write_pipeline(&self, pipeline: &mut Map<String, Value>) {
        let silence = match self.patience {
            PatienceSpec::Silence(silence) => Some(silence),
            _ => None,
        };
        let waits = [
            ("silence_duration_ms", silence),
            ("min_wait_ms", self.min_wait),
            ("max_wait_ms", self.max_wait),
        ];
        for (name, wait) in waits {
            if let Some(wait) = wait {
                pipeline.insert(name.to_owned(), ms(wait).into());
            }
        }
        if self.is_never_cut_off() {
            pipeline.insert("barge_in_enabled".to_owned(), false.into());
        }
    }

    fn is_never_cut_off(&self) -> bool {
        self.barge_in == BargeIn::Disabled && self.barge_in_thinking == BargeIn::Disabled
    }

    pub(crate) fn behave(self, builder: AgentBuilder) -> AgentBuilder {
        let builder = match self.patience {
            PatienceSpec::Silence(silence) => builder.silence_duration(silence),
            patience => builder.patience(patience.patience()),
        };
        let Patience { min, max, .. } = self.waits();
        builder
            .min_wait(min)
            .max_wait(max)
            .endpointing(self.endpointing)
            .eager(self.eager)
            .barge_in_mode(self.barge_in)
            .settings(|settings| {
                settings.barge_in_thinking = self.barge_in_thinking;
                settings.interruption_min_speech = self.interruption_min_speech;
                settings.take_back = self.take_back;
                settings.turn_checks = self.turn_checks;
            })
    }
}

fn patience(field: &Field<'_>) -> Option<PatienceSpec> {
    let text = match &field.node.data {
        Data::Text(text) => text.trim(),
        _ => "",
    };
    if let Some(percent) = text.strip_suffix('%') {
        let percent = f32::from_str(percent.trim_end()).ok().filter(|percent| (1.0..=20.0).contains(percent));
        if percent.is_none() {
            field.wrong_value("must lie between 1% and 20%");
        }
        return percent.map(PatienceSpec::Budget);
    }
    if !text.is_empty() && !text.starts_with(|c: char| c.is_ascii_digit()) {
        if let Some((_, patience)) = PatienceSpec::WORDS.iter().find(|(word, _)| *word == text) {
            return Some(*patience);
        }
        field.wrong_value("must be one of quick, normal, interview, a share such as 5%, or milliseconds");
        return None;
    }
    let silence = field.integer(100, 30_000, " ms; a share of pauses is written 5%")?;
    Some(PatienceSpec::Silence(Duration::from_millis(silence.into())))
}

fn word<T: PartialEq>(words: &[(&'static str, T)], value: T) -> Value {
    let word = words.iter().find(|(_, known)| *known == value);
    word.map_or(Value::Null, |(word, _)| (*word).into())
}

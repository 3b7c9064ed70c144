//! Writing an agent: only what differs from the defaults, in the order in which people read it.

use std::time::Duration;

use rooh_core::agent::{Greeting, LateFiller};
use rooh_core::provider::Kind;
use rooh_core::{Error, ErrorKind, Result};
use serde_json::{Map, Value, json};

use crate::spec::{AgentSpec, Limits, Pipeline};

impl AgentSpec {
    /// The agent as JSON; what is at its default is left out.
    pub fn to_json(&self) -> Value {
        let default = Self::new(self.name.clone());
        let mut file = Entries::default();
        file.put("name", self.name.as_str());
        file.put_some("created_at", self.created_at.as_deref());
        file.put("status", self.status.as_str());
        file.put("transport", self.transport.as_str());
        file.put_some("language", self.language.as_deref());
        file.put("system_prompt", self.system_prompt.as_str());
        match &self.greeting {
            Greeting::Say(text) => file.put("greeting", text.as_str()),
            Greeting::Generated => file.put("greeting", json!({ "generated": true })),
            _ => {}
        }
        if self.apology != default.apology {
            file.put("apology", self.apology.as_str());
        }
        file.put("llm_streaming", self.llm_streaming);
        let models = self.models.iter().map(|(name, model)| {
            let mut entry = Entries::default();
            entry.put("type", model.kind.as_str());
            entry.put("class", model.class.as_str());
            model.options.iter().for_each(|(name, value)| entry.put(name, value.clone()));
            (name.clone(), Value::Object(entry.0))
        });
        file.put("models", Value::Object(models.collect()));
        file.put("pipeline", self.pipeline_json());
        // Through its shortest decimal, so that 0.7 is not written as 0.699999988079071.
        file.put("vad_threshold", self.vad_threshold.to_string().parse::<f64>().unwrap_or_default());
        self.turns.write(&mut file.0);
        let mut no_input = Entries::default();
        if self.no_input_timeout != default.no_input_timeout {
            no_input.put("timeout_ms", ms(self.no_input_timeout));
        }
        no_input.put_list("prompts", &self.no_input_prompts);
        file.put_table("no_input", no_input);
        file.put_table("late_filler", late_filler(&self.late_filler));
        file.put_list("phrases", &self.phrases);
        file.put_list("tools", &self.tools);
        let voice = self.voice.iter().map(|(name, value)| (name.to_owned(), value.clone()));
        file.put_table("voice", Entries(voice.collect()));
        file.put_table("limits", limits(&self.limits));
        Value::Object(file.0)
    }

    fn pipeline_json(&self) -> Value {
        let mut pipeline = Entries::default();
        let Pipeline { stt, llm, tts, .. } = &self.pipeline;
        for (kind, first) in [(Kind::Stt, stt), (Kind::Llm, llm), (Kind::Tts, tts)] {
            let others = self.pipeline.fallbacks_of(kind);
            match first {
                Some(first) if !others.is_empty() => {
                    let all: Vec<&str> = [first].into_iter().chain(others).map(String::as_str).collect();
                    pipeline.put(kind.as_str(), all);
                }
                first => pipeline.put_some(kind.as_str(), first.as_ref().map(String::as_str)),
            }
        }
        pipeline.put_some("vad", self.pipeline.vad.as_deref());
        pipeline.put_some("turn", self.pipeline.turn.as_deref());
        pipeline.put_some("completeness", self.pipeline.completeness.as_deref());
        self.turns.write_pipeline(&mut pipeline.0);
        Value::Object(pipeline.0)
    }

    /// The agent as a file; what is at its default is left out.
    ///
    /// # Errors
    ///
    /// The text would not be read back as the same agent; nothing that [`AgentSpec::from_yaml`]
    /// or [`AgentSpec::from_json`] accepts is known to do that.
    pub fn to_yaml(&self) -> Result<String> {
        let json = self.to_json();
        let text = serde_saphyr::to_string(&json).map_err(|error| {
            Error::new(ErrorKind::Unexpected, "the agent cannot be written as YAML").caused_by(error)
        })?;
        // What a file says is read by people and by this program; that both see the same is
        // worth reading it once.
        let back = Self::from_yaml(&text)?;
        if back.to_json() != json {
            return Err(Error::new(
                ErrorKind::Unexpected,
                "the agent does not survive being written as YAML",
            ));
        }
        Ok(text)
    }
}

impl PartialEq for AgentSpec {
    /// Whether both say the same, wherever it stands in their files.
    fn eq(&self, other: &Self) -> bool {
        self.to_json() == other.to_json()
    }
}

fn late_filler(filler: &LateFiller) -> Entries {
    let default = LateFiller::default();
    let mut file = Entries::default();
    file.put_list("phrases", &filler.phrases);
    if filler.target != default.target {
        file.put("target_ms", ms(filler.target));
    }
    if filler.gap != default.gap {
        file.put("gap_ms", ms(filler.gap));
    }
    if filler.most_in_a_row != default.most_in_a_row {
        file.put("most_in_a_row", filler.most_in_a_row);
    }
    file
}

fn limits(limits: &Limits) -> Entries {
    let default = Limits::default();
    let mut file = Entries::default();
    let mut put = |name, value: u64, default: u64| {
        if value != default {
            file.put(name, value);
        }
    };
    put("hook_ms", ms(limits.hook), ms(default.hook));
    put("first_token_ms", ms(limits.first_token), ms(default.first_token));
    put("next_token_ms", ms(limits.next_token), ms(default.next_token));
    put("playout_lead_ms", ms(limits.playout_lead), ms(default.playout_lead));
    put("provider_ms", ms(limits.provider), ms(default.provider));
    put("reply_chars", limits.reply_chars.into(), default.reply_chars.into());
    put("session_s", limits.session.as_secs(), default.session.as_secs());
    put("turn_s", limits.turn.as_secs(), default.turn.as_secs());
    file
}

pub(crate) fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A table that is being written.
#[derive(Default)]
struct Entries(Map<String, Value>);

impl Entries {
    fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    fn put_some(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    fn put_list(&mut self, name: &str, values: &[String]) {
        if !values.is_empty() {
            self.put(name, values);
        }
    }

    fn put_table(&mut self, name: &str, table: Entries) {
        if !table.0.is_empty() {
            self.put(name, table.0);
        }
    }
}

//! Reading an agent from YAML or JSON: every problem at once, each with path, line and column.

use std::collections::BTreeMap;
use std::time::Duration;

use rooh_core::agent::{Greeting, LateFiller};
use rooh_core::options::Options;
use rooh_core::provider::Kind;
use rooh_core::{Error, ErrorKind, Result};
use serde_json::Value;

use crate::read::{Field, Lines, Problems, Table, below};
use crate::spec::{
    AgentName, AgentSpec, Limits, MOST_FALLBACKS, ModelSpec, Pipeline, Status, TOOLS, VERSION, Wire, is_name,
};
use crate::turns::Turns;
use crate::yaml::{self, Data, Node, Place};

impl AgentSpec {
    /// Reads an agent from YAML.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`]; [`Error::parts`] has one error for each thing that is wrong, with
    /// `path`, `line` and `column` in its context.
    pub fn from_yaml(text: &str) -> Result<Self> {
        Self::from_node(&yaml::parse(text.strip_prefix('\u{feff}').unwrap_or(text))?, None)
    }

    /// Reads an agent from JSON of the same shape.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`]; [`Error::parts`] has one error for each thing that is wrong, with
    /// its `path`.
    pub fn from_json(value: &Value) -> Result<Self> {
        Self::from_node(&Node::from_json(value)?, None)
    }

    /// Reads a file of the name `stem`, which is the agent's name if the file gives none.
    pub(crate) fn from_file(text: &str, stem: &str) -> Result<Self> {
        Self::from_node(&yaml::parse(text.strip_prefix('\u{feff}').unwrap_or(text))?, Some(stem))
    }

    fn from_node(node: &Node, stem: Option<&str>) -> Result<Self> {
        if matches!(node.data, Data::Null) {
            return Err(Error::new(ErrorKind::Config, "the file is empty"));
        }
        let problems = Problems::default();
        let spec = Field::root(node, &problems).table().and_then(|table| read(&table, stem, &problems));
        problems.into_result()?;
        let mut spec = spec.expect("whatever is missing was complained about");
        note_places(node, "", &mut spec.places);
        Ok(spec)
    }
}

/// Remembers where each value stands, so that what is found out later can say so too.
fn note_places(node: &Node, path: &str, places: &mut BTreeMap<String, Place>) {
    match &node.data {
        Data::Table(entries) => {
            for (key, node) in entries {
                let path = below(path, &key.text);
                if let Some(at) = key.at {
                    places.insert(path.clone(), at);
                }
                note_places(node, &path, places);
            }
        }
        Data::List(items) => {
            for (i, node) in items.iter().enumerate() {
                let path = format!("{path}[{i}]");
                if let Some(at) = node.at {
                    places.insert(path.clone(), at);
                }
                note_places(node, &path, places);
            }
        }
        _ => {}
    }
}

fn read(table: &Table<'_>, stem: Option<&str>, problems: &Problems) -> Option<AgentSpec> {
    if let Some(version) = table.field("version") {
        let newest = version.integer(1, u32::MAX, "");
        if newest.is_some_and(|given| given > VERSION) {
            version.wrong_value(format!(
                "was written for a newer Rooh; this one reads version {VERSION} and older"
            ));
        }
    }
    let name = match (table.field("name"), stem) {
        (Some(field), _) => field.text(1_000, Lines::One).and_then(|name| {
            let at = field.node.at;
            AgentName::new(name)
                .map_err(|error| problems.add(at.map_or(error.clone(), |at| at.on(error))))
                .ok()
        }),
        (None, Some(stem)) => AgentName::new(stem).map_err(|error| problems.add(error)).ok(),
        (None, None) => {
            problems.add(Error::new(ErrorKind::Config, "an agent needs a name").at_path("name"));
            None
        }
    };
    // The rest is read even without a name, for the sake of what is wrong with it.
    let mut spec = AgentSpec::new(
        name.clone().unwrap_or_else(|| AgentName::new("unnamed").expect("the name keeps to the rule")),
    );

    spec.created_at = table.field("created_at").and_then(|field| field.text(64, Lines::One));
    set(&mut spec.status, table.field("status").and_then(|field| field.one_of(Status::WORDS)));
    set(&mut spec.transport, table.field("transport").and_then(|field| field.one_of(Wire::WORDS)));
    set(
        &mut spec.system_prompt,
        table.field("system_prompt").and_then(|field| field.text(100_000, Lines::Many)),
    );
    set(&mut spec.greeting, table.field("greeting").and_then(|field| greeting(&field)));
    set(&mut spec.apology, table.field("apology").and_then(|field| field.text(500, Lines::One)));
    spec.language = table.field("language").and_then(|field| language(&field));
    set(&mut spec.phrases, table.field("phrases").map(|field| texts(&field, 1_000, 100)));
    set(&mut spec.llm_streaming, table.field("llm_streaming").and_then(|field| field.boolean()));
    set(&mut spec.models, table.field("models").map(|field| models(&field)));
    set(&mut spec.tools, table.field("tools").map(|field| tools(&field)));
    set(&mut spec.voice, table.field("voice").map(|field| options(&field)));
    if let Some(field) = table.field("no_input") {
        no_input(&field, &mut spec);
    }
    if let Some(table) = table.field("late_filler").and_then(|field| field.table()) {
        late_filler(&table, &mut spec.late_filler);
    }
    if let Some(limits) = table.field("limits").and_then(|field| field.table()) {
        read_limits(&limits, &mut spec.limits);
    }
    let pipeline = table.field("pipeline").and_then(|field| field.table());
    threshold(table, pipeline.as_ref(), &mut spec);
    spec.turns = Turns::read(table, pipeline.as_ref());
    if let Some(pipeline) = pipeline {
        let stage = |name| pipeline.field(name).and_then(|field| field.text(2_000, Lines::One));
        let in_order =
            |name| pipeline.field(name).map(|field| failover(&field)).unwrap_or_default().into_iter();
        let (mut ears, mut minds, mut voices) = (in_order("stt"), in_order("llm"), in_order("tts"));
        spec.pipeline = Pipeline {
            stt: ears.next(),
            stt_fallbacks: ears.collect(),
            llm: minds.next(),
            llm_fallbacks: minds.collect(),
            tts: voices.next(),
            tts_fallbacks: voices.collect(),
            vad: stage("vad"),
            turn: stage("turn"),
            completeness: stage("completeness"),
        };
        pipeline.refuse_the_rest(advice);
    }
    table.refuse_the_rest(advice);
    name.map(|_| spec)
}

/// What became of keys that other systems' files have.
fn advice(key: &str) -> Option<&'static str> {
    Some(match key {
        "llm_hook" | "llm_stream_hook" | "barge_in_hook" | "session_disconnect_hook" => {
            "an agent file never names code; add the hook in a program, with `AgentBuilder::hook`"
        }
        "webhook" | "webhooks" => "a webhook is not set in an agent file; add a hook in a program",
        "strands" => "the history has no window here, and tools are allowed with `tools`; remove this key",
        "stt" | "llm" | "tts" | "vad" | "turn" | "completeness" => "stages stand under `pipeline`",
        "silence_duration" => "is written `silence_duration_ms`, under `pipeline`",
        "silence_duration_ms" | "min_wait_ms" | "max_wait_ms" | "barge_in_enabled" => {
            "stands under `pipeline`"
        }
        "min_wait" => "is written `min_wait_ms`, under `pipeline`",
        "max_wait" => "is written `max_wait_ms`, under `pipeline`",
        "barge_in" => "is written `barge_in_enabled`, under `pipeline`, or `mode`, under `interruption`",
        _ => return None,
    })
}

pub(crate) fn set<T>(target: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *target = value;
    }
}

pub(crate) fn millis(table: &Table<'_>, name: &'static str, min: u32, max: u32) -> Option<Duration> {
    let number = table.field(name)?.integer(min, max, " ms")?;
    Some(Duration::from_millis(number.into()))
}

fn seconds(table: &Table<'_>, name: &'static str, min: u32, max: u32) -> Option<Duration> {
    let number = table.field(name)?.integer(min, max, " s")?;
    Some(Duration::from_secs(number.into()))
}

/// Who does the work of one stage, and who stands in: one name, or a list of them.
fn failover(field: &Field<'_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    if !matches!(field.node.data, Data::List(_)) {
        names.extend(field.text(2_000, Lines::One));
        return names;
    }
    let items = field.items(MOST_FALLBACKS + 1);
    if matches!(&field.node.data, Data::List(items) if items.is_empty()) {
        field.wrong("must not be empty");
    }
    for item in items {
        match item.text(2_000, Lines::One) {
            Some(name) if names.contains(&name) => item.wrong_value("stands in the list already"),
            name => names.extend(name),
        }
    }
    names
}

/// It may stand in two places.
fn threshold(table: &Table<'_>, pipeline: Option<&Table<'_>>, spec: &mut AgentSpec) {
    let threshold = |field: &Field<'_>| field.number(0.0, 1.0, "").map(|number| number as f32);
    let outer = table.field("vad_threshold");
    let inner = pipeline.and_then(|pipeline| pipeline.field("vad_threshold"));
    let values = (outer.as_ref().and_then(threshold), inner.as_ref().and_then(threshold));
    if let (Some(outer), Some(inner), Some(field)) = (values.0, values.1, &inner)
        && outer != inner
    {
        field.wrong_value("differs from `vad_threshold` at the top of the file; keep one of them");
    }
    set(&mut spec.vad_threshold, values.0.or(values.1));
}

fn greeting(field: &Field<'_>) -> Option<Greeting> {
    let Data::Table(_) = field.node.data else {
        return field.text(2_000, Lines::Many).map(|text| match text.trim() {
            "" => Greeting::None,
            _ => Greeting::Say(text),
        });
    };
    let table = field.table()?;
    let generated = table.field("generated").and_then(|field| field.boolean());
    table.refuse_the_rest(|_| None);
    match generated {
        Some(true) => Some(Greeting::Generated),
        _ => Some(Greeting::None),
    }
}

fn language(field: &Field<'_>) -> Option<String> {
    let text = field.text(35, Lines::One)?;
    let mut subtags = text.split('-');
    let primary = subtags.next().unwrap_or_default();
    let fine = (2..=8).contains(&primary.len())
        && primary.bytes().all(|byte| byte.is_ascii_alphabetic())
        && subtags.all(|tag| (1..=8).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric()));
    if !fine {
        field.wrong_value("must be a language tag such as en, en-GB or zh-Hant");
        return None;
    }
    Some(text)
}

fn texts(field: &Field<'_>, most: usize, longest: usize) -> Vec<String> {
    field.items(most).iter().filter_map(|item| item.text(longest, Lines::One)).collect()
}

fn tools(field: &Field<'_>) -> Vec<String> {
    let words: Vec<(&str, &str)> = TOOLS.iter().map(|tool| (*tool, *tool)).collect();
    let mut tools: Vec<String> = Vec::new();
    for item in field.items(64) {
        if let Some(tool) = item.one_of(&words).filter(|tool| !tools.iter().any(|known| known == tool)) {
            tools.push(tool.to_owned());
        }
    }
    tools
}

fn no_input(field: &Field<'_>, spec: &mut AgentSpec) {
    let Some(table) = field.table() else { return };
    set(&mut spec.no_input_timeout, millis(&table, "timeout_ms", 1_000, 3_600_000));
    set(&mut spec.no_input_prompts, table.field("prompts").map(|field| texts(&field, 10, 500)));
    table.refuse_the_rest(|_| None);
}

fn late_filler(table: &Table<'_>, filler: &mut LateFiller) {
    set(&mut filler.phrases, table.field("phrases").map(|field| phrases(&field)));
    set(&mut filler.target, millis(table, "target_ms", 200, 30_000));
    set(&mut filler.gap, millis(table, "gap_ms", 0, 600_000));
    let most = table.field("most_in_a_row").and_then(|field| field.integer(1, 100, ""));
    set(&mut filler.most_in_a_row, most);
    table.refuse_the_rest(|_| None);
}

/// Phrases that are said, so that each has a word.
fn phrases(field: &Field<'_>) -> Vec<String> {
    let mut phrases = Vec::new();
    for item in field.items(20) {
        match item.text(200, Lines::One) {
            Some(text) if text.trim().is_empty() => item.wrong("must not be empty"),
            Some(text) => phrases.push(text),
            None => {}
        }
    }
    phrases
}

fn read_limits(table: &Table<'_>, limits: &mut Limits) {
    set(&mut limits.hook, millis(table, "hook_ms", 100, 60_000));
    set(&mut limits.first_token, millis(table, "first_token_ms", 200, 60_000));
    set(&mut limits.next_token, millis(table, "next_token_ms", 200, 60_000));
    set(&mut limits.playout_lead, millis(table, "playout_lead_ms", 40, 200));
    set(&mut limits.provider, millis(table, "provider_ms", 1_000, 300_000));
    let reply = table.field("reply_chars").and_then(|field| field.integer(100, 200_000, ""));
    set(&mut limits.reply_chars, reply);
    set(&mut limits.session, seconds(table, "session_s", 10, 86_400));
    set(&mut limits.turn, seconds(table, "turn_s", 5, 1_800));
    table.refuse_the_rest(|_| None);
}

fn models(field: &Field<'_>) -> BTreeMap<String, ModelSpec> {
    let mut models = BTreeMap::new();
    let Some(table) = field.table() else { return models };
    for (count, (key, field)) in table.fields().enumerate() {
        if count == 64 {
            field.wrong("there are too many models; at most 64 are allowed");
            break;
        }
        if !is_name(&key.text, "_-.") {
            field.wrong("the name of a model has 1 to 64 letters, digits, dots, hyphens and underscores");
        } else if let Some(model) = model(&field) {
            models.insert(key.text.clone(), model);
        }
    }
    models
}

fn model(field: &Field<'_>) -> Option<ModelSpec> {
    /// What an agent is made of; speech-to-speech models join when the builder takes them.
    const KINDS: &[(&str, Kind)] = &[
        ("llm", Kind::Llm),
        ("stt", Kind::Stt),
        ("tts", Kind::Tts),
        ("turn", Kind::Turn),
        ("vad", Kind::Vad),
    ];
    let table = field.table()?;
    let kind = match table.field("type") {
        Some(field) => field.one_of(KINDS),
        None => {
            field.wrong("needs `type`: one of llm, stt, tts, turn, vad");
            None
        }
    };
    let class = match table.field("class") {
        Some(field) => field.text(200, Lines::One),
        None => {
            field.wrong("needs `class`: the provider, as `rooh providers` lists them");
            None
        }
    };
    let options = table.rest().map(|(key, field)| (key.text.clone(), field.node.to_json())).collect();
    Some(ModelSpec { kind: kind?, class: class?, options })
}

fn options(field: &Field<'_>) -> Options {
    let Some(table) = field.table() else { return Options::new() };
    table.fields().map(|(key, field)| (key.text.clone(), field.node.to_json())).collect()
}

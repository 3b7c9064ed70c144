//! What helps a model to hear better, as far as it takes it.

use rooh_core::Result;
use rooh_core::expect::{Expected, Hints};
use rooh_core::stt::SttRequest;
use serde_json::{Value, json};

use crate::options::{OpenAiOptions, SessionOptions};

/// How many words are told at most: more make a model hear them everywhere.
const MOST: usize = 100;

/// What kinds of models there are, by what they take.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Family {
    /// Tells speakers apart; takes no prompt.
    Diarizing,
    /// Takes words one by one.
    Keywords,
    /// Takes a prompt, in which words may stand: Whisper, those before `gpt-transcribe`, and those
    /// of other vendors.
    Prompted,
    /// `gpt-realtime-whisper`, which takes neither.
    RealtimeWhisper,
}

impl Family {
    pub(crate) fn of(model: &str) -> Self {
        if model.contains("diarize") {
            Self::Diarizing
        } else if model.starts_with("gpt-transcribe") || model.starts_with("gpt-live-transcribe") {
            Self::Keywords
        } else if model.starts_with("gpt-realtime-whisper") {
            Self::RealtimeWhisper
        } else {
            Self::Prompted
        }
    }

    pub(crate) fn takes_prompt(self) -> bool {
        matches!(self, Self::Keywords | Self::Prompted)
    }
}

/// What is said about the speech that comes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Asked {
    /// None if the model takes none.
    pub(crate) keywords: Option<Vec<String>>,
    pub(crate) language: Option<String>,
    /// None if the model takes none.
    pub(crate) prompt: Option<String>,
}

impl Asked {
    /// What is said in a session that has asked like this.
    ///
    /// # Errors
    ///
    /// [`Config`](rooh_core::ErrorKind::Config) for options that a session does not have.
    pub(crate) fn new(options: &OpenAiOptions, request: &SttRequest) -> Result<Self> {
        let own: SessionOptions = request.options.clone().read()?;
        let language = own.language.or_else(|| options.language.clone()).or_else(|| request.language.clone());
        let given = own.keywords.as_ref().unwrap_or(&options.keywords);
        let words = keywords(given, &request.hints);
        let prompt = own.prompt.or_else(|| options.prompt.clone()).unwrap_or_default();
        let (keywords, prompt) = match Family::of(options.model_name()) {
            Family::Diarizing | Family::RealtimeWhisper => (None, None),
            Family::Keywords => (Some(words), Some(prompt)),
            Family::Prompted => {
                let parts = [prompt, words.join(", ")];
                let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
                (None, Some(parts.join(" ")))
            }
        };
        Ok(Self { keywords, language: language.as_deref().and_then(primary), prompt })
    }

    /// The field `transcription` of the API; what is empty is left away, unless it replaces
    /// something.
    pub(crate) fn transcription(&self, options: &OpenAiOptions, replaces: bool) -> Value {
        let mut all = json!({ "model": options.model_name() });
        let keywords = self.keywords.as_ref().filter(|keywords| replaces || !keywords.is_empty());
        let prompt = self.prompt.as_ref().filter(|prompt| replaces || !prompt.is_empty());
        for (name, value) in [
            ("delay", options.delay.map(|delay| json!(delay))),
            ("keywords", keywords.map(|keywords| json!(keywords))),
            ("language", self.language.as_ref().map(|language| json!(language))),
            ("prompt", prompt.map(|prompt| json!(prompt))),
        ] {
            if let Some(value) = value {
                all[name] = value;
            }
        }
        all
    }
}

/// The words that may come up, each once.
fn keywords(given: &[String], hints: &Hints) -> Vec<String> {
    let expected = match &hints.expected {
        Expected::OneOf(words) => words.as_slice(),
        _ => &[],
    };
    let mut words: Vec<String> = Vec::new();
    for word in given.iter().chain(expected).chain(&hints.phrases) {
        let word = word.trim();
        if words.len() < MOST && !word.is_empty() && !words.iter().any(|other| other == word) {
            words.push(word.to_owned());
        }
    }
    words
}

/// The language as ISO 639 names it: `en` of `en-US`.
fn primary(tag: &str) -> Option<String> {
    let primary = tag.split(['-', '_']).next().unwrap_or_default().trim().to_ascii_lowercase();
    (!primary.is_empty()).then_some(primary)
}

#[cfg(test)]
mod tests {
    use rooh_core::options::Options;

    use super::*;

    fn asked(model: &str, own: Options) -> Asked {
        let options = OpenAiOptions {
            keywords: vec!["Rooh".to_owned(), " ".to_owned()],
            model: Some(model.to_owned()),
            prompt: Some("About bread.".to_owned()),
            ..OpenAiOptions::default()
        };
        let hints = Hints {
            expected: Expected::OneOf(vec!["rye".to_owned(), "Rooh".to_owned()]),
            phrases: vec!["naïve café".to_owned()],
        };
        let request =
            SttRequest { hints, language: Some("de-AT".to_owned()), options: own, ..SttRequest::default() };
        Asked::new(&options, &request).unwrap()
    }

    #[test]
    fn each_model_is_told_what_it_takes() {
        let words = || Some(vec!["Rooh".to_owned(), "rye".to_owned(), "naïve café".to_owned()]);
        for model in ["gpt-live-transcribe", "gpt-transcribe"] {
            let asked = asked(model, Options::new());
            assert_eq!(asked.keywords, words());
            assert_eq!(
                (asked.prompt.as_deref(), asked.language.as_deref()),
                (Some("About bread."), Some("de"))
            );
        }
        for model in ["whisper-1", "gpt-4o-transcribe", "Systran/faster-whisper-small"] {
            let asked = asked(model, Options::new());
            assert_eq!(
                (asked.keywords, asked.prompt.as_deref()),
                (None, Some("About bread. Rooh, rye, naïve café"))
            );
        }
        for model in ["gpt-realtime-whisper", "gpt-4o-transcribe-diarize"] {
            let asked = asked(model, Options::new());
            assert_eq!((asked.keywords, asked.prompt), (None, None));
        }
    }

    #[test]
    fn a_session_has_its_own_words() {
        let own: Options =
            [("language", json!("en_GB")), ("prompt", json!("")), ("keywords", json!(["spelt"]))]
                .into_iter()
                .collect();
        let asked = asked("gpt-transcribe", own);
        assert_eq!((asked.prompt.as_deref(), asked.language.as_deref()), (Some(""), Some("en")));
        assert_eq!(asked.keywords.unwrap(), ["spelt", "rye", "Rooh", "naïve café"]);
    }

    #[test]
    fn what_is_empty_is_sent_only_to_replace_something() {
        let options = OpenAiOptions::default();
        let asked = Asked::new(&options, &SttRequest::default()).unwrap();
        assert_eq!(asked.transcription(&options, false), json!({ "model": "gpt-live-transcribe" }));
        let all = json!({ "model": "gpt-live-transcribe", "keywords": [], "prompt": "" });
        assert_eq!(asked.transcription(&options, true), all);
    }
}

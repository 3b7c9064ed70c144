//! What is asked for when a connection opens, and what of it changes later.

use rooh_core::expect::{Expected, Hints};
use rooh_core::stt::SttRequest;
use rooh_core::{Error, ErrorKind, Result};
use rooh_net::Route;
use serde_json::{Map, Value, json};

use crate::options::{DeepgramOptions, Family};

/// The most text of key terms, in bytes: the vendor takes 500 tokens, and few have less than two.
const TERMS: usize = 1_000;
/// The most key words that Nova-2 takes.
const WORDS: usize = 100;

/// The address of a connection with all that is asked for.
pub(crate) fn route(options: &DeepgramOptions, request: &SttRequest) -> Result<Route> {
    let language = options.language.as_deref().or(request.language.as_deref());
    let mut query = Query { options, route: Route::new(path(options)) };
    query.put("model", &options.model);
    query.put("encoding", "linear16");
    query.put("sample_rate", options.sample_rate);
    if options.is_flux() {
        query.flux(language)?;
    } else {
        query.nova(language);
    }
    query.both(&request.hints);
    for (name, value) in &options.query {
        match value {
            Value::Array(several) => {
                for value in several {
                    query.add(name, value);
                }
            }
            value => query.add(name, value),
        }
    }
    Ok(query.route)
}

fn path(options: &DeepgramOptions) -> &'static str {
    if options.is_flux() { "/v2/listen" } else { "/v1/listen" }
}

struct Query<'a> {
    options: &'a DeepgramOptions,
    route: Route,
}

impl Query<'_> {
    /// Unless the user has set it by hand.
    fn put(&mut self, name: &'static str, value: impl std::fmt::Display) {
        if !self.options.query.contains_key(name) {
            self.route = std::mem::take(&mut self.route).query(name, value);
        }
    }

    fn put_some(&mut self, name: &'static str, value: Option<impl std::fmt::Display>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    fn put_all(&mut self, name: &'static str, values: &[String]) {
        for value in values {
            self.put(name, value);
        }
    }

    fn add(&mut self, name: &str, value: &Value) {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        self.route = std::mem::take(&mut self.route).query(name.to_owned(), value);
    }

    fn flux(&mut self, language: Option<&str>) -> Result<()> {
        let options = self.options;
        if options.model.ends_with("-en") {
            if let Some(language) = language.filter(|language| !is_english(language)) {
                let message = format!("{} understands English alone", options.model);
                return Err(Error::new(ErrorKind::Config, message)
                    .with("language", language)
                    .with("in its place", "flux-general-multi"));
            }
        } else if options.language_hints.is_empty() {
            self.put_some("language_hint", language.filter(|language| *language != "multi").map(primary));
        } else {
            self.put_all("language_hint", &options.language_hints);
        }
        self.put_some("eot_threshold", options.eot_threshold);
        self.put_some("eager_eot_threshold", options.eager_eot_threshold);
        self.put_some("eot_timeout_ms", options.eot_timeout_ms);
        Ok(())
    }

    fn nova(&mut self, language: Option<&str>) {
        let options = self.options;
        self.put("channels", 1);
        self.put("interim_results", true);
        self.put_some("language", language);
        if language == Some("multi") && options.family() == Family::Nova3 {
            self.put_all("language_hint", &options.language_hints);
        }
        match options.endpointing {
            0 => self.put("endpointing", false),
            millis => self.put("endpointing", millis),
        }
        self.put_some("utterance_end_ms", Some(options.utterance_end_ms).filter(|millis| *millis > 0));
        self.put_some("vad_events", options.turns.then_some(true));
        self.put("punctuate", options.punctuate);
        if options.smart_format {
            self.put("smart_format", true);
            // Without it a final waits up to three seconds for the rest of a number.
            self.put("no_delay", true);
        }
        self.put_some("filler_words", options.filler_words);
        self.put_some("diarize_model", options.diarize.then_some("latest"));
    }

    fn both(&mut self, hints: &Hints) {
        let options = self.options;
        self.put_some("numerals", options.numerals);
        self.put_some("profanity_filter", options.profanity_filter);
        self.put_some("mip_opt_out", options.mip_opt_out);
        self.put_all("redact", &options.redact);
        self.put_all("tag", &options.tags);
        if options.family() == Family::Early {
            self.put_all("keywords", &keywords(options, hints));
        } else {
            self.put_all("keyterm", &keyterms(options, hints));
        }
    }
}

/// The message that has these options and hints hold from now on; `None` where a model takes none.
pub(crate) fn configure(options: &DeepgramOptions, hints: &Hints) -> Option<Value> {
    let terms = keyterms(options, hints);
    match options.family() {
        Family::Early => None,
        Family::Nova3 => {
            let mut message = json!({ "type": "Configure", "keyterms": terms });
            if let Some(numerals) = options.numerals {
                message["features"] = json!({ "numerals": numerals });
            }
            Some(message)
        }
        Family::Flux => {
            let thresholds: Map<String, Value> = [
                ("eager_eot_threshold", options.eager_eot_threshold.map(decimal)),
                ("eot_threshold", options.eot_threshold.map(decimal)),
                ("eot_timeout_ms", options.eot_timeout_ms.map(|millis| json!(millis))),
            ]
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect();
            let mut message = json!({ "type": "Configure", "keyterms": terms });
            if !thresholds.is_empty() {
                message["thresholds"] = Value::Object(thresholds);
            }
            if !options.language_hints.is_empty() {
                message["language_hints"] = json!(options.language_hints);
            }
            if let Some(numerals) = options.numerals {
                message["numerals"] = json!(numerals);
            }
            Some(message)
        }
    }
}

/// The words and phrases to listen for: those of the options first, without doubles, as many as fit.
fn keyterms(options: &DeepgramOptions, hints: &Hints) -> Vec<String> {
    let weighted = options.keywords.iter().map(|keyword| weight(keyword).0.to_owned());
    let mut terms: Vec<String> = Vec::new();
    let mut length = 0;
    for term in options.keyterms.iter().cloned().chain(weighted).chain(phrases(hints)) {
        let term = term.trim();
        if term.is_empty() || terms.iter().any(|other| other == term) || length + term.len() > TERMS {
            continue;
        }
        length += term.len();
        terms.push(term.to_owned());
    }
    terms
}

/// The words to listen for as Nova-2 and older models take them: single, with weights as given.
fn keywords(options: &DeepgramOptions, hints: &Hints) -> Vec<String> {
    let of_terms = options.keyterms.iter().cloned().chain(phrases(hints));
    let single = of_terms.flat_map(|term| term.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    let mut words: Vec<String> = Vec::new();
    for word in options.keywords.iter().cloned().chain(single) {
        let word = word.trim();
        let is_known = words.iter().any(|other| weight(other).0 == weight(word).0);
        if !word.is_empty() && !is_known && words.len() < WORDS {
            words.push(word.to_owned());
        }
    }
    words
}

fn phrases(hints: &Hints) -> Vec<String> {
    let expected = match &hints.expected {
        Expected::OneOf(phrases) => phrases.clone(),
        _ => Vec::new(),
    };
    expected.into_iter().chain(hints.phrases.iter().cloned()).collect()
}

/// A key word and its weight.
fn weight(keyword: &str) -> (&str, Option<&str>) {
    match keyword.rsplit_once(':') {
        Some((word, weight)) if weight.trim().parse::<f32>().is_ok() => (word.trim(), Some(weight)),
        _ => (keyword, None),
    }
}

/// 0.7 as 0.7, and not as the 0.699999988079071 that it is in half of the digits.
fn decimal(value: f32) -> Value {
    json!(value.to_string().parse::<f64>().unwrap_or_default())
}

/// The language of a tag, without its region.
fn primary(language: &str) -> &str {
    language.split(['-', '_']).next().unwrap_or(language)
}

fn is_english(language: &str) -> bool {
    primary(language).eq_ignore_ascii_case("en")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hints(phrases: &[&str]) -> Hints {
        Hints {
            expected: Expected::OneOf(vec!["left".to_owned(), "right turn".to_owned()]),
            phrases: phrases.iter().map(|phrase| (*phrase).to_owned()).collect(),
        }
    }

    fn terms(model: &str) -> DeepgramOptions {
        DeepgramOptions {
            keyterms: vec!["Rooh".to_owned(), "Anna Schmidt".to_owned()],
            keywords: vec!["Umlaut:2.5".to_owned(), "left:-1".to_owned()],
            ..DeepgramOptions::model(model)
        }
    }

    #[test]
    fn each_model_gets_words_as_it_takes_them() {
        let hints = hints(&["", "Rooh", "naïve café"]);
        let new = keyterms(&terms("nova-3"), &hints);
        assert_eq!(new, ["Rooh", "Anna Schmidt", "Umlaut", "left", "right turn", "naïve café"]);
        let old = keywords(&terms("nova-2"), &hints);
        let expected = ["Umlaut:2.5", "left:-1", "Rooh", "Anna", "Schmidt", "right", "turn", "naïve", "café"];
        assert_eq!(old, expected);
    }

    #[test]
    fn no_more_words_are_sent_than_the_vendor_takes() {
        let many: Vec<String> = (0..500).map(|n| format!("word{n:03}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let new = keyterms(&terms("nova-3"), &hints(&many));
        assert!(new.iter().map(String::len).sum::<usize>() <= TERMS && new.len() > 100);
        assert_eq!(keywords(&terms("nova-2"), &hints(&many)).len(), WORDS);
    }

    #[test]
    fn a_weight_is_a_number_behind_the_last_colon() {
        assert_eq!(weight("a:2"), ("a", Some("2")));
        assert_eq!(weight("time 12:30 pm"), ("time 12:30 pm", None));
        assert_eq!(weight("plain"), ("plain", None));
    }
}

//! The contract of tools, sentence by sentence.

use std::sync::Arc;

use rooh_core::session::SessionContext;
use rooh_core::tool::Tool;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::reading::Behind;
use super::subject::{into_subject, terms};
use super::{Terms, skipped, suite};

suite! { $
    /// Makes a test of each sentence of the contract of tools; see [`contract`](crate::contract).
    tool_contract, tool, ToolSubject:
    the_spec_always_says_the_same,
    the_spec_is_one_that_models_understand,
    arguments_that_are_not_understood_are_answered_with_what_is_expected,
    it_does_what_it_is_called_for,
    dropping_the_call_leaves_nothing_behind,
}

/// A tool, and what the suite may know about it.
#[derive(Clone, Debug)]
pub struct ToolSubject {
    tool: Arc<dyn Tool>,
    arguments: Option<Value>,
    terms: Terms,
}

terms!(ToolSubject);
into_subject!(ToolSubject, Tool);

impl ToolSubject {
    /// Runs the suite over `tool`.
    pub fn new(tool: impl Tool) -> Self {
        Self::shared(Arc::new(tool))
    }

    /// Runs the suite over a tool that is shared already.
    pub fn shared(tool: Arc<dyn Tool>) -> Self {
        Self { tool, arguments: None, terms: Terms::default() }
    }

    /// Calls it with these arguments, which it has to understand.
    ///
    /// Without them it is called with none, if its schema requires none.
    #[must_use]
    pub fn arguments(mut self, arguments: Value) -> Self {
        self.arguments = Some(arguments);
        self
    }

    fn required(&self) -> Vec<String> {
        let parameters = self.tool.spec().parameters;
        let required = parameters["required"].as_array().into_iter().flatten();
        required.filter_map(|name| name.as_str().map(str::to_owned)).collect()
    }

    fn understood(&self) -> Option<Value> {
        self.arguments.clone().or_else(|| self.required().is_empty().then(|| json!({})))
    }
}

/// `spec` always says the same.
pub async fn the_spec_always_says_the_same(subject: ToolSubject) {
    let first = format!("{:?}", subject.tool.spec());
    if let Some(arguments) = subject.understood() {
        let (session, _asked) = SessionContext::detached();
        // Whether it succeeds is another case.
        let _ = timeout(subject.terms.patience, subject.tool.call(arguments, &session)).await;
    }
    assert_eq!(first, format!("{:?}", subject.tool.spec()), "the spec changed");
}

/// The spec has a name, a description and a schema that models understand.
pub async fn the_spec_is_one_that_models_understand(subject: ToolSubject) {
    let spec = subject.tool.spec();
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    assert!(
        (1..=64).contains(&spec.name.len()) && spec.name.chars().all(fits),
        "{:?} is no name for a tool: letters, digits, _ and -, at most 64",
        spec.name
    );
    assert!(!spec.description.trim().is_empty(), "the description is empty");
    assert_eq!(spec.parameters["type"], "object", "the parameters are no object: {}", spec.parameters);
    for name in subject.required() {
        let known = spec.parameters["properties"].get(&name).is_some();
        assert!(known, "{name:?} is required, and no property");
    }
    assert!(!spec.timeout.is_zero(), "a tool that may take no time at all");
}

/// A tool that does not understand its arguments says what it expects.
pub async fn arguments_that_are_not_understood_are_answered_with_what_is_expected(subject: ToolSubject) {
    let required = subject.required();
    if required.is_empty() {
        return;
    }
    let (session, _asked) = SessionContext::detached();
    let answer = timeout(subject.terms.patience, subject.tool.call(json!({}), &session)).await;
    let Ok(answer) = answer else { panic!("a call without arguments was not answered") };
    let Err(error) = answer else { panic!("a call without {required:?} succeeded: {answer:?}") };
    let words = error.to_string();
    assert!(
        required.iter().any(|name| words.contains(name.as_str())),
        "the error names none of {required:?}, which a model would have to give: {words}"
    );
}

/// It does what it is called for, within its own time.
pub async fn it_does_what_it_is_called_for(subject: ToolSubject) {
    let Some(arguments) = subject.understood() else {
        skipped("it_does_what_it_is_called_for", "the subject has no arguments; see ToolSubject::arguments");
        return;
    };
    let (session, _asked) = SessionContext::detached();
    match timeout(subject.tool.spec().timeout, subject.tool.call(arguments, &session)).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => panic!("a call with proper arguments failed: {error:?}"),
        Err(_) => panic!("it takes longer than its own timeout"),
    }
}

/// The session drops the future of a tool that need not finish; nothing is left behind.
pub async fn dropping_the_call_leaves_nothing_behind(subject: ToolSubject) {
    let Some(arguments) = subject.understood() else { return };
    if subject.tool.spec().must_finish {
        return;
    }
    let behind = Behind::look(&subject.terms);
    let (session, _asked) = SessionContext::detached();
    let mut call = subject.tool.call(arguments, &session);
    let _ = futures::poll!(&mut call);
    drop(call);
    behind.assert_closed().await;
}

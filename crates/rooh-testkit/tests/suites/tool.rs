//! Tools that keep their contract, and ones that break a sentence each.

use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use rooh_core::session::SessionContext;
use rooh_core::tool::{EndCall, Tool, ToolSpec};
use rooh_core::{Error, ErrorKind, Result};
use rooh_testkit::contract::ToolSubject;
use rooh_testkit::contract::tool::CASES;
use serde_json::{Value, json};

use crate::wrong::judge;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fault {
    None,
    AcceptsAnything,
    ChangesItsMind,
    Fails,
    HasNoName,
    LeavesWorkBehind,
    SaysOnlyNo,
}

#[derive(Debug)]
struct LookUp {
    fault: Fault,
    calls: AtomicU32,
}

#[async_trait]
impl Tool for LookUp {
    fn spec(&self) -> ToolSpec {
        let calls = self.calls.load(Ordering::Relaxed);
        let name = if self.fault == Fault::HasNoName { "look up!" } else { "look_up" };
        let description = match self.fault {
            Fault::ChangesItsMind => format!("Looks something up; was called {calls} times."),
            _ => "Looks something up.".to_owned(),
        };
        ToolSpec::new(name, description).parameters(json!({
            "type": "object",
            "properties": { "what": { "type": "string" } },
            "required": ["what"],
        }))
    }

    async fn call(&self, arguments: Value, _: &SessionContext) -> Result<Value> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        if self.fault == Fault::LeavesWorkBehind {
            tokio::spawn(std::future::pending::<()>());
        }
        tokio::task::yield_now().await;
        match arguments["what"].as_str() {
            Some(_) if self.fault == Fault::Fails => Err(Error::new(ErrorKind::Unexpected, "what?")),
            Some(what) => Ok(json!({ "found": what })),
            None if self.fault == Fault::AcceptsAnything => Ok(Value::Null),
            None if self.fault == Fault::SaysOnlyNo => Err(Error::new(ErrorKind::Config, "no")),
            None => Err(Error::new(ErrorKind::Config, "what to look up is missing: give it as what")),
        }
    }
}

fn subject(fault: Fault) -> ToolSubject {
    ToolSubject::new(LookUp { fault, calls: AtomicU32::new(0) }).arguments(json!({ "what": "bread" }))
}

mod look_up {
    use super::*;

    rooh_testkit::tool_contract!(subject(Fault::None));
}

mod end_call {
    use super::*;

    rooh_testkit::tool_contract!(EndCall);
}

#[test]
fn wrong_tools_are_caught() {
    judge(
        CASES,
        subject,
        &[
            (
                Fault::AcceptsAnything,
                &["arguments_that_are_not_understood_are_answered_with_what_is_expected"],
            ),
            (Fault::ChangesItsMind, &["the_spec_always_says_the_same"]),
            (Fault::Fails, &["it_does_what_it_is_called_for"]),
            (Fault::HasNoName, &["the_spec_is_one_that_models_understand"]),
            (Fault::LeavesWorkBehind, &["dropping_the_call_leaves_nothing_behind"]),
            (Fault::SaysOnlyNo, &["arguments_that_are_not_understood_are_answered_with_what_is_expected"]),
        ],
    );
}

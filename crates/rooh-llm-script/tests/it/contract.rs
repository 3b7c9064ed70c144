//! The contract of language models.

use rooh_core::tool::{EndCall, Tool};
use rooh_testkit::contract::LlmSubject;

use crate::reception::reception;

fn subject() -> LlmSubject {
    LlmSubject::new(reception()).prompt("My name is Ada.").calling("goodbye", EndCall.spec())
}

rooh_testkit::llm_contract!(subject());

//! The contract of judges of pauses, over this one.

use rooh_core::provider::FromOptions;
use rooh_core::turn::TurnView;
use rooh_testkit::contract::TurnSubject;
use {{module}}::{{Type}};

mod contract {
    use super::*;

    rooh_testkit::turn_contract!(subject());
}

/// The judge, a turn that is finished, and one that is not.
fn subject() -> rooh_core::Result<TurnSubject> {
    let view = |text: &str| TurnView { text: text.to_owned(), ..Default::default() };
    let judge = {{Type}}::from_options(Default::default())?;
    Ok(TurnSubject::new(judge).examples(view("I bake bread."), view("I bake bread and")))
}

#[test]
fn it_is_found_by_name() {
    rooh_core::registry::Registry::linked().turn(&"{{name}}".parse().unwrap()).unwrap();
}

//! The contract of voice-activity detectors, over this one.

use rooh_core::provider::FromOptions;
use {{module}}::{{Type}};

mod contract {
    use super::*;

    rooh_testkit::vad_contract!({{Type}}::from_options(Default::default()));
}

#[test]
fn it_is_found_by_name() {
    rooh_core::registry::Registry::linked().vad(&"{{name}}".parse().unwrap()).unwrap();
}

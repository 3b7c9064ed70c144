//! `rooh secrets`.

use crate::Rooh;

#[test]
fn a_key_goes_in_by_standard_input_and_never_comes_out() {
    let rooh = Rooh::new();
    let set = ["secrets", "set", "reception", "mind", "api_key"];
    rooh.run_with(&set, "canary-0123456789\n").ends_with(0).says("fingerprint").does_not_say("canary");
    let list =
        rooh.run(&["secrets", "list", "reception", "--json"]).ends_with(0).does_not_say("canary").json();
    assert_eq!(list[0]["last4"], "6789");
    assert_eq!(list[0]["source"], "file");
    rooh.run(&["doctor", "--json"]).does_not_say("canary");
    rooh.run(&["--log", "trace", "chat"]).does_not_say("canary");
    rooh.run(&["secrets", "delete", "reception", "mind", "api_key"]).ends_with(0);
    assert_eq!(rooh.run(&["secrets", "list", "reception", "--json"]).json().as_array().unwrap().len(), 0);
}

#[test]
fn a_key_that_is_none_is_refused() {
    let rooh = Rooh::new();
    rooh.run_with(&["secrets", "set", "reception", "mind", "api_key"], "\n").ends_with(65).says("empty");
    rooh.run_with(&["secrets", "set", "reception", "mind", "api_key"], "a\nb\n")
        .ends_with(65)
        .says("one line");
    rooh.run_with(&["secrets", "set", "nobody", "mind", "api_key"], "canary\n").ends_with(66);
}

#[cfg(unix)]
#[test]
fn keys_that_others_can_read_end_with_78_and_the_fix() {
    use std::os::unix::fs::PermissionsExt;

    let rooh = Rooh::new();
    rooh.run_with(&["secrets", "set", "reception", "mind", "api_key"], "canary\n").ends_with(0);
    let file = rooh.path().join("secrets/reception.json");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    rooh.run(&["chat"]).ends_with(78).says("chmod 600").does_not_say("canary");
}

//! The command line itself.

use crate::Rooh;

#[test]
fn help_teaches_with_examples_and_exit_codes() {
    let rooh = Rooh::new();
    rooh.run(&["--help"]).ends_with(0).says("Exit codes:").says("78  the data directory");
    for command in [
        &["talk"][..],
        &["replay"],
        &["chat"],
        &["serve"],
        &["agents", "new"],
        &["agents", "import"],
        &["secrets", "set"],
    ] {
        rooh.run(&[command, &["--help"]].concat()).ends_with(0).says("Examples:").says("rooh ");
    }
    rooh.run(&["--version"]).ends_with(0).says("rooh 0.");
}

#[test]
fn a_wrong_command_line_ends_with_2() {
    let rooh = Rooh::new();
    rooh.run(&["agnets"]).ends_with(2).says("agents");
    rooh.run(&["chat", "--agnet", "x"]).ends_with(2).says("--agent");
    rooh.run(&["serve", "--port", "99999"]).ends_with(2);
    rooh.run(&["talk"]).ends_with(2).says("--input").says("transport-local");
    assert!(!rooh.path().join("agents").exists(), "a wrong command line makes no files");
}

#[test]
fn a_filter_of_the_log_that_is_wrong_ends_with_78() {
    Rooh::new().run(&["--log", "rooh=loud", "agents", "list"]).ends_with(78).says("filter");
}

#[cfg(unix)]
#[test]
fn a_data_directory_that_others_can_write_ends_with_78_and_the_fix() {
    use std::os::unix::fs::PermissionsExt;

    let rooh = Rooh::new();
    std::fs::set_permissions(rooh.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    rooh.run(&["agents", "list"]).ends_with(78).says("chmod 700");
    std::fs::set_permissions(rooh.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    rooh.run(&["agents", "list"]).ends_with(0);
}

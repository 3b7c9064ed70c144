//! `rooh serve`: that it starts, and what it says if it cannot.

use std::io::{BufRead, BufReader};

use crate::Rooh;

#[test]
fn a_wider_bind_names_the_missing_flag_and_ends_with_78() {
    let rooh = Rooh::new();
    rooh.run(&["serve", "--host", "0.0.0.0", "--port", "0"]).ends_with(78).says("--bind-any");
    rooh.run(&["serve", "--host", "0.0.0.0", "--port", "0", "--bind-any"]).ends_with(78).says("ROOH_TOKEN");
}

#[test]
fn a_port_that_is_taken_ends_with_78() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    Rooh::new().run(&["serve", "--port", &port]).ends_with(78).says("--port");
}

#[cfg(unix)]
#[test]
fn without_a_command_it_serves_until_it_is_told_to_stop() {
    let rooh = Rooh::new();
    let mut command = rooh.command(&[]);
    let mut child = command.env("ROOH_PORT", "0").spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert!(line.contains("http://127.0.0.1:") && line.contains("#token="), "{line:?}");
    // A reader that goes away ends nothing.
    drop(out);
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(0));
}

//! Credentials of the environment, in processes with one of their own: variables of this one are
//! shared by all tests.

use std::process::Stdio;
use std::time::Duration;

use rooh_core::llm::LlmProvider;
use rooh_llm_bedrock::{Bedrock, BedrockOptions};
use rooh_testkit::fakes::FakeBedrock;
use tokio::process::Command;
use tokio::time::timeout;

use crate::{asked, text_of};

/// Says that this is such a process.
const INSIDE: &str = "ROOH_TEST_INSIDE";

/// Asks with nothing but what the environment says, and prints what became of it.
#[tokio::test]
async fn inside() {
    if std::env::var_os(INSIDE).is_none() {
        return;
    }
    // For all threads and tasks of this process, those of the connection too.
    tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false).init();
    tracing::trace!("the log is on");
    let provider =
        Bedrock::new(BedrockOptions { start_timeout_ms: 20_000, ..BedrockOptions::default() }).unwrap();
    let loaded = provider.load().collect().await;
    println!("loaded: {}", loaded.map_or_else(|error| format!("{error:?}"), |_| "yes".to_owned()));
    let answer = provider.chat(asked("Hello there")).collect().await;
    println!("said: {}", answer.map_or_else(|error| format!("{error:?}"), |events| text_of(&events)));
}

/// What is printed where these are the variables.
async fn with(variables: &[(&str, &str)]) -> String {
    let mut process = Command::new(std::env::current_exe().expect("a test knows where it is"));
    process.args(["--exact", "environment::inside", "--nocapture"]);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AWS_") {
            process.env_remove(name);
        }
    }
    for (name, value) in
        [("AWS_CONFIG_FILE", ""), ("AWS_SHARED_CREDENTIALS_FILE", ""), ("AWS_EC2_METADATA_DISABLED", "true")]
    {
        process.env(name, value);
    }
    process.env("HOME", "nowhere").env(INSIDE, "yes").envs(variables.iter().copied());
    process.stdin(Stdio::null()).kill_on_drop(true);
    let output = timeout(Duration::from_secs(60), process.output()).await;
    let output = output.expect("the process comes to its end").expect("the process starts");
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).expect("only text is printed");
    assert!(printed.contains("the log is on") && !printed.contains("4711"), "{printed}");
    printed
}

#[tokio::test]
async fn an_access_key_and_an_address_of_the_environment_are_used() {
    let fake = FakeBedrock::start().await.unwrap().key("AKIDEXAMPLE");
    let url = fake.url();
    let printed = with(&[
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret-4711"),
        ("AWS_DEFAULT_REGION", "eu-central-1"),
        ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", &url),
    ])
    .await;
    assert!(printed.contains("loaded: yes") && printed.contains("said: Grüße"), "{printed}");
    let authorization = fake.seen()[0].authorization.clone().unwrap();
    assert!(authorization.contains("/eu-central-1/bedrock/aws4_request"), "{authorization}");
}

#[tokio::test]
async fn an_api_key_of_the_environment_comes_before_other_credentials() {
    let fake = FakeBedrock::start().await.unwrap().key("sesame-4711");
    let url = fake.url();
    let printed = with(&[
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret-4711"),
        ("AWS_BEARER_TOKEN_BEDROCK", "sesame-4711"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ENDPOINT_URL", &url),
    ])
    .await;
    assert!(printed.contains("loaded: yes") && printed.contains("said: Grüße"), "{printed}");
}

#[tokio::test]
async fn what_is_missing_is_said() {
    let nobody = with(&[("AWS_REGION", "eu-central-1")]).await;
    assert!(nobody.contains("loaded: auth error: no credentials for AWS"), "{nobody}");
    assert!(nobody.contains("said: auth error: no credentials for AWS"), "{nobody}");
    let nowhere =
        with(&[("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "secret-4711")]).await;
    assert!(nowhere.contains("said: config error: region: which region?"), "{nowhere}");
}

#[tokio::test]
async fn no_key_is_sent_without_encryption_to_another_machine() {
    // RFC 5737 keeps this address from ever being given to anybody.
    let printed = with(&[
        ("AWS_BEARER_TOKEN_BEDROCK", "sesame-4711"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ENDPOINT_URL", "http://192.0.2.1"),
    ])
    .await;
    for what in ["loaded", "said"] {
        let refused = format!("{what}: config error: http is for this machine alone");
        assert!(printed.contains(&refused), "{printed}");
    }
}

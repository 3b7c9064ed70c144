//! Keys: which one goes where, and that none is shown.

use std::io;
use std::sync::{Arc, Mutex};

use rooh_core::ErrorKind;
use rooh_core::llm::{LlmProvider, LlmRequest};
use rooh_core::options::Secret;
use rooh_core::trace::Trace;
use rooh_llm_bedrock::{AuthMode, Bedrock, BedrockOptions};
use rooh_testkit::fakes::{FakeBedrock, Fault};
use tracing::instrument::WithSubscriber;

use crate::{answer, asked, options, text_of};

fn signed(fake: &FakeBedrock) -> BedrockOptions {
    BedrockOptions {
        access_key_id: Secret::new("AKIDEXAMPLE"),
        api_key: Secret::default(),
        auth_mode: AuthMode::AccessKeys,
        secret_access_key: Secret::new("secret-4711"),
        session_token: Secret::new("token-4711"),
        ..options(fake)
    }
}

#[tokio::test]
async fn a_request_is_signed_with_the_access_key() {
    let fake = FakeBedrock::start().await.unwrap().key("AKIDEXAMPLE");
    let provider = Bedrock::new(signed(&fake)).unwrap();
    assert!(!text_of(&answer(&provider, asked("Hello there")).await).is_empty());
    let seen = fake.seen().pop().unwrap();
    let authorization = seen.authorization.clone().unwrap();
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"), "{authorization}");
    assert!(authorization.contains("/us-east-1/bedrock/aws4_request"), "{authorization}");
    assert_eq!(seen.header("x-amz-security-token"), Some("token-4711"));
    let other = BedrockOptions { access_key_id: Secret::new("AKIDOTHER"), ..signed(&fake) };
    let error = Bedrock::new(other).unwrap().chat(asked("Hi")).collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth, "{error}");
}

#[test]
fn what_is_missing_or_odd_is_said_before_anything_is_asked() {
    let right = BedrockOptions {
        api_key: Secret::new("k"),
        auth_mode: AuthMode::ApiKey,
        region: "us-east-1".to_owned(),
        ..BedrockOptions::default()
    };
    assert!(Bedrock::new(right.clone()).is_ok());
    let with = |change: fn(&mut BedrockOptions)| {
        let mut options = right.clone();
        change(&mut options);
        let error = Bedrock::new(options).unwrap_err();
        assert!(!error.to_string().contains("4711"), "{error}");
        (error.context("path").unwrap_or_default().to_owned(), error.kind())
    };
    let config = |path: &str| (path.to_owned(), ErrorKind::Config);
    let auth = |path: &str| (path.to_owned(), ErrorKind::Auth);
    assert_eq!(with(|options| options.api_key = Secret::default()), auth("api_key"));
    assert_eq!(with(|options| options.auth_mode = AuthMode::AccessKeys), auth("access_key_id"));
    assert_eq!(with(|options| options.api_key = Secret::new("4711\n")), config("api_key"));
    assert_eq!(with(|options| options.model_id = " ".to_owned()), config("model_id"));
    assert_eq!(with(|options| options.region = String::new()), config("region"));
    for region in ["us-east-1.example.com/", "us east", "x@example.com", "US-EAST-1"] {
        let options = BedrockOptions { region: region.to_owned(), ..right.clone() };
        let error = Bedrock::new(options).unwrap_err();
        assert_eq!((error.kind(), error.context("path")), (ErrorKind::Config, Some("region")), "{region}");
    }
    assert_eq!(with(|options| options.base_url = "http://example.com".to_owned()), config("base_url"));
    assert_eq!(
        with(|options| options.base_url = "https://me:4711@example.com".to_owned()),
        config("base_url")
    );
    let environment = |options: &mut BedrockOptions| {
        options.auth_mode = AuthMode::Environment;
        options.base_url = "https://example.com".to_owned();
    };
    assert_eq!(with(environment), config("base_url"));
}

#[tokio::test]
async fn keys_are_sent_and_never_shown() {
    let fake = FakeBedrock::start().await.unwrap();
    for options in [options(&fake), signed(&fake)] {
        let provider = Bedrock::new(options.clone()).unwrap();
        let wire = Arc::new(Mutex::new(String::new()));
        let heard = Arc::clone(&wire);
        let trace = Trace::to(move |record| heard.lock().unwrap().push_str(record.message));
        answer(&provider, LlmRequest { trace, ..asked("Hello there") }).await;
        let traced = wire.lock().unwrap().clone();
        assert!(traced.contains("Hello there") && !traced.contains("4711"), "{traced}");
        assert!(!format!("{provider:?} {options:?}").contains("4711"));
        // A vendor that repeats the key in its error.
        for fault in [
            Fault::Status(400, "what is sesame-4711 or token-4711?".to_owned(), None),
            Fault::Error("validationException: what is sesame-4711 or token-4711?".to_owned()),
        ] {
            fake.spoil(fault);
            let error = provider.chat(asked("Hi")).collect().await.unwrap_err();
            let key = if options.auth_mode == AuthMode::ApiKey { "sesame-4711" } else { "token-4711" };
            assert!(!format!("{error} {error:?}").contains(key), "{error}");
        }
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic happens under this lock").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_sdk_writes_no_key_and_nothing_that_was_said_into_the_log() {
    let fake = FakeBedrock::start().await.unwrap();
    let log = Log::default();
    let writer = log.clone();
    let everything = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let work = async {
        tracing::trace!("the log is on");
        for options in [options(&fake), signed(&fake)] {
            let provider = Bedrock::new(options).unwrap();
            provider.load().collect().await.unwrap();
            provider.prewarm().collect().await.unwrap();
            answer(&provider, asked("Hello there")).await;
            fake.spoil(Fault::Status(403, "no".to_owned(), None));
            provider.chat(asked("Hello there")).collect().await.unwrap_err();
        }
    };
    work.with_subscriber(everything).await;
    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(log.contains("the log is on"));
    for secret in ["4711", "Hello there", "Grüße"] {
        assert!(!log.contains(secret), "{secret} in the log");
    }
}

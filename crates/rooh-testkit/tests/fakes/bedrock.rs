//! The fake Bedrock before boto3, the Python client of AWS.

use rooh_testkit::fakes::{Cuts, FakeBedrock, Fault};

use crate::certify;

const SCRIPT: &str = include_str!("bedrock.py");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_client_of_aws_takes_the_fake_for_bedrock() {
    let fake = FakeBedrock::start()
        .await
        .unwrap()
        .key("AKIDEXAMPLE")
        .ended("anthropic.claude-3-haiku-20240307-v1:0")
        .only_by_profile("anthropic.claude-haiku-5-5-v1:0");
    // In the order in which the script meets them.
    fake.cut(Cuts::Seed(20_261_121));
    for fault in [
        Fault::Error("throttlingException: slow down".to_owned()),
        Fault::Error("modelStreamErrorException: the model broke".to_owned()),
        Fault::Error("validationException: no".to_owned()),
        Fault::Status(429, "Too many tokens".to_owned(), Some("7".to_owned())),
        Fault::Status(424, "ModelErrorException: it broke".to_owned(), None),
        Fault::Status(503, "busy".to_owned(), None),
        Fault::Malformed,
        Fault::Break(200),
        Fault::Comments,
    ] {
        fake.spoil(fault);
    }
    if certify("bedrock", SCRIPT, &[&fake.url()]).await {
        let seen = fake.seen();
        assert!(seen.iter().any(|seen| seen.path == "/async-invoke"));
        assert!(seen.iter().any(|seen| seen.path.contains("%3A") && seen.path.contains("%2F")));
        assert!(seen.iter().any(|seen| seen.header("x-amz-security-token") == Some("SESSIONTOKEN")));
    }
}

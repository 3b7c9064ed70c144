//! The fake Cartesia before the Python client of Cartesia.

use std::time::Duration;

use rooh_testkit::fakes::{Cuts, FakeCartesia, SocketFault};

use crate::certify;

const SCRIPT: &str = include_str!("cartesia.py");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_client_of_cartesia_takes_the_fake_for_a_cartesia() {
    let fake = FakeCartesia::start()
        .await
        .unwrap()
        .key("right")
        .concurrency(3)
        .expiry(Duration::from_millis(500))
        // Long enough for a cancellation to come in the middle.
        .pace(Duration::from_millis(2));
    fake.cut(Cuts::Seed(20_261_121));
    // In the order in which the script meets them.
    for fault in [
        SocketFault::Status(429, "too many sockets".to_owned(), Some("7".to_owned())),
        SocketFault::Close(2, 1000, "connection idle timeout".to_owned()),
        SocketFault::Break(2),
        SocketFault::Malformed(0),
    ] {
        fake.spoil(fault);
    }
    if certify("cartesia", SCRIPT, &[&fake.url()]).await {
        assert_eq!(fake.active(), 0, "contexts are left");
        assert!(fake.seen().iter().any(|seen| seen.path == "/"), "the status was not asked for");
        let heard: Vec<_> = fake.heard().iter().map(rooh_testkit::fakes::Message::json).collect();
        for field in ["cancel", "flush", "continue"] {
            assert!(heard.iter().any(|message| message[field] == true), "{field} was not sent");
        }
    }
}

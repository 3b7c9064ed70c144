//! Every row of "Security defaults" that applies, against the real server.

use rooh_core::options::Secret;
use serde_json::json;

use crate::client::{Running, start, start_program, start_with};

/// One bad request and the answer that it gets.
struct Row {
    what: &'static str,
    line: &'static str,
    headers: Vec<(&'static str, String)>,
    body: &'static str,
    status: u16,
}

async fn check(server: &Running, rows: Vec<Row>) {
    for Row { what, line, headers, body, status } in rows {
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = server.request(line, &headers, body).await;
        assert_eq!(answer.status, status, "{what}: {answer:?}");
        if status >= 400 {
            let json = answer.json();
            let error = &json["error"];
            assert!(error["code"].is_string() && error["message"].is_string(), "{what}: {json}");
            assert_eq!(error["request_id"].as_str().unwrap().len(), 16, "{what}");
            assert_eq!(answer.header("x-request-id"), error["request_id"].as_str(), "{what}");
        }
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{what}");
        }
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{what}");
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{what}");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{what}");
    }
}

fn row(
    what: &'static str,
    line: &'static str,
    headers: Vec<(&'static str, String)>,
    body: &'static str,
    status: u16,
) -> Row {
    Row { what, line, headers, body, status }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_bad_request_gets_the_answer_of_its_row() {
    let server = start_program().await;
    let cookie = server.sign_in().await;
    let own = server.origin();
    let port = server.address.port();
    let bearer = || ("Authorization", format!("Bearer {}", server.token));
    let json = || ("Content-Type", "application/json".to_owned());
    let cookies = || ("Cookie", format!("other=1; {cookie}"));
    let origin = |origin: &str| ("Origin", origin.to_owned());
    let site = |site: &str| ("Sec-Fetch-Site", site.to_owned());
    let host = |host: String| ("Host", host);
    let websocket = || {
        vec![
            ("Connection", "upgrade".to_owned()),
            ("Upgrade", "websocket".to_owned()),
            ("Sec-WebSocket-Version", "13".to_owned()),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==".to_owned()),
            ("Sec-WebSocket-Protocol", "rooh.v1".to_owned()),
        ]
    };
    let with = |mut headers: Vec<(&'static str, String)>, more| {
        headers.push(more);
        headers
    };
    check(
        &server,
        vec![
            // Tokens.
            row("no token", "GET /api/agents", vec![], "", 401),
            row("no token for what is not there", "GET /api/nothing", vec![], "", 401),
            row("no token for metrics", "GET /metrics", vec![], "", 401),
            row("a wrong token", "GET /api/agents", vec![("Authorization", "Bearer wrong".into())], "", 401),
            row("another scheme", "GET /api/agents", vec![("Authorization", "Basic eDp5".into())], "", 401),
            row("a wrong cookie", "GET /api/agents", vec![("Cookie", format!("rooh_{port}=wrong"))], "", 401),
            row(
                "two cookies of our name",
                "GET /api/agents",
                vec![("Cookie", format!("{cookie}; rooh_{port}=planted"))],
                "",
                401,
            ),
            row("the token in the query", "GET /api/agents?token=abc", vec![bearer()], "", 400),
            row("the token in the page's query", "GET /?token=abc", vec![], "", 400),
            row("the right token", "GET /api/agents", vec![bearer()], "", 200),
            row("the right cookie", "GET /api/agents", vec![cookies()], "", 200),
            // Hosts, for the API and for files.
            row(
                "a rebound name",
                "GET /api/agents",
                vec![bearer(), host(format!("evil.test:{port}"))],
                "",
                421,
            ),
            row("a rebound name for a file", "GET /", vec![host("evil.test".into())], "", 421),
            row("another port", "GET /", vec![host("localhost:1".into())], "", 421),
            row("our name", "GET /healthz", vec![host(format!("localhost:{port}"))], "", 200),
            row("another name in the address", "GET http://evil.test/", vec![], "", 421),
            row(
                "two hosts",
                "GET /",
                vec![host(format!("localhost:{port}")), host("evil.test".into())],
                "",
                400,
            ),
            // Origins.
            row(
                "a foreign origin",
                "POST /api/tickets",
                vec![cookies(), json(), origin("http://evil.test")],
                "{}",
                403,
            ),
            row("no origin with a cookie", "POST /api/tickets", vec![cookies(), json()], "{}", 403),
            row("the origin null", "POST /api/tickets", vec![cookies(), json(), origin("null")], "{}", 403),
            row(
                "our name as https",
                "POST /api/tickets",
                vec![cookies(), json(), origin(&own.replace("http:", "https:"))],
                "{}",
                403,
            ),
            row("a foreign page", "POST /api/tickets", vec![bearer(), json(), site("cross-site")], "{}", 403),
            row(
                "a neighbor",
                "POST /api/tickets",
                vec![cookies(), json(), origin(&own), site("same-site")],
                "{}",
                403,
            ),
            row("a foreign page that reads", "GET /api/agents", vec![cookies(), site("cross-site")], "", 403),
            row(
                "a foreign page that signs in",
                "POST /api/login",
                vec![json(), origin("http://evil.test")],
                "{}",
                403,
            ),
            row(
                "a foreign page that deletes",
                "DELETE /api/agents/reception",
                vec![cookies(), origin("http://evil.test")],
                "",
                403,
            ),
            row(
                "our own page",
                "POST /api/agents/check",
                vec![cookies(), json(), origin(&own), site("same-origin")],
                "{}",
                200,
            ),
            row("a link from elsewhere to the page", "GET /", vec![site("cross-site")], "", 200),
            // WebSockets are refused before any 101.
            row(
                "a foreign WebSocket",
                "GET /api/talk?ticket=x",
                with(websocket(), origin("http://evil.test")),
                "",
                403,
            ),
            row(
                "a WebSocket from null",
                "GET /api/talk?ticket=x",
                with(websocket(), origin("null")),
                "",
                403,
            ),
            row(
                "a WebSocket without origin, with a cookie",
                "GET /api/talk?ticket=x",
                with(websocket(), cookies()),
                "",
                403,
            ),
            row("a WebSocket without a ticket", "GET /api/talk", websocket(), "", 401),
            row(
                "a WebSocket with a made-up ticket",
                "GET /api/talk?ticket=x",
                with(websocket(), origin(&own)),
                "",
                401,
            ),
            row("a WebSocket to a file", "GET /", with(websocket(), origin("http://evil.test")), "", 403),
            row("no WebSocket", "GET /api/talk?ticket=x", vec![], "", 426),
            // Content types.
            row(
                "a form",
                "POST /api/tickets",
                vec![bearer(), ("Content-Type", "application/x-www-form-urlencoded".into())],
                "a=1",
                415,
            ),
            row(
                "text",
                "POST /api/tickets",
                vec![bearer(), ("Content-Type", "text/plain".into())],
                "{}",
                415,
            ),
            row("no type", "POST /api/tickets", vec![bearer()], "{}", 415),
            row(
                "a compressed body",
                "POST /api/tickets",
                vec![bearer(), json(), ("Content-Encoding", "gzip".into())],
                "{}",
                415,
            ),
            row("text to sign in", "POST /api/login", vec![("Content-Type", "text/plain".into())], "{}", 415),
            row("broken JSON", "POST /api/tickets", vec![bearer(), json()], "{", 400),
            row("two bodies", "POST /api/tickets", vec![bearer(), json()], "{}{}", 400),
            row("an unknown field", "POST /api/tickets", vec![bearer(), json()], r#"{"agents":"x"}"#, 422),
            // Preflights.
            row(
                "a foreign preflight",
                "OPTIONS /api/agents",
                vec![origin("http://evil.test"), ("Access-Control-Request-Method", "POST".into())],
                "",
                403,
            ),
            // Methods and addresses.
            row("another method", "DELETE /api/catalog", vec![bearer()], "", 405),
            row("a write to a page", "POST /", vec![json()], "{}", 405),
            row("no such method", "TRACE /", vec![], "", 405),
            row("nothing there", "GET /api/nothing", vec![bearer()], "", 404),
            row("no such file", "GET /nothing.html", vec![], "", 404),
            row("a way up", "GET /../Cargo.toml", vec![], "", 404),
            row("a way up in disguise", "GET /..%2fCargo.toml", vec![], "", 404),
            row("a bad name", "GET /api/agents/..%2f..%2fetc", vec![bearer()], "", 422),
            // The page and its parts.
            row("the page", "GET /", vec![], "", 200),
            row("a script", "GET /js/app.js", vec![], "", 200),
            row("health", "GET /healthz", vec![], "", 200),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cookie_is_for_our_pages_alone() {
    let server = start_program().await;
    let body = json!({ "token": server.token }).to_string();
    let answer = server.request("POST /api/login", &[("Content-Type", "application/json")], &body).await;
    let cookie = answer.header("set-cookie").unwrap();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "there is no TLS here");
    assert!(!cookie.contains(&server.token));

    let cookie = cookie.split(';').next().unwrap().to_owned();
    let origin = server.origin();
    let headers = [("Cookie", cookie.as_str()), ("Origin", origin.as_str())];
    assert_eq!(server.request("GET /api/agents", &headers, "").await.status, 200);
    assert_eq!(server.request("POST /api/logout", &headers, "").await.status, 204);
    assert_eq!(server.request("GET /api/agents", &headers, "").await.status, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_wrong_tokens_a_minute_are_enough_and_lock_nobody_else_out() {
    let server = start_program().await;
    let wrong = [("Content-Type", "application/json")];
    for _ in 0..10 {
        assert_eq!(server.request("POST /api/login", &wrong, r#"{"token":"guess"}"#).await.status, 401);
    }
    let answer = server.request("POST /api/login", &wrong, r#"{"token":"guess"}"#).await;
    assert_eq!(answer.status, 429);
    assert!(answer.header("retry-after").is_some());
    let answer = server.request("GET /api/agents", &[("Authorization", "Bearer guess")], "").await;
    assert_eq!(answer.status, 429);
    assert_eq!(server.call("GET /api/agents", None).await.status, 200);
    server.sign_in().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_is_served_under_its_name_with_a_secure_cookie() {
    let server = start_with(|config| {
        config.wider.proxy = Some("talk.example.org".into());
        config.token = Some(Secret::new("0123456789abcdef0123456789abcdef"));
    })
    .await;
    let body = r#"{"token":"0123456789abcdef0123456789abcdef"}"#;
    let headers =
        |origin| [("Host", "talk.example.org"), ("Origin", origin), ("Content-Type", "application/json")];
    let answer = server.request("POST /api/login", &headers("https://talk.example.org"), body).await;
    assert_eq!(answer.status, 204);
    assert!(answer.header("set-cookie").unwrap().contains("; Secure"));
    assert_eq!(
        server.request("POST /api/login", &headers("http://talk.example.org"), body).await.status,
        403
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_and_the_keys_are_nowhere_to_be_found() {
    let server = start().await;
    let canary = "sk-canary-0123456789abcdef";
    let spec = json!({ "name": "desk", "models": { "mind": { "type": "llm", "class": "echo" } }, "pipeline": { "llm": "mind" } });
    assert_eq!(server.call("POST /api/agents", Some(spec)).await.status, 201);
    let place = "/api/agents/desk/secrets/mind/api_key";
    let set = server.call(&format!("PUT {place}"), Some(json!({ "value": canary }))).await;
    assert_eq!(set.status, 200);
    assert_eq!(set.json()["last4"], "cdef");
    for path in [
        place,
        "/api/agents/desk",
        "/api/agents",
        "/api/catalog",
        "/api/machine",
        "/api/sessions",
        "/metrics",
    ] {
        let answer = server.call(&format!("GET {path}"), None).await;
        assert_eq!(answer.status, 200, "{path}");
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(!text.contains("canary") && !text.contains(&server.token), "{path}: {text}");
    }
    for error in [
        server.call(&format!("PUT {place}"), Some(json!({ "value": [canary] }))).await,
        server.call(&format!("PUT {place}"), Some(json!({ "value": format!("{canary}\n") }))).await,
        server.call("POST /api/login", Some(json!({ "token": canary, "x": 1 }))).await,
    ] {
        assert!(error.status >= 400 && !String::from_utf8_lossy(&error.body).contains("canary"), "{error:?}");
    }
    // On disk the key is in its own file alone, and the token nowhere.
    let mut found = Vec::new();
    let mut folders = vec![server.folder.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(!text.contains(&server.token), "{path:?}");
            if text.contains(canary) {
                found.push(path.file_name().unwrap().to_owned());
            }
        }
    }
    assert_eq!(found, ["desk.json"]);
}

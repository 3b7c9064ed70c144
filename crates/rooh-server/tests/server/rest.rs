//! Agents, keys, swaps, voices and sessions over HTTP.

use serde_json::{Value, json};

use crate::client::{Running, start};

pub(crate) fn desk() -> Value {
    json!({
        "name": "desk",
        "models": {
            "mind": { "type": "llm", "class": "echo", "prefix": "You said " },
            "voice": { "type": "tts", "class": "beep" },
            "loud": { "type": "tts", "class": "beep", "loudness": 10 },
        },
        "pipeline": { "llm": "mind", "tts": "voice" },
        "system_prompt": "Be brief.",
    })
}

pub(crate) async fn with_desk() -> Running {
    let server = start().await;
    let created = server.call("POST /api/agents", Some(desk())).await;
    assert_eq!(created.status, 201, "{created:?}");
    server
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_is_made_read_changed_chosen_and_removed() {
    let server = with_desk().await;
    let read = server.call("GET /api/agents/desk", None).await.json();
    assert_eq!(read["models"]["mind"]["prefix"], "You said ");
    assert!(read["created_at"].is_string());
    assert_eq!(server.call("POST /api/agents", Some(desk())).await.status, 409);

    let mut changed = desk();
    changed["system_prompt"] = "Be long.".into();
    let replaced = server.call("PUT /api/agents/desk", Some(changed)).await;
    assert_eq!((replaced.status, &replaced.json()["system_prompt"]), (200, &json!("Be long.")));
    let mut renamed = desk();
    renamed["name"] = "other".into();
    assert_eq!(server.call("PUT /api/agents/desk", Some(renamed)).await.status, 422);
    assert_eq!(
        server
            .call("PUT /api/agents/none", Some(json!({"name": "none", "pipeline": {"llm": "echo"}})))
            .await
            .status,
        404
    );

    assert_eq!(server.call("POST /api/agents/desk/activate", None).await.json()["status"], "active");
    let list = server.call("GET /api/agents", None).await.json();
    let row =
        list["agents"].as_array().unwrap().iter().find(|agent| agent["name"] == "desk").unwrap().clone();
    assert_eq!(row["pipeline"], json!({ "llm": "echo", "tts": "beep" }));
    assert_eq!(row["status"], "active");

    assert_eq!(server.call("DELETE /api/agents/desk", None).await.status, 204);
    assert_eq!(server.call("DELETE /api/agents/desk", None).await.status, 404);
    assert_eq!(server.call("GET /api/agents/desk", None).await.code(), "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_that_is_wrong_is_told_with_its_path() {
    let server = start().await;
    let wrong = json!({
        "name": "desk",
        "models": { "mind": { "type": "llm", "class": "echo", "prefx": "x" }, "voice": { "type": "tts", "class": "acme" } },
        "pipeline": { "llm": "mind", "tts": "voice" },
    });
    let checked = server.call("POST /api/agents/check", Some(wrong.clone())).await;
    assert_eq!(checked.status, 200);
    let problems = checked.json()["problems"].clone();
    let paths: Vec<&str> =
        problems.as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["models.mind.prefx", "models.voice.class"]);
    let refused = server.call("POST /api/agents", Some(wrong)).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.json()["error"]["problems"], problems);
    assert_eq!(server.call("POST /api/agents/check", Some(desk())).await.json(), json!({ "problems": [] }));
    assert_eq!(server.call("GET /api/agents/desk", None).await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_file_is_listed_and_hides_no_other() {
    let server = with_desk().await;
    std::fs::write(server.folder.path().join("agents/broken.yaml"), "name: [").unwrap();
    let list = server.call("GET /api/agents", None).await.json();
    let names: Vec<&str> =
        list["agents"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["broken", "desk", "reception"]);
    assert!(list["agents"][0]["error"]["message"].is_string());
    assert_eq!(server.call("POST /api/tickets", Some(json!({ "agent": "broken" }))).await.status, 422);
    assert_eq!(server.call("DELETE /api/agents/broken", None).await.status, 204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_set_described_and_forgotten() {
    let server = with_desk().await;
    let place = "/api/agents/desk/secrets/mind/api_key";
    assert_eq!(server.call(&format!("GET {place}"), None).await.json(), json!({ "set": false }));
    server.call(&format!("PUT {place}"), Some(json!({ "value": "0123456789abcdef" }))).await;
    let told = server.call(&format!("GET {place}"), None).await.json();
    assert_eq!(
        (&told["set"], &told["last4"], &told["source"]),
        (&json!(true), &json!("cdef"), &json!("file"))
    );
    assert_eq!(server.call(&format!("DELETE {place}"), None).await.status, 204);
    assert_eq!(server.call(&format!("GET {place}"), None).await.json(), json!({ "set": false }));
    assert_eq!(
        server.call("PUT /api/agents/none/secrets/mind/api_key", Some(json!({ "value": "x" }))).await.status,
        404
    );
    assert_eq!(server.call(&format!("PUT {place}"), Some(json!({ "value": "" }))).await.status, 422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_come_with_an_agent_are_kept_apart_from_it() {
    let server = start().await;
    let with_keys = |keys: serde_json::Value| {
        let mut agent = desk();
        agent["secrets"] = keys;
        Some(agent)
    };
    for wrong in [
        json!("x"),
        json!({ "mind": "x" }),
        json!({ "none": { "api_key": "x" } }),
        json!({ "mind": { "api_key": "" } }),
    ] {
        let refused = server.call("POST /api/agents", with_keys(wrong.clone())).await;
        assert_eq!(refused.status, 422, "{wrong}");
        assert_eq!(server.call("GET /api/agents/desk", None).await.status, 404, "{wrong}");
    }
    let keys = json!({ "mind": { "api_key": "0123456789abcdef" } });
    let created = server.call("POST /api/agents", with_keys(keys)).await;
    assert_eq!((created.status, &created.json()["secrets"]), (201, &json!(null)));
    assert!(
        !std::fs::read_to_string(server.folder.path().join("agents/desk.yaml"))
            .unwrap()
            .contains("0123456789")
    );
    let place = "GET /api/agents/desk/secrets/mind/api_key";
    assert_eq!(server.call(place, None).await.json()["last4"], "cdef");
    let replaced = json!({ "mind": { "api_key": "fedcba9876543210" } });
    assert_eq!(server.call("PUT /api/agents/desk", with_keys(replaced)).await.status, 200);
    assert_eq!(server.call("PUT /api/agents/desk", Some(desk())).await.status, 200);
    assert_eq!(server.call(place, None).await.json()["last4"], "3210", "what is not sent stays");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_swap_is_kept_in_the_file_and_a_wrong_one_is_not() {
    let server = with_desk().await;
    let swap = |kind: &str, provider: &str| Some(json!({ "kind": kind, "provider": provider }));
    let swapped = server.call("POST /api/agents/desk/swap", swap("tts", "loud")).await;
    assert_eq!((swapped.status, swapped.json()), (200, json!({ "sessions": 0 })));
    assert_eq!(server.call("GET /api/agents/desk", None).await.json()["pipeline"]["tts"], "loud");
    for (kind, provider) in
        [("tts", "acme"), ("tts", "mind"), ("vad", "silero"), ("tts", "beep?loudness=99"), ("tts", "")]
    {
        let answer = server.call("POST /api/agents/desk/swap", swap(kind, provider)).await;
        assert_eq!(answer.status, 422, "{kind} {provider}: {answer:?}");
    }
    assert_eq!(server.call("GET /api/agents/desk", None).await.json()["pipeline"]["tts"], "loud");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_voice_can_be_heard_before_it_is_kept() {
    let server = with_desk().await;
    let preview = |model: Value, text: &str| Some(json!({ "model": model, "text": text }));
    let beep = json!({ "type": "tts", "class": "beep" });
    let heard = server.call("POST /api/voice-preview", preview(beep.clone(), "Hello.")).await;
    assert_eq!((heard.status, heard.header("content-type")), (200, Some("audio/wav")));
    let wav = rooh_audio::wav::read(&heard.body).unwrap();
    assert_eq!(wav.duration().as_millis(), 120);
    let long = server.call("POST /api/voice-preview", preview(beep.clone(), &"x".repeat(301))).await;
    assert_eq!((long.status, &long.json()["error"]["problems"][0]["path"]), (422, &json!("text")));
    let wrong = json!({ "type": "tts", "class": "beep", "loudness": 99 });
    let wrong = server.call("POST /api/voice-preview", preview(wrong, "Hello.")).await;
    assert_eq!((wrong.status, &wrong.json()["error"]["problems"][0]["path"]), (422, &json!("tts.loudness")));
    let unknown =
        server.call("POST /api/voice-preview", preview(json!({ "type": "tts", "class": "acme" }), "x")).await;
    assert_eq!(unknown.status, 422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ui_is_embedded_and_asked_for_once() {
    let server = start().await;
    let page = server.request("GET /", &[], "").await;
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    let tag = page.header("etag").unwrap().to_owned();
    let again = server.request("GET /", &[("If-None-Match", tag.as_str())], "").await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    let script = server.request("GET /js/app.js", &[], "").await;
    assert!(script.header("content-type").unwrap().contains("javascript"));
    let head = server.request("HEAD /", &[], "").await;
    assert_eq!(head.status, 200);
}

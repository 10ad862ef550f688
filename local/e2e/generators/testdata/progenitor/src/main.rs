// SPDX-License-Identifier: Apache-2.0

//! Uses the client that progenitor makes.

use futures_util::TryStreamExt;
use reqwest::header::{HeaderMap, AUTHORIZATION};
use serde_json::{json, Value};

progenitor::generate_api!(spec = "../openapi-3.0.json", interface = Builder);

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut headers = HeaderMap::new();
    let bearer = format!("Bearer {}", std::env::var("TEMPSKV_TOKEN").unwrap());
    headers.insert(AUTHORIZATION, bearer.parse().unwrap());
    let http = reqwest::Client::builder().default_headers(headers).build().unwrap();
    let api = Client::new_with_client(&std::env::var("TEMPSKV_URL").unwrap(), http);

    for (key, value) in [("none", Value::Null), ("large", json!(9007199254740993_i64))] {
        let set = api.kv_set().body_map(|b| b.key(key).value(value)).send().await.unwrap();
        assert_eq!(set.result.as_deref(), Some("OK"));
    }
    for key in ["none", "large"] {
        let got = api.kv_get().body_map(|b| b.key(key)).send().await.unwrap();
        println!("get {key} {}", got.value);
    }
    let incr = api.kv_incr().body_map(|b| b.key("large")).send().await.unwrap();
    println!("incr {}", incr.value);
    let entries: Vec<types::MSetEntry> = [("text", json!("a")), ("more", Value::Null)]
        .map(|(key, value)| types::MSetEntry::builder().key(key).value(value).try_into().unwrap())
        .into();
    let mset = api.kv_mset().body_map(|b| b.entries(entries)).send().await.unwrap();
    println!("mset {}", mset.result);
    let export = api.kv_export().body(types::ExportRequest::builder()).send().await.unwrap();
    let exported = String::from_utf8(read(export).await).unwrap();
    println!("export {} {}", exported.matches("\"key\":").count(), exported.contains(r#"{"end":{"keys":4}}"#));
    print_problem(api.kv_incr().body_map(|b| b.key("text")).send().await).await;
    print_problem(api.kv_get().body_map(|b| b.key("answered later")).send().await).await;
}

async fn print_problem<T>(answer: Result<T, Error<ByteStream>>) {
    let body = match answer.err().expect("not refused") {
        Error::ErrorResponse(answer) => read(answer).await,
        Error::UnexpectedResponse(answer) => answer.bytes().await.unwrap().into(), // a status that the document does not list
        err => panic!("{err}"),
    };
    let problem: types::Problem = serde_json::from_slice(&body).unwrap();
    println!("problem {} {}", problem.status, problem.code);
}

async fn read(body: ResponseValue<ByteStream>) -> Vec<u8> {
    let chunks: Vec<_> = body.into_inner_stream().try_collect().await.unwrap();
    chunks.concat()
}

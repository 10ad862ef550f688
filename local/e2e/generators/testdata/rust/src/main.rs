// SPDX-License-Identifier: Apache-2.0

//! Uses the client that openapi-generator makes for Rust.

use openapi::apis::{configuration::Configuration, data_api, Error};
use openapi::models::{ExportRequest, IncrRequest, KeyRequest, MSetEntry, MSetRequest, Problem, SetRequest};
use serde_json::{json, Value};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let config = Configuration {
        base_path: std::env::var("TEMPSKV_URL").unwrap(),
        bearer_access_token: std::env::var("TEMPSKV_TOKEN").ok(),
        ..Configuration::default()
    };
    for (key, value) in [("none", Value::Null), ("large", json!(9007199254740993_i64))] {
        let set = data_api::kv_set(&config, SetRequest::new(key.into(), Some(value)), None).await.unwrap();
        assert_eq!(set.result.as_deref(), Some("OK"));
    }
    for key in ["none", "large"] {
        let got = data_api::kv_get(&config, KeyRequest::new(key.into())).await.unwrap();
        println!("get {key} {}", got.value.unwrap_or_default());
    }
    let incr = data_api::kv_incr(&config, IncrRequest::new("large".into()), None).await.unwrap();
    println!("incr {}", incr.value);
    let entries = vec![MSetEntry::new("text".into(), Some(json!("a"))), MSetEntry::new("more".into(), None)];
    let mset = data_api::kv_mset(&config, MSetRequest::new(entries), None).await.unwrap();
    println!("mset {}", mset.result);
    let exported = data_api::kv_export(&config, ExportRequest::new()).await.unwrap().text().await.unwrap();
    println!("export {} {}", exported.matches("\"key\":").count(), exported.contains(r#"{"end":{"keys":4}}"#));
    print_problem(data_api::kv_incr(&config, IncrRequest::new("text".into()), None).await);
    print_problem(data_api::kv_get(&config, KeyRequest::new("answered later".into())).await);
}

fn print_problem<T, E>(answer: Result<T, Error<E>>) {
    let Err(Error::ResponseError(refused)) = answer else { panic!("not refused") };
    let problem: Problem = serde_json::from_str(&refused.content).unwrap();
    println!("problem {} {}", problem.status, problem.code);
}

//! The unified side against a real S3-compatible server: `moto_server`, which `scripts/setup test` installs.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use crossfade::facade::remote::provide_tls;
use crossfade::server::files::unified::Unified;
use object_store::aws::AmazonS3Builder;

use crate::managers;

struct Moto {
    child: Child,
    url: String,
}

impl Moto {
    /// Starts it; `None` where it is not installed.
    async fn start() -> Option<Self> {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/venv/bin/moto_server");
        if !program.exists() {
            eprintln!("this cannot be tried here: there is no {}", program.display());
            return None;
        }
        let mut child = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", "0"])
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap());
        let (told, url) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            // Read to the end, or its log would stop it.
            for line in lines.lines().map_while(Result::ok) {
                if let Some(at) = line.find("http://127.0.0.1:") {
                    let _ = told.send(line[at..].split_whitespace().next().unwrap_or_default().to_owned());
                }
            }
        });
        let url = tokio::task::spawn_blocking(move || url.recv_timeout(Duration::from_mins(1))).await.unwrap().unwrap();
        Some(Self { child, url })
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_bucket_keeps_objects_by_their_content() {
    let Some(moto) = Moto::start().await else { return };
    provide_tls();
    let made = reqwest::Client::new().put(format!("{}/files", moto.url)).send().await.unwrap();
    assert!(made.status().is_success(), "{made:?}");
    let builder = AmazonS3Builder::new()
        .with_endpoint(&moto.url)
        .with_allow_http(true)
        .with_region("us-east-1")
        .with_access_key_id("test")
        .with_secret_access_key("test");
    managers::check(Arc::new(Unified::s3(builder, "files", "some/prefix").unwrap())).await;
}

//! Files at the limits: one much larger than the memory that it may take, and a disk that is full.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::path::Path;

use serde_json::Value;

use crate::Alone;
use crate::disk::{Disk, fill};
use crate::http::{Answer, answer, connect, get, start_post};
use crate::memory::Memory;
use crate::support::{Server, serve, token};

/// Enough that it cannot hide in the memory that it may take.
const LARGE: u64 = 1 << 30;

/// The most memory that it may take, in MiB.
const MOST_MORE: u64 = 64;

const UPLOAD: &str = "/api/v1/files?feature=kimi&name=large.bin";

/// Sends `size` bytes as a file.
fn upload(address: SocketAddr, size: u64) -> std::io::Result<Answer> {
    let mut stream = start_post(address, UPLOAD, &format!("content-length: {size}\r\n"))?;
    let chunk: Vec<u8> = (0..1 << 20).map(|at: u32| (at % 251) as u8).collect();
    let mut left = size;
    while left > 0 {
        let length = usize::try_from(left).unwrap_or(usize::MAX).min(chunk.len());
        stream.write_all(&chunk[..length])?;
        left -= length as u64;
    }
    answer(stream)
}

/// Reads a file and throws it away; how many bytes it had.
fn download(address: SocketAddr, id: &str) -> u64 {
    let token = token(address);
    let mut stream = connect(address).unwrap();
    write!(stream, "GET /api/v1/files/{id}/content HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n")
        .unwrap();
    write!(stream, "connection: close\r\n\r\n").unwrap();
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    assert!(head.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&head));
    std::io::copy(&mut stream, &mut std::io::sink()).unwrap()
}

fn id(answer: &Answer) -> String {
    answer.json(201)["file_reference"]["id"].as_str().unwrap().to_owned()
}

/// Waits until both sides have everything.
fn in_step(address: SocketAddr) {
    loop {
        if get(address, "/api/v1/files/tasks").json(200) == Value::Array(Vec::new()) {
            return;
        }
        std::thread::yield_now();
    }
}

#[test]
fn a_large_file_goes_in_and_out_within_bounded_memory() {
    let it = Alone::start();
    let address = it.server.address;
    id(&upload(address, 1).unwrap());
    let memory = Memory::of(&it.server.child);
    let id = id(&upload(address, LARGE).unwrap());
    in_step(address);
    assert_eq!(download(address, &id), LARGE);
    let more = memory.most_more();
    assert!(more < MOST_MORE, "{more} MiB more");
}

/// The files below `folder` that are not of the database.
fn kept(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).map(|entries| entries.map(|entry| entry.unwrap().path()).collect::<Vec<_>>());
    entries.unwrap_or_default().iter().map(|path| if path.is_dir() { kept(path) } else { 1 }).sum()
}

#[test]
fn a_full_disk_keeps_no_part_of_a_file_and_goes_on_when_there_is_room() {
    let it = Alone::start();
    let Some(disk) = Disk::at(it.beside("disk"), "48m") else { return };
    let mut server = Server::start(serve(&disk.path().join("data")));
    let address = server.address;
    let first = id(&upload(address, 1 << 20).unwrap());
    in_step(address);
    let files = disk.path().join("data/files");
    let before = kept(&files);
    // More than there is room for, with the disk as it is and with nothing left at all.
    assert!(upload(address, 60 << 20).unwrap().problem(507).contains("full"));
    assert_eq!(kept(&files), before);
    let ballast = fill(&disk);
    assert!(upload(address, 1 << 20).unwrap().problem(507).contains("full"));
    assert_eq!(kept(&files), before);
    assert_eq!(download(address, &first), 1 << 20);
    fs::remove_file(ballast).unwrap();
    let second = id(&upload(address, 1 << 20).unwrap());
    assert!(server.terminate().success());
    let server = Server::start(serve(&disk.path().join("data")));
    for id in [first, second] {
        assert_eq!(download(server.address, &id), 1 << 20);
    }
}

//! Bodies that are too large, and many at once that are not.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::Alone;
use crate::http::{OBSERVATIONS, answer, counted, observe, post, start_post};
use crate::memory::Memory;

const HUGE: usize = 200 << 20;
static PIECE: [u8; 64 << 10] = [b' '; 64 << 10];

fn write_plain(stream: &mut TcpStream) -> io::Result<()> {
    (0..HUGE / PIECE.len()).try_for_each(|_| stream.write_all(&PIECE))
}

fn write_chunked(stream: &mut TcpStream) -> io::Result<()> {
    for _ in 0..HUGE / PIECE.len() {
        write!(stream, "{:x}\r\n", PIECE.len())?;
        stream.write_all(&PIECE)?;
        stream.write_all(b"\r\n")?;
    }
    stream.write_all(b"0\r\n\r\n")
}

/// Sends 200 MB, all of it before anything is read, and reads the answer.
fn check(address: SocketAddr, path: &str, headers: &str, write: fn(&mut TcpStream) -> io::Result<()>, part: &str) {
    let mut stream = start_post(address, path, headers).unwrap();
    write(&mut stream).unwrap();
    let detail = answer(stream).unwrap().problem(413);
    assert!(detail.contains(part), "{detail}");
}

#[test]
fn a_body_of_200_mb_is_refused_in_words_and_never_held() {
    let it = Alone::start();
    let address = it.server.address;
    observe(address, "warm-up", 1_000).accepted();
    let memory = Memory::of(&it.server.child);
    let length = format!("content-length: {HUGE}\r\n");
    let most = "a body has at most 8388608 bytes, decoded";
    for path in [OBSERVATIONS, "/api/v1/comparisons"] {
        check(address, path, &length, write_plain, most);
        check(address, path, "transfer-encoding: chunked\r\n", write_chunked, most);
    }
    for path in ["/api/v1/migrations", "/api/v1/features", "/panel/anything"] {
        check(address, path, &length, write_plain, "");
        check(address, path, "transfer-encoding: chunked\r\n", write_chunked, "");
    }
    let bomb = |level| {
        let mut encoder = GzEncoder::new(Vec::new(), level);
        (0..HUGE / PIECE.len()).for_each(|_| encoder.write_all(&PIECE).unwrap());
        encoder.finish().unwrap()
    };
    for bomb in [bomb(Compression::best()), bomb(Compression::none())] {
        let refused = post(address, OBSERVATIONS, "content-encoding: gzip\r\n", &bomb).unwrap();
        assert_eq!(refused.problem(413), most);
    }
    let more = memory.most_more();
    assert!(more < 50, "{more} MiB");
    assert_eq!(observe(address, "after", 1).accepted(), 1);
}

/// A batch of a little less than 8 MiB that is worth its bytes: long units and ids.
fn large_batch(number: usize) -> String {
    let (id, unit, comment) = ("i".repeat(180), "u".repeat(240), "c".repeat(210));
    let mut body = String::with_capacity(8 << 20);
    for index in 0..9_999 {
        body.push(if index == 0 { '[' } else { ',' });
        let _ = write!(body, r#"{{"id":"{number}-{index}-{id}","feature":"kimi","operation":"large-{number}","#);
        let _ = write!(body, r#""path":"legacy","outcome":"ok","latency_ms":{index},"unit":"{index}-{unit}","#);
        let _ = write!(body, r#""comment":"{comment}"}}"#);
    }
    body.push(']');
    assert!((7 << 20..8 << 20).contains(&body.len()), "{}", body.len());
    body
}

#[test]
fn sixty_four_bodies_of_8_mb_at_once_are_taken_in_or_turned_away_within_bounded_memory() {
    let it = Alone::start();
    let address = it.server.address;
    observe(address, "warm-up", 1_000).accepted();
    let bodies: Vec<String> = (0..64).map(large_batch).collect();
    let memory = Memory::of(&it.server.child);
    let answers: Vec<_> = thread::scope(|scope| {
        let senders: Vec<_> = bodies
            .iter()
            .map(|body| scope.spawn(|| post(address, OBSERVATIONS, "", body.as_bytes()).unwrap()))
            .collect();
        senders.into_iter().map(|sender| sender.join().unwrap()).collect()
    });
    let more = memory.most_more();
    let mut accepted = 0;
    for (number, answer) in answers.iter().enumerate() {
        let expected = if answer.status == 202 {
            accepted += 1;
            answer.accepted()
        } else {
            assert!(answer.head.contains("\r\nretry-after: 1\r\n"), "{answer:?}");
            answer.problem(429);
            0
        };
        assert_eq!(counted(address, &format!("large-{number}")), expected, "batch {number}");
    }
    println!("{accepted} of 64 were taken in");
    assert!(accepted > 0);
    assert!(more < 400, "{more} MiB");
    assert_eq!(observe(address, "after", 1).accepted(), 1);
}

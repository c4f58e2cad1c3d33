//! No file lost: whatever fails, wherever the percentage goes and whoever rolls back. What was acknowledged is there with
//! the right bytes in the end, and what was deleted is not.
//!
//! `CROSSFADE_FILES_SEED` repeats one run.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;
use crossfade::domain::feature::Switch;
use crossfade::domain::file::FileId;
use crossfade::domain::path::Path;
use crossfade::server::files::faulty::Odds;
use crossfade::server::files::verified::whole;
use futures::TryStreamExt as _;

use crate::place::Place;

const RUNS: u64 = 12;

const STEPS: u32 = 120;

/// Random numbers that a seed repeats (`SplitMix64`).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % limit
    }

    /// A content of which some are the same, some empty and some large enough to be checked on their way only.
    fn content(&mut self) -> Vec<u8> {
        match self.below(10) {
            0 => Vec::new(),
            1..=4 => format!("common {}", self.below(4)).into_bytes(),
            5..=8 => format!("own {}", self.below(u64::MAX)).repeat(100).into_bytes(),
            _ => vec![u8::try_from(self.below(4)).unwrap(); (1 << 20) + 10],
        }
    }

    fn pick<'a>(&mut self, files: &'a BTreeMap<FileId, Vec<u8>>) -> Option<(&'a FileId, &'a Vec<u8>)> {
        let count = files.len() as u64;
        (count > 0).then(|| files.iter().nth(usize::try_from(self.below(count)).unwrap()).unwrap())
    }

    fn odds(&mut self) -> Odds {
        let mut chance = || self.below(4) as f64 / 10.0;
        let (error, lost_answer, corrupt) = (chance(), chance(), chance());
        Odds { error, lost_answer, corrupt, delay: 0.1, delay_by: Duration::from_micros(200) }
    }
}

async fn run(seed: u64) {
    eprintln!("CROSSFADE_FILES_SEED={seed}");
    let place = Place::seeded(seed).await;
    let mut random = Random(seed);
    let mut kept: BTreeMap<FileId, Vec<u8>> = BTreeMap::new();
    let mut deleted = Vec::new();
    let mut refused = 0;
    for _ in 0..STEPS {
        match random.below(20) {
            0..=8 => {
                let content = random.content();
                match place.upload(content.clone()).await {
                    Ok(id) => drop(kept.insert(id, content)),
                    Err(_) => refused += 1,
                }
            }
            9..=11 => {
                // Whether it comes or not: what comes whole is right.
                let Some((id, content)) = random.pick(&kept) else { continue };
                let Ok(download) = place.files().download(id, None).await else { continue };
                if let Ok(bytes) = download.bytes.try_collect::<Vec<_>>().await {
                    assert_eq!(bytes.concat(), *content, "seed {seed}");
                }
            }
            12 | 13 => {
                let Some((id, _)) = random.pick(&kept) else { continue };
                let id = id.clone();
                place.files().delete(&id, None).await.unwrap();
                kept.remove(&id);
                deleted.push(id);
            }
            14 | 15 => place.set_percentage([0, 1, 10, 50, 100][usize::try_from(random.below(5)).unwrap()]).await,
            16 => {
                // An emergency rollback, or its end.
                let switch = Switch::from_bool(random.below(2) == 0);
                place.switch_candidate(switch).await;
                place.set_percentage(0).await;
            }
            17 => place.faults[0].set(random.odds()),
            18 => place.faults[1].set(random.odds()),
            _ => {
                place.clock.advance(TimeDelta::seconds(i64::try_from(random.below(60)).unwrap()));
                place.files().settle_due().await.unwrap();
            }
        }
    }
    for faults in &place.faults {
        faults.set(Odds::default());
    }
    place.switch_candidate(Switch::On).await;
    place.drain().await;
    for (id, content) in &kept {
        let record = place.files().record(id).await.unwrap();
        for side in Path::ALL {
            // Past the service: each side on its own could be the one that counts.
            let at = record.side(side);
            let got = place.files().sides().of(side).get(&at.provider_id, None).await.unwrap();
            let bytes = whole(got, record.sha256.as_ref().unwrap(), u64::MAX).await.unwrap();
            assert_eq!(bytes, *content, "seed {seed}: {id} on {side:?}");
        }
    }
    for percentage in [0, 50, 100] {
        place.set_percentage(percentage).await;
        for (id, content) in &kept {
            let download = place.files().download(id, None).await.unwrap();
            let bytes = download.bytes.try_collect::<Vec<_>>().await.unwrap().concat();
            assert_eq!(bytes, *content, "seed {seed}: {id} at {percentage} %");
        }
        for id in &deleted {
            assert!(place.files().download(id, None).await.is_err(), "seed {seed}: {id} is back");
        }
    }
    for id in kept.keys() {
        place.files().delete(id, None).await.unwrap();
    }
    place.drain().await;
    for side in Path::ALL {
        let left: Vec<_> = place.files().sides().of(side).list().try_collect().await.unwrap();
        // What failed and could not be swept away was never anybody's; a check of both sides finds it.
        assert!(left.len() <= refused, "seed {seed}: {side:?} has more than there are files: {left:?}");
    }
    place.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_file_is_lost_whatever_fails_and_wherever_the_percentage_goes() {
    if let Ok(seed) = std::env::var("CROSSFADE_FILES_SEED") {
        return run(seed.parse().unwrap()).await;
    }
    for seed in 0..RUNS {
        run(seed).await;
    }
}

//! Which of the instances that told of themselves are still there, and whether one of them keeps files where the others do.
//!
//! No two clocks are compared: an instance is there while what it tells changes, as seen by this one. Moments are lengths of
//! time since any beginning, by this instance's own clock.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::instance::{FilePlaces, Instance, InstanceId};

/// How long an instance may tell nothing new and still be there. A little longer than a lease: whoever is gone for that long leads
/// no more, and who keeps files elsewhere may then lead as soon as anyone.
pub const GONE_AFTER: Duration = Duration::from_secs(6);

/// Whether an instance may work on files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileStanding {
    /// Nobody leads yet, so that nobody says where files are.
    Unknown,
    /// It keeps them where everyone does.
    Together,
    /// Others are there that keep them elsewhere, and led with it.
    Elsewhere {
        /// One of them.
        instance: String,
        /// Where they do.
        places: FilePlaces,
    },
}

/// One instance's knowledge of the others.
#[derive(Clone, Debug)]
pub struct Presence {
    me: InstanceId,
    mine: Option<FilePlaces>,
    /// What was read last, with what each told and when it was first seen to tell that.
    others: BTreeMap<InstanceId, (Instance, Duration)>,
    last: Leader,
}

/// Who led last, as far as it was seen.
#[derive(Clone, Debug)]
enum Leader {
    Nobody,
    Me,
    /// Who keeps files there.
    Other(FilePlaces),
}

impl Presence {
    /// Of `me`, who has seen nothing yet and keeps files in `mine`.
    pub const fn new(me: InstanceId, mine: Option<FilePlaces>) -> Self {
        Self { me, mine, others: BTreeMap::new(), last: Leader::Nobody }
    }

    /// Where this one keeps files.
    pub const fn mine(&self) -> Option<&FilePlaces> {
        self.mine.as_ref()
    }

    /// Notes what was read by `at`: who told of themselves, and who holds the lease.
    pub fn see(&mut self, instances: Vec<Instance>, holder: Option<&InstanceId>, at: Duration) {
        let mut before = std::mem::take(&mut self.others);
        for instance in instances.into_iter().filter(|instance| instance.id != self.me) {
            let known = before.remove(&instance.id).filter(|(known, _)| told(known) == told(&instance));
            let since = known.map_or(at, |(_, since)| since);
            self.others.insert(instance.id.clone(), (instance, since));
        }
        let other = self.there(at).find(|other| Some(&other.id) == holder).and_then(|other| other.files.clone());
        if holder == Some(&self.me) {
            self.last = Leader::Me;
        } else if let Some(places) = other {
            self.last = Leader::Other(places);
        }
    }

    /// Whether this one may work on files at `now`.
    pub fn files(&self, now: Duration) -> FileStanding {
        let places = match &self.last {
            Leader::Nobody => return FileStanding::Unknown,
            Leader::Me => return FileStanding::Together,
            Leader::Other(places) if self.mine.as_ref() == Some(places) => return FileStanding::Together,
            Leader::Other(places) => places,
        };
        let other = self.there(now).find(|other| other.files.as_ref() == Some(places));
        other.map_or(FileStanding::Together, |other| FileStanding::Elsewhere {
            instance: other.name.clone(),
            places: places.clone(),
        })
    }

    /// The others that are there at `now`.
    fn there(&self, now: Duration) -> impl Iterator<Item = &Instance> {
        let there = self.others.values().filter(move |(_, since)| now.saturating_sub(*since) < GONE_AFTER);
        there.map(|(other, _)| other)
    }
}

/// What changes while it is there.
fn told(instance: &Instance) -> (DateTime<Utc>, Option<&FilePlaces>) {
    (instance.seen_at, instance.files.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> InstanceId {
        InstanceId(name.to_owned())
    }

    fn places(name: &str) -> FilePlaces {
        FilePlaces(name.to_owned())
    }

    /// An instance whose own clock stands at `seen_at`.
    fn instance(name: &str, files: &str, seen_at: i64) -> Instance {
        Instance {
            id: id(name),
            name: format!("{name}:3000"),
            version: String::new(),
            started_at: DateTime::UNIX_EPOCH,
            seen_at: DateTime::from_timestamp(seen_at, 0).unwrap(),
            decisions_at: None,
            files: Some(places(files)),
        }
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn elsewhere(instance: &str, files: &str) -> FileStanding {
        FileStanding::Elsewhere { instance: format!("{instance}:3000"), places: places(files) }
    }

    #[test]
    fn who_leads_says_where_files_are() {
        let mut me = Presence::new(id("me"), Some(places("here")));
        assert_eq!(me.files(seconds(0)), FileStanding::Unknown);
        me.see(vec![instance("one", "there", 5)], None, seconds(0));
        assert_eq!(me.files(seconds(0)), FileStanding::Unknown, "nobody leads");
        me.see(vec![instance("one", "there", 7)], Some(&id("one")), seconds(2));
        assert_eq!(me.files(seconds(2)), elsewhere("one", "there"));
        me.see(vec![instance("one", "here", 9)], Some(&id("one")), seconds(4));
        assert_eq!(me.files(seconds(4)), FileStanding::Together);
        let mut first = Presence::new(id("one"), Some(places("there")));
        first.see(vec![instance("me", "here", 5)], Some(&id("one")), seconds(0));
        assert_eq!(first.files(seconds(0)), FileStanding::Together, "it leads");
    }

    #[test]
    fn files_are_where_they_were_while_anyone_is_there_who_knows() {
        let mut me = Presence::new(id("me"), Some(places("here")));
        let others = |seen_at| vec![instance("one", "there", 5), instance("two", "there", seen_at)];
        me.see(others(5), Some(&id("one")), seconds(0));
        // The one that led is gone, and its lease was not taken by anybody yet.
        for at in 1..30 {
            me.see(others(i64::try_from(at).unwrap()), None, seconds(at));
            assert_eq!(me.files(seconds(at)), elsewhere("two", "there").named(at), "{at}");
        }
        assert_eq!(me.files(seconds(29) + GONE_AFTER), FileStanding::Together, "they are gone");
    }

    impl FileStanding {
        /// Which of the two is named: the first until it is gone.
        fn named(self, at: u64) -> Self {
            if at < GONE_AFTER.as_secs() { elsewhere("one", "there") } else { self }
        }
    }

    #[test]
    fn who_does_not_know_its_own_places_works_on_files_only_when_alone() {
        let mut me = Presence::new(id("me"), None);
        me.see(vec![instance("one", "there", 5)], Some(&id("one")), seconds(0));
        assert_eq!(me.files(seconds(0)), elsewhere("one", "there"));
        me.see(vec![], Some(&id("me")), seconds(1));
        assert_eq!(me.files(seconds(1)), FileStanding::Together);
    }

    #[test]
    fn an_instance_whose_clock_is_wrong_is_there_while_what_it_tells_changes() {
        let mut me = Presence::new(id("me"), Some(places("here")));
        for at in 0..60 {
            let seen_at = -1_000_000 - i64::try_from(at).unwrap();
            me.see(vec![instance("one", "there", seen_at)], Some(&id("one")), seconds(at));
            assert_eq!(me.files(seconds(at)), elsewhere("one", "there"));
        }
    }
}

//! A program with two implementations of the same thing, and Crossfade in front of them.
//!
//! ```sh
//! crossfade serve --example &
//! token=$(crossfade token create --name example --scope evaluate,ingest)
//! cargo run --example facade -- http://127.0.0.1:3000 "$token"
//! ```
//!
//! It counts the words of a text, in the old way and in a new way that is wrong about other white space than blanks. With
//! shadow on, the comparisons of `smart_handler` say so before anybody is given a wrong count.

#![expect(clippy::print_stdout, reason = "an example tells what it did")]

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use crossfade::domain::feature_key::FeatureKey;
use crossfade::domain::observation::Operation as Name;
use crossfade::domain::path::Path;
use crossfade::domain::unit::Unit;
use crossfade::facade::batch::{BatchReporter, BatchSettings};
use crossfade::facade::remote::{Crossfade, DecisionSettings, HttpTransport, OfrepDecisions};
use crossfade::facade::{Facade, Failure, Operation, Settings};
use serde::Serialize;
use serde_json::Value;

/// The operation: what it works on, and how either side does it.
struct CountWords {
    name: Name,
}

/// Compared field by field.
#[derive(Serialize)]
struct Words {
    count: usize,
    longest: usize,
}

#[derive(Debug)]
enum WordsError {
    /// The caller's fault, and no reason to take the other path.
    Empty,
}

impl Operation for CountWords {
    type Request = String;
    type Response = Words;
    type Error = WordsError;

    fn name(&self) -> &Name {
        &self.name
    }

    async fn legacy(&self, text: &String) -> Result<Words, WordsError> {
        count(text.split_whitespace())
    }

    async fn candidate(&self, text: &String) -> Result<Words, WordsError> {
        count(text.split(' ').filter(|word| !word.is_empty()))
    }

    fn describe(&self, words: &Words) -> Result<Value, serde_json::Error> {
        serde_json::to_value(words)
    }

    fn classify(&self, error: &WordsError) -> Failure {
        match error {
            WordsError::Empty => Failure::of_caller("empty"),
        }
    }
}

fn count<'a>(words: impl Iterator<Item = &'a str>) -> Result<Words, WordsError> {
    let lengths: Vec<usize> = words.map(|word| word.chars().count()).collect();
    let longest = lengths.iter().copied().max().ok_or(WordsError::Empty)?;
    Ok(Words { count: lengths.len(), longest })
}

const TEXTS: [&str; 4] = ["one two three", "four\tfive", "six  seven", ""];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (Some(base), Some(token)) = (std::env::args().nth(1), std::env::args().nth(2)) else {
        return Err("needs the address of a Crossfade and a token with the scopes evaluate and ingest".into());
    };
    let crossfade = Crossfade::new(&base, &token)?;
    let decisions = OfrepDecisions::new(crossfade.clone(), DecisionSettings::default())?;
    let reporter =
        BatchReporter::start(HttpTransport::new(crossfade, Duration::from_secs(10))?, BatchSettings::default());
    let facade = Facade::new(decisions, reporter.clone(), Settings::default());

    let operation = Arc::new(CountWords { name: Name::parse("count_words")? });
    let feature: FeatureKey = "smart_handler".parse()?;
    let mut by_candidate = 0;
    for call in 0..400 {
        let user = Unit::parse(&format!("user{}", call % 50))?;
        let text = TEXTS[call % TEXTS.len()].to_owned();
        let answered = facade.call(&operation, &feature, Some(&user), text).await;
        if let Err(error) = &answered.decision {
            return Err(error.to_string().into());
        }
        by_candidate += usize::from(answered.path == Path::Candidate);
    }

    // Before the program ends: what still runs, then what was not sent yet.
    facade.finish_shadows().await;
    let reports = reporter.shutdown(Duration::from_secs(10)).await;
    let shadows = facade.counts().shadows;
    println!(
        "400 calls, {by_candidate} answered by the candidate, {shadows} run in shadow, {} reports sent",
        reports.sent
    );
    Ok(())
}

//! What holds of every sequence of commands, tried on a small model of everything around a feature.

use proptest::prelude::*;

use super::*;
use crate::domain::sign_off::SignOff;

/// What people and the program can do.
#[derive(Clone, Debug)]
enum Command {
    Advance(Passage),
    Set(u16),
    Enable(bool),
    Candidate(bool),
    Restart,
    RollBack,
    Emergency,
    Gradual {
        target: u16,
        step: u16,
        interval_seconds: u32,
    },
    /// The worker looks.
    Step,
    Cancel,
    /// Puts a new version of the policy in force; the stage that the feature is in asks a point more, if there is room.
    Edit,
    Review(Decision, Capacity, u8),
    Requests(u64),
    Wait(i64),
}

fn commands() -> impl Strategy<Value = Vec<Command>> {
    use Command::*;
    let decision = prop_oneof![4 => Just(Decision::Approved), 1 => Just(Decision::Rejected)];
    let capacity = prop_oneof![Just(Capacity::Manager), Just(Capacity::Admin), Just(Capacity::Tool)];
    let command = prop_oneof![
        6 => Just(Advance(Passage::Gated)),
        1 => Just(Advance(Passage::Override)),
        3 => (0u16..=10_000).prop_map(Set),
        1 => any::<bool>().prop_map(Enable),
        1 => any::<bool>().prop_map(Candidate),
        1 => Just(Restart),
        1 => Just(RollBack),
        1 => Just(Emergency),
        2 => (0u16..10_000, 1u16..5_000, 1u32..1_000)
            .prop_map(|(target, step, interval_seconds)| Gradual { target, step, interval_seconds }),
        3 => Just(Step),
        1 => Just(Cancel),
        1 => Just(Edit),
        5 => (decision, capacity, 0u8..3).prop_map(|(decision, capacity, who)| Review(decision, capacity, who)),
        5 => (0u64..200).prop_map(Requests),
        3 => (0i64..2_000).prop_map(Wait),
    ];
    prop::collection::vec(command, 0..60)
}

/// A feature and what is around it.
struct Model {
    snapshot: Snapshot,
    now: DateTime<Utc>,
    requests: u64,
    reviews: Vec<SignOff>,
}

const PEOPLE: [&str; 3] = ["user:ada", "user:grace", "user:joan"];

impl Model {
    fn new() -> Self {
        let (snapshot, now) = (sample::snapshot(Percentage::ZERO), sample::now());
        Self { snapshot, now, requests: 0, reviews: Vec::new() }
    }

    fn report(&self) -> GateReport {
        sample::report(&self.snapshot, self.requests, self.now)
    }

    /// Makes one command; what is refused changes nothing. Gives the change of the feature, if there was one.
    fn make(&mut self, command: &Command) -> Option<Transition> {
        let author = sample::author(PEOPLE[0]);
        let reason = Reason::of_program("because");
        let order = Order { author: &author, reason: &reason, now: self.now };
        let id = RollbackId("r".to_owned());
        let snapshot = &self.snapshot;
        let made = match *command {
            Command::Advance(passage) => advance(snapshot, &self.report(), &self.reviews, passage, order).ok(),
            Command::Set(points) => set_percentage(snapshot, points_of(points), order).ok(),
            Command::Enable(on) => set_enabled(snapshot, Switch::from_bool(on), order).ok(),
            Command::Candidate(on) => {
                let migration =
                    Migration { candidate_enabled: Switch::from_bool(on), ..self.snapshot.migration.clone() };
                let kind = ChangeKind::CandidateEnabled;
                let followed = follow_migration(snapshot, &migration, kind, String::new(), order);
                self.snapshot.migration = migration;
                Some(followed)
            }
            Command::Restart => restart_stage(snapshot, order).ok(),
            Command::RollBack => Some(take_back(snapshot, Percentage::ZERO, ChangeKind::FeatureRollback, &id, order)),
            Command::Emergency => {
                self.snapshot.migration.candidate_enabled = Switch::Off;
                Some(take_back(&self.snapshot, Percentage::ZERO, ChangeKind::EmergencyRollback, &id, order))
            }
            Command::Gradual { target, step, interval_seconds } => {
                let (from, target) = (snapshot.feature.configured, points_of(target));
                if snapshot.feature.gradual.is_some() || target >= from {
                    return None;
                }
                let pace = RollbackPace { step: points_of(step), interval_seconds };
                let plan = GradualPlan::new(from, target, pace, self.now);
                Some(self.take_step(plan, order))
            }
            Command::Step => {
                let plan = snapshot.feature.gradual.as_ref()?.plan;
                Some(self.take_step(plan, order))
            }
            Command::Cancel => {
                let gradual = snapshot.feature.gradual.as_ref()?;
                if gradual.plan.is_done(self.now) {
                    return None;
                }
                Some(stay(snapshot, &id, order))
            }
            Command::Edit => {
                self.edit();
                return None;
            }
            Command::Review(decision, capacity, who) => {
                let who = PEOPLE[usize::from(who)];
                let own = snapshot.feature.entered_by.as_ref().map(Actor::as_str) == Some(who);
                if !(own && decision == Decision::Approved && capacity != Capacity::Tool) {
                    self.reviews.push(sample::sign_off(snapshot, &self.report(), decision, capacity, who));
                }
                return None;
            }
            Command::Requests(requests) => {
                self.requests += requests;
                return None;
            }
            Command::Wait(seconds) => {
                self.now += TimeDelta::seconds(seconds);
                return None;
            }
        };
        if let Some(transition) = &made {
            if transition.feature.entry != self.snapshot.feature.entry {
                self.requests = 0;
            }
            self.snapshot.feature = transition.feature.clone();
        }
        made
    }

    /// A step of a gradual rollback, which the store remembers until the target is reached.
    fn take_step(&self, plan: GradualPlan, order: Order<'_>) -> Transition {
        let id = RollbackId("r".to_owned());
        let to = plan.percentage_at(self.now);
        let mut taken = take_back(&self.snapshot, to, ChangeKind::GradualRollback, &id, order);
        taken.feature.gradual = (!plan.is_done(self.now)).then_some(ActiveGradual { rollback: id, plan });
        taken
    }

    fn edit(&mut self) {
        let mut policy = self.snapshot.policy.clone();
        policy.version += 1;
        let stages = &mut policy.policy.stages;
        let at = stages.iter().position(|stage| stage.name == self.snapshot.feature.stage);
        if let Some(at) = at.filter(|at| *at > 0 && *at + 1 < stages.len()) {
            let more = points_of(stages[at].percentage.basis_points() + 100);
            if more < stages[at + 1].percentage {
                stages[at].percentage = more;
            }
        }
        self.snapshot.feature = follow_policy(&self.snapshot, &policy, self.now);
        self.snapshot.policy = policy;
    }

    /// Whether the reviews of this entry let the feature on, as the rules are told: no reviewer's newest is a rejection
    /// that no admin approved since, and a manager's or an admin's newest approves under the policy in force.
    fn is_signed_off(&self) -> bool {
        let Snapshot { feature, policy, .. } = &self.snapshot;
        let of_entry: Vec<&SignOff> = self.reviews.iter().filter(|it| it.entry == feature.entry).collect();
        let reviewer = |it: &SignOff| (it.capacity == Capacity::Tool, it.id.clone());
        let newest = |index: usize| !of_entry[index + 1..].iter().any(|it| reviewer(it) == reviewer(of_entry[index]));
        let lifted = |index: usize| {
            let by_admin = |it: &&SignOff| it.capacity == Capacity::Admin && it.decision == Decision::Approved;
            of_entry[index + 1..].iter().any(by_admin)
        };
        let rejected = (0..of_entry.len())
            .any(|index| of_entry[index].decision == Decision::Rejected && newest(index) && !lifted(index));
        let approved = (0..of_entry.len()).any(|index| {
            let it = of_entry[index];
            let by_person = it.capacity != Capacity::Tool;
            let current = it.report.policy_version == policy.version;
            it.decision == Decision::Approved && by_person && current && newest(index)
        });
        approved && !rejected
    }
}

fn points_of(basis_points: u16) -> Percentage {
    Percentage::from_basis_points(basis_points.min(10_000)).unwrap()
}

/// How far a feature has come.
fn place(snapshot: &Snapshot) -> usize {
    let stages = &snapshot.policy.policy.stages;
    stages.iter().position(|stage| stage.name == snapshot.feature.stage).unwrap_or(stages.len())
}

proptest! {
    #[test]
    fn no_sequence_of_commands_gets_past_the_rules(commands in commands()) {
        let mut model = Model::new();
        for command in &commands {
            let (before, report) = (model.snapshot.clone(), model.report());
            let is_let_through = report.verdict == Verdict::Passed && model.is_signed_off();
            let made = model.make(command);
            let after = &model.snapshot;

            // It goes on by an advance alone, one stage at a time, let through or with what it went past on record.
            if place(after) > place(&before) {
                let Some(Transition { change, .. }) = &made else { panic!("a stage was entered without a change") };
                prop_assert!(matches!(command, Command::Advance(_)), "{command:?}");
                prop_assert_eq!(place(after), place(&before) + 1);
                prop_assert_eq!(change.overridden.is_empty(), is_let_through);
                prop_assert!(is_let_through || matches!(command, Command::Advance(Passage::Override)));
            } else if is_let_through && matches!(command, Command::Advance(_)) {
                let held = before.feature.gradual.is_some() || before.feature.is_complete();
                prop_assert!(held, "it is let through and does not go on");
            }

            // Never more is configured than the stage allows, and more than before by an advance or within the stage only.
            match after.policy.policy.stage(&after.feature.stage) {
                Some(stage) => prop_assert!(after.feature.configured <= stage.percentage),
                None => prop_assert!(after.feature.is_complete() && after.feature.configured == Percentage::FULL),
            }
            if after.feature.configured > before.feature.configured {
                prop_assert!(matches!(command, Command::Advance(_) | Command::Set(_)), "{command:?}");
                prop_assert_eq!(&before.feature.gradual, &None);
            }

            // Entries and versions only grow, and the record says what happened.
            let entries = after.feature.entry - before.feature.entry;
            prop_assert!(entries == 0 || entries == 1 && after.feature.entered_at == model.now);
            prop_assert!(place(after) == place(&before) || entries == 1);
            if let Some(Transition { feature, change }) = &made {
                prop_assert_eq!(feature.version, before.feature.version + 1);
                prop_assert_eq!((change.from, change.to), (Some(before.feature.configured), feature.configured));
            }

            // The stage's clock runs while its percentage is in effect, and only then.
            if let Ok(stage) = after.stage() {
                let in_effect = effective(&after.migration, &after.feature, model.now).percentage >= stage.percentage
                    && after.migration.candidate_enabled.is_on() && after.feature.enabled.is_on();
                let was_told = made.is_some() || matches!(command, Command::Edit);
                prop_assert!(!was_told || after.feature.clock.runs() == in_effect, "{command:?}: {:?}", after.feature);
            }
        }
    }

    #[test]
    fn a_gradual_rollback_never_rises_and_ends_at_its_target(
        target in 0u16..5_000, step in 1u16..5_000, interval_seconds in 1u32..1_000,
        looks in prop::collection::vec((0i64..500, prop::option::of(0u16..10_000), any::<bool>()), 0..40),
    ) {
        let mut model = Model::new();
        model.snapshot = sample::snapshot(percent(50));
        model.make(&Command::Gradual { target, step, interval_seconds });
        let mut last = Percentage::from_whole(50);
        for (seconds, by_hand, looked) in looks {
            model.make(&Command::Wait(seconds));
            if let Some(points) = by_hand.filter(|_| model.snapshot.feature.gradual.is_some()) {
                model.make(&Command::Set(points));
            }
            if looked {
                model.make(&Command::Step);
            }
            let now = effective(&model.snapshot.migration, &model.snapshot.feature, model.now).percentage;
            prop_assert!(now <= last, "{now} after {last}");
            last = now;
        }
        model.make(&Command::Wait(10_000_000));
        model.make(&Command::Step);
        prop_assert_eq!(&model.snapshot.feature.gradual, &None);
        prop_assert!(model.snapshot.feature.configured <= points_of(target));
        prop_assert_eq!(model.snapshot.feature.configured, last.min(points_of(target)));
    }
}

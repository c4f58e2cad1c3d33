//! One look at everything, and the consequences: alerts that fire, act and end, each in a change of its own, and what is
//! only noted in one for all.

use chrono::{DateTime, Utc};

use super::{audit, writes_for};
use crate::domain::alert::{Acted, Episode, FrozenAlert, Seen, Silence, Step, hold, step};
use crate::domain::alert_notice::{AlertId, AlertNotice};
use crate::domain::audit::AuditDraft;
use crate::domain::author::Author;
use crate::domain::feature::{Feature, FeatureId};
use crate::domain::feature_key::{FeatureKey, MigrationSlug};
use crate::domain::migration::MigrationId;
use crate::domain::policy::{AlertAction, AutoRollback};
use crate::domain::reason::Reason;
use crate::domain::snapshot::Snapshot;
use crate::domain::text::Actor;
use crate::server::commands::rollback::{self, Outcome, RollbackOrder};
use crate::server::commands::{CommandError, ids};
use crate::server::queries::alerts::looks::Look;
use crate::server::state::AppState;
use crate::server::store::{AlertWrite, Change, CommitError, StoreError, Write};

/// One look at everything.
pub(super) struct Round<'a> {
    state: &'a AppState,
    now: DateTime<Utc>,
    /// Every feature as it is.
    pub(super) snapshots: Vec<Snapshot>,
    /// Alerts that are pending or fire.
    open: Vec<Episode>,
    silences: Vec<Silence>,
    /// What is kept of alerts that only go on.
    notes: Vec<Write>,
    notices: Vec<AlertNotice>,
}

impl<'a> Round<'a> {
    pub(super) async fn begin(
        state: &'a AppState,
        snapshots: Vec<Snapshot>,
        now: DateTime<Utc>,
    ) -> Result<Self, StoreError> {
        let open = state.store.open_alerts().await?;
        let silences = state.store.silences_at(now).await?;
        Ok(Self { state, now, snapshots, open, silences, notes: Vec::new(), notices: Vec::new() })
    }

    /// Draws the consequences of everything that was seen of a feature, or of the machine when it is `None`.
    pub(super) async fn draw(&mut self, feature: Option<FeatureId>, migration: MigrationId, looks: Vec<Look>) {
        let is_about = |alert: &&Episode| alert.subject.feature == feature && alert.subject.migration == migration;
        let before: Vec<Episode> = self.open.iter().filter(is_about).cloned().collect();
        for alert in &before {
            if looks.iter().all(|look| look.rule.name != alert.rule) {
                let gone = Step::gone(alert, "its rule is no longer in the policy", self.now);
                self.take(gone, None).await;
            }
        }
        for look in looks {
            let alert = before.iter().find(|alert| alert.rule == look.rule.name);
            let fresh = || AlertId(ids::new(self.now));
            let next = step(alert, &look.rule, look.policy_version, look.subject, &look.seen, self.now, fresh);
            self.take(next, Some(look)).await;
        }
    }

    /// Ends the look: writes what was only noted, and has every stage held that is to be held.
    pub(super) async fn end(mut self) -> Vec<AlertNotice> {
        if !self.notes.is_empty() {
            let writes = std::mem::take(&mut self.notes);
            let noted = self.state.commit(&self.change(writes, Vec::new())).await;
            self.say(noted, "what goes on of alerts could not be noted");
        }
        for snapshot in self.snapshots.clone() {
            if let Some(held) = hold(&snapshot, &self.open, self.now) {
                let event = audit::held(&snapshot, &held);
                let write = Write::Feature { feature: held, expected: snapshot.feature.version };
                let done = self.state.commit(&self.change(vec![write], vec![event])).await;
                self.say(done, "a stage could not be held or let go");
            }
        }
        self.notices
    }

    async fn take(&mut self, next: Step, look: Option<Look>) {
        match next {
            Step::Idle => {}
            Step::Note(episode) => self.note(episode).await,
            Step::Forget(episode) => {
                self.open.retain(|alert| alert.id != episode.id);
                let forget = AlertWrite::Forget { alert: episode.id, revision: episode.revision };
                self.notes.push(Write::Alert(forget));
            }
            Step::Fire(episode) => self.fire(episode, look).await,
            Step::Resolve(episode) => {
                let event = |round: &Self, held: &[Feature]| audit::resolved(round, &episode, held);
                let done = self.commit(episode.clone(), None, event).await;
                self.say(done, "an alert could not be ended");
            }
        }
    }

    /// It goes on. Whoever was not told yet, for a silence that is over now, is told; and what is still to be done is.
    async fn note(&mut self, mut episode: Episode) {
        if episode.is_to_roll_back() {
            let id = episode.id.clone();
            self.notes.push(Write::Alert(keep(&episode, None)));
            // What is written below stands on it.
            let writes = std::mem::take(&mut self.notes);
            let noted = self.state.commit(&self.change(writes, Vec::new())).await;
            if self.say(noted, "what goes on of an alert could not be noted") {
                self.act(&id).await;
            }
            return;
        }
        let notices = self.told(&mut episode);
        if notices.is_empty() {
            self.replace(&episode);
            self.notes.push(Write::Alert(keep(&episode, None)));
            return;
        }
        let mut writes = vec![Write::Alert(keep(&episode, None))];
        writes.extend(notices.iter().flat_map(writes_for));
        let told = self.state.commit(&self.change(writes, Vec::new())).await;
        if self.say(told, "an alert could not be told") {
            episode.revision += 1;
            self.replace(&episode);
            self.notices.extend(notices);
        }
    }

    async fn fire(&mut self, mut episode: Episode, look: Option<Look>) {
        let Some(Look { rule, evidence, seen: Seen::Reading(reading), .. }) = look else { return };
        let frozen = FrozenAlert { alert: episode.id.clone(), rule, reading, evidence };
        episode.frozen_digest = Some(frozen.digest());
        if episode.action == AlertAction::Hold {
            episode.acted = Acted::Held;
        }
        let event = |round: &Self, held: &[Feature]| audit::fired(round, &episode, held);
        let fired = self.commit(episode.clone(), Some(frozen), event).await;
        if self.say(fired, "an alert could not fire") && episode.is_to_roll_back() {
            self.act(&episode.id).await;
        }
    }

    /// Takes traffic back, once, and tells of it.
    async fn act(&mut self, id: &AlertId) {
        let Ok(Some(mut episode)) = self.state.store.alert(id).await else { return };
        if let Err(error) = self.roll_back(&episode).await {
            tracing::error!(alert = id.0, rule = episode.rule, %error, "an alert could not take traffic back");
        }
        if let Ok(Some(acted)) = self.state.store.alert(id).await {
            episode = acted;
        }
        // Whatever came of it, people are told.
        let notices = self.told(&mut episode);
        if !notices.is_empty() {
            let mut writes = vec![Write::Alert(keep(&episode, None))];
            writes.extend(notices.iter().flat_map(writes_for));
            let told = self.state.commit(&self.change(writes, Vec::new())).await;
            if self.say(told, "an alert could not be told") {
                episode.revision += 1;
                self.notices.extend(notices);
            }
        }
        self.replace(&episode);
        self.reread().await;
    }

    async fn roll_back(&self, episode: &Episode) -> Result<(), CommandError> {
        let AlertAction::RollBack(how) = episode.action else { return Ok(()) };
        let Some((migration, feature)) = self.names(episode) else { return Ok(()) };
        let reason = Reason::of_program(format!("alert {}: {}", episode.rule, episode.reading.reason));
        let order = RollbackOrder { author: Author::policy(), reason, alert: Some(episode.id.clone()) };
        let outcome = match (how, &feature) {
            (AutoRollback::Feature, Some(key)) => rollback::feature(self.state, key, &order).await?,
            (AutoRollback::Gradual { target, pace }, Some(key)) => {
                rollback::gradual(self.state, key, target, pace, &order).await?
            }
            (AutoRollback::Emergency, _) => rollback::emergency(self.state, Some(&migration), &order).await?,
            (AutoRollback::Feature | AutoRollback::Gradual { .. }, None) => return Ok(()),
        };
        if let Outcome::AlreadySo(before) = outcome {
            // Everything was so already: that is what the alert stands for from now on.
            let acted = AlertWrite::RolledBack { alert: episode.id.clone(), rollback: before.id };
            self.state.commit(&self.change(vec![Write::Alert(acted)], Vec::new())).await?;
        }
        Ok(())
    }

    /// Writes an alert that fires or is over, with the holds that follow from it and what is told of it.
    async fn commit(
        &mut self,
        mut episode: Episode,
        frozen: Option<FrozenAlert>,
        event: impl FnOnce(&Self, &[Feature]) -> AuditDraft,
    ) -> Result<(), CommitError> {
        // What is still to be done is told with what was done.
        let notices = if episode.is_to_roll_back() { Vec::new() } else { self.told(&mut episode) };
        let mut open: Vec<Episode> = self.open.iter().filter(|alert| alert.id != episode.id).cloned().collect();
        if episode.is_firing() {
            open.push(episode.clone());
        }
        let held: Vec<(usize, Feature)> = self
            .snapshots
            .iter()
            .enumerate()
            .filter(|(_, snapshot)| snapshot.migration.id == episode.subject.migration)
            .filter_map(|(index, snapshot)| Some((index, hold(snapshot, &open, self.now)?)))
            .collect();
        let features: Vec<Feature> = held.iter().map(|(_, feature)| feature.clone()).collect();
        let event = event(self, &features);
        let mut writes = vec![Write::Alert(keep(&episode, frozen))];
        writes.extend(held.iter().map(|(index, feature)| Write::Feature {
            feature: feature.clone(),
            expected: self.snapshots[*index].feature.version,
        }));
        writes.extend(notices.iter().flat_map(writes_for));
        self.state.commit(&self.change(writes, vec![event])).await?;
        let state = episode.state.word().as_str();
        tracing::warn!(alert = episode.id.0, rule = episode.rule, state, reason = episode.reading.reason, "alert");
        episode.revision += 1;
        self.open = open;
        self.replace(&episode);
        for (index, feature) in held {
            self.snapshots[index].feature = feature;
        }
        self.notices.extend(notices);
        Ok(())
    }

    /// The slug of an alert's migration, and the key of its feature if it is of one.
    pub(super) fn names(&self, episode: &Episode) -> Option<(MigrationSlug, Option<FeatureKey>)> {
        let of = |snapshot: &&Snapshot| {
            snapshot.migration.id == episode.subject.migration
                && episode.subject.feature.is_none_or(|feature| feature == snapshot.feature.id)
        };
        let snapshot = self.snapshots.iter().find(of)?;
        let feature = episode.subject.feature.map(|_| snapshot.feature.key.clone());
        Some((snapshot.migration.slug.clone(), feature))
    }

    fn told(&self, episode: &mut Episode) -> Vec<AlertNotice> {
        let is_silenced = self.silences.iter().any(|silence| silence.covers(episode, self.now));
        let (Some((migration, feature)), Some(status)) = (self.names(episode), episode.tell(is_silenced)) else {
            return Vec::new();
        };
        vec![episode.notice(status, &migration, feature.as_ref())]
    }

    fn replace(&mut self, episode: &Episode) {
        self.open.retain(|alert| alert.id != episode.id);
        if matches!(episode.state, crate::domain::alert::AlertState::Resolved { .. }) {
            return;
        }
        self.open.push(episode.clone());
    }

    /// What was rolled back is another feature than the one that was read.
    async fn reread(&mut self) {
        for index in 0..self.snapshots.len() {
            let key = self.snapshots[index].feature.key.clone();
            if let Ok(Some(snapshot)) = self.state.store.snapshot(&key).await {
                self.snapshots[index] = snapshot;
            }
        }
    }

    fn change(&self, writes: Vec<Write>, audit: Vec<AuditDraft>) -> Change {
        Change { actor: Actor::policy(), at: self.now, writes, audit }
    }

    /// Whether it was done. What somebody changed at the same moment is looked at again in a moment.
    fn say(&self, done: Result<(), CommitError>, what: &'static str) -> bool {
        match done {
            Ok(()) => return true,
            Err(CommitError::Stale { .. }) => {}
            Err(error) => tracing::error!(error = &error as &dyn std::error::Error, at = %self.now, "{what}"),
        }
        false
    }
}

fn keep(episode: &Episode, frozen: Option<FrozenAlert>) -> AlertWrite {
    AlertWrite::Keep { episode: Box::new(episode.clone()), frozen: frozen.map(Box::new) }
}

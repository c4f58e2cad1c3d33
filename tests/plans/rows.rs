//! The statements that make many rows of each seed, in words that both databases understand. What was so over the last months
//! comes out in its order of time, as it would have come in.

/// How much there is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// How far back hours go.
    pub days_of_hours: i64,
    /// How far back minutes go.
    pub days_of_minutes: i64,
    /// Besides `kimi`.
    pub features: i64,
    /// Audit events; of the rest there are fractions of it, or some times as many.
    pub events: i64,
}

impl Size {
    /// Enough for every plan to be what it is with more.
    pub const FEW_MONTHS: Self = Self { days_of_hours: 60, days_of_minutes: 3, features: 9, events: 12_000 };

    /// What a busy installation has after a year.
    pub const YEAR: Self = Self { days_of_hours: 365, days_of_minutes: 30, features: 19, events: 50_000 };
}

/// What the databases write differently.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    pub blob: fn(&[u8]) -> String,
    /// 24 bytes of no order.
    pub random: &'static str,
}

/// What there is of sketches, which are copied as they are.
#[derive(Clone, Debug)]
pub struct Sketches {
    pub latency: Vec<u8>,
    pub units: Vec<u8>,
}

/// All statements, in an order that foreign keys allow. `now_ms` is the present, in milliseconds since the Unix epoch.
pub fn statements(size: Size, words: Words, sketches: &Sketches, now_ms: i64) -> Vec<String> {
    let minute = now_ms / 60_000;
    let (hour, hours, minutes) = (minute / 60 * 60, size.days_of_hours * 24, size.days_of_minutes * 1_440);
    let (latency, units, random) = ((words.blob)(&sketches.latency), (words.blob)(&sketches.units), words.random);
    let mut all = rollups(hour, hours, minute, minutes, &latency, &units);
    let step = size.days_of_hours * 86_400_000;
    all.extend(decided(size.events, now_ms, step));
    all.extend(told(size.events, now_ms, step));
    all.extend(moved(size.events, now_ms, step));
    all.extend([
        // In their stages for some days.
        format!("UPDATE features SET entered_at = {now_ms} - (id % 5 + 1) * 86400000"),
        of(4 * size.events, "ingested_ids (digest, minute)", &format!("SELECT {random}, {minute} - n % {minutes} FROM numbers")),
        of(size.events / 4, "ingest_keys (digest, fingerprint, answer, at)", &format!("SELECT {random}, {random}, '{{}}', {now_ms} - n FROM numbers")),
        of(size.events / 4, "metric_series (digest, since, at_ns, counts, seen_at)", &format!("SELECT {random}, NULL, 0, '{{}}', {now_ms} - n FROM numbers")),
        of(200, "users (login, name, role, enabled, password_hash, created_at, version)", &format!("SELECT 'user' || n, 'User', 'viewer', TRUE, 'none', {now_ms}, 1 FROM numbers")),
        of(size.events / 4, "sessions (digest, user_id, started_at, seen_at)", &format!("SELECT {random}, u.id, {now_ms} - n * 1000, {now_ms} - n * 1000 FROM numbers JOIN users u ON u.login = 'user' || (n % 200 + 1)")),
        of(size.events / 40, "api_tokens (digest, name, scopes, user_id, made_by, created_at)", &format!("SELECT {random}, 'token' || n, 'read', NULL, 'cli:root', {now_ms} FROM numbers")),
        of(size.events / 8, "login_failures (digest, count, last_at)", &format!("SELECT {random}, 1, {now_ms} - n FROM numbers")),
    ]);
    all
}

/// Rows of as many numbers, `n` from 1 on.
fn of(count: i64, into: &str, select: &str) -> String {
    format!(
        "WITH RECURSIVE numbers (n) AS
             (SELECT CAST(1 AS BIGINT) UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})
         INSERT INTO {into} {select}"
    )
}

/// `n` as text that sorts as it does.
const PADDED: &str = "substr(CAST(100000000 + n AS TEXT), 2)";

const OPERATIONS: &str = "(SELECT 'upload' AS operation UNION ALL SELECT 'download') AS operations";
const PATHS: &str = "(SELECT 'legacy' AS path UNION ALL SELECT 'candidate') AS paths";
const FIELDS: &str = "(SELECT '$.size' AS field UNION ALL SELECT '$.etag' UNION ALL SELECT '$.files[].name') AS fields";

fn rollups(hour: i64, hours: i64, minute: i64, minutes: i64, latency: &str, units: &str) -> Vec<String> {
    let observed = "(feature_id, start, operation, path, ok, errors, caller_errors, fallbacks, latency)";
    let compared = "(feature_id, start, operation, matches, mismatches, candidate_failed, legacy_failed, both_failed, comparator_errors)";
    // Where one is there, it stays; the condition keeps SQLite from reading `ON` as that of a join.
    let rows =
        |count, into: &str, select: &str| of(count, into, &format!("{select} ORDER BY n DESC ON CONFLICT DO NOTHING"));
    let observations = |start: &str| {
        format!(
            "SELECT f.id, {start}, operation, path, 900 + n % 97, n % 7, n % 3, 0, {latency}
             FROM numbers, features f, {OPERATIONS}, {PATHS} WHERE TRUE"
        )
    };
    let comparisons = |start: &str| {
        format!(
            "SELECT f.id, {start}, operation, 50, n % 3, n % 2, 0, 0, 0 FROM numbers, features f, {OPERATIONS} WHERE TRUE"
        )
    };
    let (of_hour, of_minute) = (format!("{hour} - (n - 1) * 60"), format!("{minute} - n + 1"));
    vec![
        rows(hours, &format!("observation_hours {observed}"), &observations(&of_hour)),
        rows(minutes, &format!("observation_minutes {observed}"), &observations(&of_minute)),
        rows(hours, &format!("comparison_hours {compared}"), &comparisons(&of_hour)),
        rows(minutes, &format!("comparison_minutes {compared}"), &comparisons(&of_minute)),
        rows(hours, "unit_hours (feature_id, start, path, sketch)", &format!(
            "SELECT f.id, {of_hour}, path, {units} FROM numbers, features f, {PATHS} WHERE TRUE"
        )),
        rows(hours, "discrepancy_hours (feature_id, start, operation, field, kind, count)", &format!(
            "SELECT f.id, {of_hour}, operation, field, 'value', n % 5 + 1 FROM numbers, features f, {OPERATIONS}, {FIELDS}
             WHERE n % 4 = 0"
        )),
        rows(hours, "error_kind_hours (feature_id, start, operation, path, kind, count)", &format!(
            "SELECT f.id, {of_hour}, operation, path, 'timeout', n % 5 + 1 FROM numbers, features f, {OPERATIONS}, {PATHS}
             WHERE n % 2 = 0"
        )),
        rows(hours, "second_run_hours (feature_id, start, operation, runs)", &format!(
            "SELECT f.id, {of_hour}, operation, 5 FROM numbers, features f, {OPERATIONS} WHERE n % 4 = 0"
        )),
        rows(hours, "noise_hours (feature_id, start, operation, field, candidate_only, second_only, \"both\")", &format!(
            "SELECT f.id, {of_hour}, operation, field, 1, 0, 1 FROM numbers, features f, {OPERATIONS}, {FIELDS} WHERE n % 4 = 0"
        )),
        rows(minutes, "origin_minutes (feature_id, start, driven, injected)", &format!(
            "SELECT f.id, {of_minute}, 5, 1 FROM numbers, features f WHERE TRUE"
        )),
        "INSERT INTO last_seen (feature_id, source, at)
         SELECT f.id, source, (SELECT max(at) FROM last_seen) FROM features f,
             (SELECT 'legacy' AS source UNION ALL SELECT 'candidate' UNION ALL SELECT 'shadow') AS sources
         WHERE TRUE ON CONFLICT DO NOTHING".to_owned(),
    ]
}

/// The feature that row `n` is of.
const FEATURE: &str = "JOIN features f ON f.id = (SELECT min(id) FROM features) + n % (SELECT count(*) FROM features)";

fn decided(events: i64, now: i64, span: i64) -> Vec<String> {
    let at = |count: i64| format!("{now} - ({count} - n) * {}", span / count);
    let (changes, alerts, rollbacks) = (events / 5, events / 5, events / 40);
    vec![
        of(changes, "rollout_changes (feature_id, at, kind, from_basis_points, to_basis_points, actor, reason, from_stage, stage, policy_version, detail, rollback_id, overridden, report, evidence)", &format!(
            "SELECT f.id, {}, s.kind, s.from_basis_points, s.to_basis_points, s.actor, s.reason, s.from_stage, s.stage, s.policy_version, s.detail,
                 s.rollback_id, s.overridden, CASE n % 27 WHEN 0 THEN s.report END, CASE n % 27 WHEN 0 THEN s.evidence END
             FROM numbers {FEATURE} JOIN rollout_changes s ON s.id = (SELECT min(id) FROM rollout_changes WHERE evidence IS NOT NULL)
             ORDER BY n", at(changes)
        )),
        of(events / 40, "sign_offs (id, feature_id, entry, stage, policy_version, decision, capacity, reviewer, person, comment, tool, report, report_digest, evidence, at)", &format!(
            "SELECT 's' || n, f.id, n, s.stage, s.policy_version, s.decision, s.capacity, s.reviewer, s.person, s.comment, s.tool, s.report,
                 s.report_digest, s.evidence, {} FROM numbers {FEATURE} JOIN sign_offs s ON s.id = 'seed' ORDER BY n", at(events / 40)
        )),
        of(rollbacks, "rollbacks (id, kind, feature_id, covered, at, actor, reason, progress, in_effect_at, verified_at)", &format!(
            "SELECT 'r' || {PADDED}, 'feature', f.id, s.covered, {at}, CASE n % 10 WHEN 0 THEN 'policy' ELSE s.actor END, s.reason, 'verified', {at}, {at}
             FROM numbers {FEATURE} JOIN rollbacks s ON s.id = 'seed' ORDER BY n", at = at(rollbacks)
        )),
        of(events, "audit_events (seq, at, actor, action, migration, feature, body, hash)", &format!(
            "SELECT h.seq + n, {}, CASE n % 400 WHEN 0 THEN 'user:grace' ELSE 'user:ada' END,
                 CASE WHEN n % 500 = 0 THEN 'policy.saved' WHEN n % 300 = 0 THEN 'feature.advanced' ELSE 'feature.percentage_set' END,
                 CASE n % 300 WHEN 0 THEN 'files' ELSE 'others' END, f.key, s.body, s.hash
             FROM numbers {FEATURE} CROSS JOIN audit_head h JOIN audit_events s ON s.seq = 1 ORDER BY n", at(events)
        )),
        "UPDATE audit_head SET seq = (SELECT max(seq) FROM audit_events)".to_owned(),
        of(alerts, "alerts (id, migration_id, feature_id, entry, rule, kind, severity, action, policy_version, state, pending_at, fired_at, resolved_at, resolved_reason, held_ms, clear_ms, seen_at, reading, frozen, frozen_digest, acted, rollback_id, told, revision)", &format!(
            "SELECT 'a' || {PADDED}, f.migration_id, f.id, n, s.rule, s.kind, s.severity, s.action, s.policy_version, 'resolved', {at}, {at} + 60000,
                 {at} + 120000, 'all is well', 0, 0, {at}, s.reading, s.frozen, s.frozen_digest,
                 CASE n % 80 WHEN 0 THEN 'rolled_back' ELSE 'nothing' END, CASE n % 80 WHEN 0 THEN 'r' || substr(CAST(100000000 + n / 8 AS TEXT), 2) END, TRUE, 3
             FROM numbers {FEATURE} JOIN alerts s ON s.id = 'seed' ORDER BY n", at = at(alerts)
        )),
        of(events / 20, "silences (id, migration_id, feature_id, rule, starts_at, ends_at, reason, actor)", &format!(
            "SELECT 's' || {PADDED}, f.migration_id, f.id, NULL, {at}, {at} + 60000, 'known', 'user:ada' FROM numbers {FEATURE} ORDER BY n", at = at(events / 20)
        )),
        of(20, "policies (migration_id, version, document, at, actor, reason)",
            "SELECT s.migration_id, s.version + n, s.document, s.at, s.actor, s.reason FROM numbers, policies s WHERE s.version = 1"),
        of(20, "comparison_rules (migration_id, version, document, at, actor, reason)",
            "SELECT s.migration_id, s.version + n, s.document, s.at, s.actor, s.reason FROM numbers, comparison_rules s WHERE s.version = 1"),
        of(100, "discrepancy_examples (feature_id, field, kind, at, operation, rules_version, legacy, candidate)", &format!(
            "SELECT f.id, field, 'value', {now} - n * 60000, 'upload', 1, '1', '2' FROM numbers, features f, {FIELDS} WHERE n <= 30"
        )),
        of(200, "runbook_ticks (migration_id, item, headings, text, is_done, at, actor, note, version)",
            "SELECT s.migration_id, 'item' || n, s.headings, s.text, s.is_done, s.at, s.actor, s.note, 1 FROM numbers, runbook_ticks s"),
    ]
}

fn told(events: i64, now: i64, span: i64) -> Vec<String> {
    vec![of(events, "notifications (id, target_id, alert, status, notice, queued_at, trying_since, attempts, state, ended_at, failed_at, last_error)", &format!(
        "SELECT 'n' || n, t.id, 'a' || (n / 2), CASE n % 2 WHEN 0 THEN 'firing' ELSE 'resolved' END, s.notice, {at}, {at}, 1,
             CASE n % 200 WHEN 0 THEN 'dead' ELSE 'delivered' END, {at}, CASE n % 50 WHEN 0 THEN {at} END, CASE n % 50 WHEN 0 THEN 'no answer' END
         FROM numbers JOIN notification_targets t ON t.id = (SELECT min(id) FROM notification_targets) + n % (SELECT count(*) FROM notification_targets)
         JOIN notifications s ON s.seq = (SELECT min(seq) FROM notifications) ORDER BY n", at = format!("{now} - ({events} - n) * {}", span / events)
    ))]
}

fn moved(files: i64, now: i64, span: i64) -> Vec<String> {
    let at = format!("{now} - ({files} - n) * {}", span / files);
    let id = "'0199a1b2-0000-7000-8000-' || substr(CAST(1000000000000 + 1000 + n AS TEXT), 2)";
    let side = |side: &str, key: &str, state: &str| {
        of(
            files,
            "file_sides (file_id, side, provider, provider_id, state)",
            &format!("SELECT {id}, '{side}', 'folder', {key}, {state} FROM numbers ORDER BY n"),
        )
    };
    vec![
        of(files, "files (id, feature_id, original_name, mime_type, size, sha256, created_at, metadata, deleted_at)", &format!(
            "SELECT {id}, f.id, 'report ' || n || '.pdf', s.mime_type, n, s.sha256, {at}, s.metadata, CASE n % 10 WHEN 0 THEN {at} END
             FROM numbers {FEATURE} JOIN files s ON s.id = (SELECT min(id) FROM files) ORDER BY n"
        )),
        side("legacy", "n || '.pdf'", "CASE WHEN n % 10 = 0 THEN 'absent' WHEN n % 997 = 0 THEN 'failed' ELSE 'present' END"),
        side("candidate", "'sha256/' || (n / 2)", "CASE WHEN n % 10 = 0 THEN 'absent' WHEN n % 499 = 0 THEN 'pending' ELSE 'present' END"),
        of(files, "file_tasks (file_id, side, kind, attempts, next_at)", &format!("SELECT {id}, 'candidate', 'put', 0, {at} FROM numbers WHERE n % 499 = 0 AND n % 10 <> 0")),
        of(files / 20, "checks (mode, asked_by, asked_at, started_at, state, ended_at)", &format!(
            "SELECT CASE n % 7 WHEN 0 THEN 'full' ELSE 'quick' END, 'system', {now} - ({} - n) * 3600000, {now}, 'complete', {now} FROM numbers ORDER BY n", files / 20
        )),
        of(files / 2, "findings (kind, side, subject, feature_id, detail, repairs, found_at, last_check, closed_at)", &format!(
            "SELECT CASE n % 50 WHEN 0 THEN 'unreadable' ELSE 'no_object' END, 'candidate', {id}, f.id, s.detail, s.repairs, {at}, s.last_check,
                 CASE WHEN n % 400 <> 0 THEN {at} END FROM numbers {FEATURE} JOIN findings s ON s.id = (SELECT min(id) FROM findings) ORDER BY n"
        )),
    ]
}

-- Ways to the rows that pages show, as their plans with a year of data ask for them (`make plans`).

-- The operations of a feature, each from the one before it, without reading all its hours.
CREATE INDEX observation_hours_by_operation ON observation_hours (feature_id, operation);
CREATE INDEX comparison_hours_by_operation ON comparison_hours (feature_id, operation);

-- Filters of the audit, newest first. What an action is about is its name without the letters behind the point.
CREATE INDEX audit_events_by_action ON audit_events (action, seq);
CREATE INDEX audit_events_by_noun ON audit_events (rtrim(action, 'abcdefghijklmnopqrstuvwxyz_'), seq);
CREATE INDEX audit_events_by_migration ON audit_events (migration, seq);
CREATE INDEX audit_events_by_time ON audit_events (at);

-- Few changes have a gate that was frozen, and few alerts took traffic back.
CREATE INDEX rollout_changes_frozen ON rollout_changes (feature_id, id) WHERE evidence IS NOT NULL;
CREATE INDEX alerts_by_rollback ON alerts (rollback_id) WHERE rollback_id IS NOT NULL;
CREATE INDEX alerts_by_migration ON alerts (migration_id, id);

-- What was told last, and how it went with each target.
CREATE INDEX notifications_by_order ON notifications (state, seq);
CREATE INDEX notifications_delivered ON notifications (target_id, ended_at) WHERE state = 'delivered';
CREATE INDEX notifications_failed ON notifications (target_id, failed_at, seq) WHERE failed_at IS NOT NULL;

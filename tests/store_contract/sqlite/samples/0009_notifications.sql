INSERT INTO notification_targets (name, kind, url, secret, least_severity, migration_id, enabled, created_at, version)
VALUES ('on call', 'webhook', 'https://example.com/hook', '0123456789abcdef', 'warning', NULL, 1, 1767610800000, 1);

INSERT INTO notifications (id, target_id, alert, status, notice, queued_at, trying_since, attempts, state, next_attempt_at)
VALUES ('0199a1b2-0000-7000-8000-0000000000aa', 1, '0199a1b2-0000-7000-8000-000000000001', 'firing',
        '{"alert":"0199a1b2-0000-7000-8000-000000000001","status":"firing","rule":"error_rate","severity":"critical","migration":"files","feature":"kimi","firing_since":"2026-01-05T11:00:00Z","value":0.06,"limit":0.05,"lower":null,"upper":null,"n":1000,"summary":"candidate error rate 6 %","action_taken":null}',
        1767610800000, 1767610800000, 1, 'queued', 1767610805000);

INSERT INTO alerts (id, migration_id, feature_id, entry, rule, kind, severity, action, policy_version, state, pending_at, fired_at,
    resolved_at, resolved_reason, held_ms, clear_ms, seen_at, reading, frozen, frozen_digest, acted, rollback_id, told, revision)
VALUES
    ('0199a1b2-0000-7000-8000-0000000000a1', 1, 1, 1, 'error_rate', 'error_rate', 'critical', '{"roll_back":"feature"}', 1, 'resolved',
        1767609000000, 1767609300000, 1767609600000, 'the feature entered its stage anew', 0, 0, 1767609600000,
        '{"condition":"breach","value":0.12,"limit":0.05,"lower":0.0736,"upper":0.18,"n":500,"reason":"error rate 12 %"}',
        NULL, NULL, 'rolled_back', '0199a1b2-0000-7000-8000-0000000000b1', 1, 4),
    ('0199a1b2-0000-7000-8000-0000000000a2', 1, NULL, NULL, 'system', 'system', 'warning', '"notify"', 1, 'pending',
        1767609000000, NULL, NULL, NULL, 2000, 0, 1767609002000,
        '{"condition":"breach","value":0.9,"limit":0.8,"lower":null,"upper":null,"n":0,"reason":"90 % of the memory in use"}',
        NULL, NULL, 'nothing', NULL, 0, 2);

INSERT INTO silences (id, migration_id, feature_id, rule, starts_at, ends_at, reason, actor, ended_at, ended_by)
VALUES
    ('0199a1b2-0000-7000-8000-0000000000c1', 1, 1, 'error_rate', 1767609000000, 1767612600000, 'we know', 'user:ada', NULL, NULL),
    ('0199a1b2-0000-7000-8000-0000000000c2', 1, NULL, NULL, 1767609000000, 1767612600000, 'we know', 'user:ada', 1767610000000, 'user:mary');

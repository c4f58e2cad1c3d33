-- Two instances, one of which decided nothing yet, and the one that leads.

INSERT INTO instances (id, name, version, started_at, seen_at, decisions_at) VALUES
    ('0199a1b2-0000-7000-8000-00000000001a', 'host:3000', '0.1.0', 1767607200000, 1767607260000, 1767607259000),
    ('0199a1b2-0000-7000-8000-00000000002b', 'host:3001', '0.1.0', 1767607230000, 1767607260000, NULL);

UPDATE leases SET holder = '0199a1b2-0000-7000-8000-00000000001a', term = 3, renewal = 14 WHERE name = 'timed work';

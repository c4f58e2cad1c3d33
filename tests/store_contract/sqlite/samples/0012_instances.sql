INSERT INTO instances (id, name, version, started_at, seen_at, decisions_at)
VALUES ('0199a1b2-0000-7000-8000-00000000001a', 'localhost:3000', '0.1.0', 1767607200000, 1767607260000, 1767607259000);

UPDATE leases SET holder = '0199a1b2-0000-7000-8000-00000000001a', term = 1, renewal = 60 WHERE name = 'timed work';

-- One more instance, which keeps files where it says.

INSERT INTO instances (id, name, version, started_at, seen_at, decisions_at, files) VALUES
    ('0199a1b2-0000-7000-8000-00000000003c', 'host:3002', '0.2.0', 1767607240000, 1767607260000, 1767607259000,
     'folder 0199 and bucket files');

INSERT INTO checks (id, mode, asked_by, asked_at, started_at, state, ended_at, error, records, objects, bytes, found)
VALUES
    (1, 'full', 'system', 1767609000000, 1767609001000, 'complete', 1767609060000, NULL, 2, 3, 20, 2),
    (2, 'quick', 'user:ada', 1767612600000, 1767612601000, 'failed', 1767612602000, 'the storage is full', 0, 0, 0, 0),
    (3, 'full', 'user:ada', 1767616200000, NULL, 'waiting', NULL, NULL, 0, 0, 0, 0);

INSERT INTO findings (id, kind, side, subject, feature_id, detail, repairs, found_at, last_check, last_error, closed_at,
    closed_by, repair)
VALUES
    (1, 'no_record', 'candidate', 'sha256/00/11', NULL, 'no record names it; 10 bytes', 'adopt remove_object',
        1767609060000, 1, 'the storage is full', NULL, NULL, NULL),
    (2, 'no_checksum', '', '0199a1b2-0000-7000-8000-00000000000f', 1, 'its record has no checksum', 'record_checksum',
        1767609060000, 1, NULL, 1767609120000, 'user:ada', 'record_checksum');

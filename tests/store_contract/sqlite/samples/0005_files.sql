-- Rows as the program wrote them when `0005_files` was the newest migration: two files with the same content, of which one
-- was deleted and is still in legacy, and a backfill under way.

INSERT INTO files
    VALUES ('0199a1b2-0000-7000-8000-000000000001',1,'report.pdf','application/pdf',10,'9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',1800000000000,'{"tag":"a"}',NULL);
INSERT INTO files
    VALUES ('0199a1b2-0000-7000-8000-000000000002',1,'copy of report.pdf','application/pdf',10,'9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',1800000000000,'{}',1800000060000);
INSERT INTO file_sides
    VALUES ('0199a1b2-0000-7000-8000-000000000001','legacy','folder','0199a1b2-0000-7000-8000-000000000001.pdf','present');
INSERT INTO file_sides
    VALUES ('0199a1b2-0000-7000-8000-000000000001','candidate','local','sha256/9f/86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08','pending');
INSERT INTO file_sides
    VALUES ('0199a1b2-0000-7000-8000-000000000002','legacy','folder','0199a1b2-0000-7000-8000-000000000002.pdf','present');
INSERT INTO file_sides
    VALUES ('0199a1b2-0000-7000-8000-000000000002','candidate','local','sha256/9f/86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08','absent');
INSERT INTO file_tasks
    VALUES ('0199a1b2-0000-7000-8000-000000000001','candidate','put',3,1800000004000,'the storage failed: it does not answer');
INSERT INTO file_tasks
    VALUES ('0199a1b2-0000-7000-8000-000000000002','legacy','delete',0,1800000060000,NULL);
INSERT INTO file_backfills
    VALUES (1,'{"state":"copying","started_at":"2027-01-15T08:00:00Z","updated_at":"2027-01-15T08:01:00Z","adopted":3,"copied":2,"copied_bytes":20,"failed":1,"last_id":"0199a1b2-0000-7000-8000-000000000001","last_error":"the storage is full"}');

-- Rows as the program wrote them when `0003_accounts` was the newest migration. The digests are of the texts `session`,
-- `token` and so on, and the password is `correct horse battery`.

INSERT INTO users
    VALUES (1,'ada','Ada Lovelace','admin',1,'$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRvZm91cnM$Qf3pKq4GgxAyXjQnJ5iu1mS7pSYHV1FQ0gkJ0hZBm6E',1800000000000,1);
INSERT INTO users
    VALUES (2,'grace','Grace Hopper','viewer',0,'$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRvZm91cnM$Qf3pKq4GgxAyXjQnJ5iu1mS7pSYHV1FQ0gkJ0hZBm6E',1800000000000,2);
INSERT INTO sessions
    VALUES (X'3f3af1ecebbd1410ab417ec0d27bbfcb5d340e177ae159b59fc8626c2dfd9175',1,1800000000000,1800000000000);
INSERT INTO api_tokens
    VALUES (1,X'3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0','ci','ingest,read',1,'user:ada',1800000000000,NULL,NULL,NULL);
INSERT INTO api_tokens
    VALUES (2,X'9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08','old','read',NULL,'cli:root',1800000000000,1800000060000,1800000000000,1800000030000);
INSERT INTO setup_links
    VALUES (1,X'88d4266fd4e6338d13b845fcf289579d209c897823b9217da3e161936f031589',1800086400000);
INSERT INTO login_failures
    VALUES (X'2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',3,1800000000000);

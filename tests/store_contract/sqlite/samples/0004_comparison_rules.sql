-- Rows as the program wrote them when `0004_comparison_rules` was the newest migration.

INSERT INTO comparison_rules
    VALUES (1,2,'{"ignore":["$.files[].etag"],"tolerance":[{"field":"$.ms","absolute":5.0}],"unordered":["$.files"],"redact":["$.user"]}',1800000060000,'user:ada','the etag is random');
INSERT INTO discrepancy_hours
    VALUES (1,30000060,'upload','$.files','order',2);
INSERT INTO second_run_hours
    VALUES (1,30000000,'upload',40);
INSERT INTO noise_hours
    VALUES (1,30000000,'upload','$.size',3,1,2);
INSERT INTO discrepancy_examples
    VALUES (1,1,'$.size','value',1800000061000,'upload',2,'10','11','{
  "size": 10,
  "token": {"redacted":"string","same":true}
}','{
  "size": 11,
  "token": {"redacted":"string","same":true}
}');

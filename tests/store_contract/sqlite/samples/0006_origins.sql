-- Rows as the program wrote them when `0006_origins` was the newest migration.

INSERT INTO origin_minutes (feature_id, start, driven, injected) VALUES (1, 30000000, 40, 3);

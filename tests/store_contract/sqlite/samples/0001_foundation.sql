-- Rows as the program wrote them when `0001_foundation` was the newest migration: 8 items of the feature `kimi`.
-- The blobs are of that day as well, so that what was stored stays readable.

INSERT INTO migrations
    VALUES (1,'files','The files migration',1,1,1,0.05,1800000000000,1);
INSERT INTO features
    VALUES (1,1,'kimi','The kimi feature',1,0,'shadow',1800000000000,1800000000000,1);
INSERT INTO features
    VALUES (2,1,'supabase','The supabase feature',1,0,'shadow',1800000000000,1800000000000,1);
INSERT INTO rollout_changes
    VALUES (1,1,1800000000000,'created',NULL,0,'panel','kimi is to be moved');
INSERT INTO rollout_changes
    VALUES (2,2,1800000000000,'created',NULL,0,'panel','supabase is to be moved');
INSERT INTO observation_minutes
    VALUES (1,30000000,'upload','legacy',1,0,1,0,X'a0038800000000000054408c0000000000005e4084000000000000694002fd4a815abf52f03f00000000000000000502b603022802');
INSERT INTO observation_minutes
    VALUES (1,30000001,'upload','candidate',0,1,0,1,X'a002880000000000409f408c0000000000409f40840000000000409f4002fd4a815abf52f03f00000000000000000501f80502');
INSERT INTO observation_minutes
    VALUES (1,30000001,'upload','legacy',1,0,0,0,X'a0028800000000000000008c000000000000000002fd4a815abf52f03f00000000000000000402');
INSERT INTO observation_minutes
    VALUES (1,30000060,'upload','candidate',1,0,0,0,X'a002880000000000c072408c0000000000c07240840000000000c0724002fd4a815abf52f03f00000000000000000501ba0402');
INSERT INTO observation_hours
    VALUES (1,30000000,'upload','candidate',0,1,0,1,X'a002880000000000409f408c0000000000409f40840000000000409f4002fd4a815abf52f03f00000000000000000501f80502');
INSERT INTO observation_hours
    VALUES (1,30000000,'upload','legacy',2,0,1,0,X'a0048800000000000000008c0000000000005e4084000000000000694002fd4a815abf52f03f000000000000000004020502b603022802');
INSERT INTO observation_hours
    VALUES (1,30000060,'upload','candidate',1,0,0,0,X'a002880000000000c072408c0000000000c07240840000000000c0724002fd4a815abf52f03f00000000000000000501ba0402');
INSERT INTO comparison_minutes
    VALUES (1,30000001,'upload',2,1,0,0,0,0);
INSERT INTO comparison_hours
    VALUES (1,30000000,'upload',2,1,0,0,0,0);
INSERT INTO unit_hours
    VALUES (1,30000000,'candidate',X'0201070c03080108e8af8107');
INSERT INTO unit_hours
    VALUES (1,30000000,'legacy',X'0201070c03080208e8af810710372f05');
INSERT INTO unit_hours
    VALUES (1,30000060,'candidate',X'0201070c0308010845880605');
INSERT INTO discrepancy_hours
    VALUES (1,30000000,'upload','$.size','value',1);
INSERT INTO error_kind_hours
    VALUES (1,30000000,'upload','candidate','timeout',1);
INSERT INTO error_kind_hours
    VALUES (1,30000000,'upload','legacy','missing file',1);
INSERT INTO last_seen
    VALUES (1,'candidate',1800003600000);
INSERT INTO last_seen
    VALUES (1,'legacy',1800000060000);
INSERT INTO last_seen
    VALUES (1,'shadow',1800000092000);
INSERT INTO ingested_ids
    VALUES (X'61000000000000000000441a2aab920fd90a68be8f613038',30000001);
INSERT INTO ingest_keys
    VALUES (X'dc50c29287882a6e4edb999ba11ea289d74850a0672f118f',X'0fdb9441c0d2a00b0e701bbe3656447421d3ceaf523d90c5','{"accepted":8,"duplicates":0,"rejected":[]}',1800000000000);

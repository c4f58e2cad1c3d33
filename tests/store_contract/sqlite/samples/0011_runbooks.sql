INSERT INTO runbooks (migration_id, source, imported_at, actor, version)
SELECT id, '# Move' || char(10) || '- [ ] Read the plan', 1767610800000, 'cli:root', 1 FROM migrations ORDER BY id LIMIT 1;

INSERT INTO runbook_ticks (migration_id, item, headings, text, is_done, at, actor, note, version)
SELECT id, '0123456789abcdef0123456789abcdef', '["Move"]', 'Read the plan', 1, 1767610800000, 'user:ada', 'it is long', 1
FROM migrations ORDER BY id LIMIT 1;

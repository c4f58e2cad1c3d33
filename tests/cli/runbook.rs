//! `crossfade runbook import`, while a server runs.

use serde_json::json;

use crate::run::{Desk, get};

#[test]
fn a_file_is_read_into_a_migration_by_whoever_runs_the_command() {
    let desk = Desk::new();
    let server = desk.server();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("checklist.md");
    let path = file.to_str().unwrap();
    std::fs::write(&file, "# Move\n- [x] âœ… done\n- [ ] to do\n").unwrap();
    let said = desk.crossfade(&["runbook", "import", path, "--migration", "file-management"]);
    assert_eq!((said.code, said.out.as_str()), (0, "2 items, 1 done\n"), "{said:?}");
    let runbook = get(server.address, "/api/v1/migrations/file-management/runbook");
    let first = &runbook["groups"][0]["blocks"][0];
    assert_eq!(json!([first["markdown"], first["by"]]), json!(["✅ done", "cli:ada"]));

    std::fs::write(&file, b"- [ ] \xff").unwrap();
    let said = desk.crossfade(&["runbook", "import", path, "--migration", "file-management"]);
    assert!(said.code != 0 && said.err.contains("byte 7 cannot be read (line 1)"), "{said:?}");
    let said = desk.crossfade(&["runbook", "import", path, "--migration", "nobody"]);
    assert!(said.code != 0, "{said:?}");
}

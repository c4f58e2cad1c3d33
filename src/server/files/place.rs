//! What a folder is known by, wherever it is mounted and whatever it is called there: a name that is kept in it.

use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// The file that holds the name. It is no object.
pub(super) const FILE: &str = ".crossfade-place";

/// The name of the folder `root`, given when it is first asked for. Blocks.
pub(super) fn of_folder(root: &Path) -> io::Result<String> {
    let file = root.join(FILE);
    match fs::read_to_string(&file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        read => return read,
    }
    // As open as what else is written there.
    let mode = Permissions::from_mode(0o666);
    let mut named = tempfile::Builder::new().prefix(FILE).permissions(mode).tempfile_in(root)?;
    named.write_all(format!("folder {}", uuid::Uuid::now_v7()).as_bytes())?;
    named.as_file().sync_all()?;
    // Of two who name it at once, one does.
    match named.persist_noclobber(&file) {
        Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => return Err(error.error),
        _ => File::open(root)?.sync_all()?,
    }
    fs::read_to_string(&file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_keeps_its_name_and_no_other_has_it() {
        let [one, other] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let named = std::thread::scope(|scope| {
            let named = [(); 8].map(|()| scope.spawn(|| of_folder(one.path()).unwrap()));
            named.map(|thread| thread.join().unwrap())
        });
        assert!(named.iter().all(|name| *name == named[0] && name.starts_with("folder ")), "{named:?}");
        assert_ne!(of_folder(other.path()).unwrap(), named[0]);
        assert_eq!(fs::read_dir(one.path()).unwrap().count(), 1, "nothing else is left in it");
        let mode = fs::metadata(one.path().join(FILE)).unwrap().permissions().mode();
        let objects = File::create(one.path().join("object")).unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode, objects, "as anything else that is written there");
    }
}

//! A plain folder: one file an object, below the folder by its key. Nothing else is kept of it.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};

use super::key;
use crate::server::files::manager::{Content, Existing, Manager, ManagerError, NewObject, ObjectInfo};
use crate::server::files::place;
use crate::server::files::spool::{Check, Spooled};
use crate::server::files::unified::read_file;

/// Below the folder: objects that are being written.
const PARTS: &str = ".crossfade-parts";

/// Files in a folder.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder at `root`, which is made if it is not there. What an earlier program left half-written is removed.
    pub fn open(root: &Path) -> io::Result<Self> {
        let parts = root.join(PARTS);
        fs::create_dir_all(&parts)?;
        for part in fs::read_dir(&parts)? {
            let part = part?.path();
            // Whoever still writes it holds its lock; one that cannot be opened any more was finished meanwhile.
            if File::open(&part).is_ok_and(|file| file.try_lock().is_ok()) {
                let _ = fs::remove_file(&part);
            }
        }
        Ok(Self(root.to_owned()))
    }

    /// Where the object of this key is: always below the folder.
    fn path(&self, key: &str) -> Result<PathBuf, ManagerError> {
        let is_below =
            |it: Component<'_>| matches!(it, Component::Normal(name) if name != PARTS && name != place::FILE);
        let is_right = !key.is_empty() && !key.contains('\0') && Path::new(key).components().all(is_below);
        if is_right {
            Ok(self.0.join(key))
        } else {
            Err(ManagerError::Refused("the key leads out of the folder".into()))
        }
    }

    fn write(&self, path: &Path, content: &Spooled) -> Result<(), ManagerError> {
        let parent = path.parent().unwrap_or(&self.0);
        make_folders(&self.0, parent)?;
        let part = self.0.join(PARTS).join(uuid::Uuid::now_v7().to_string());
        let written = write_part(&part, content).and_then(|()| Ok(fs::rename(&part, path)?));
        if written.is_err() {
            let _ = fs::remove_file(&part);
        }
        written?;
        // A name is durable only when its folder is.
        Ok(File::open(parent)?.sync_all()?)
    }
}

fn write_part(part: &Path, content: &Spooled) -> Result<(), ManagerError> {
    let mut file = File::create_new(part)?;
    file.lock()?;
    let mut check = Check::of(&content.sha256);
    let mut at = 0;
    loop {
        let chunk = content.read_at(at)?;
        if chunk.is_empty() {
            break;
        }
        check.update(&chunk);
        file.write_all(&chunk)?;
        at += chunk.len() as u64;
    }
    check.finish()?;
    Ok(file.sync_all()?)
}

/// Makes the folders from `root` down to `folder`, each of them durable.
fn make_folders(root: &Path, folder: &Path) -> io::Result<()> {
    if folder.is_dir() || folder == root {
        return Ok(());
    }
    if let Some(parent) = folder.parent() {
        make_folders(root, parent)?;
        match fs::create_dir(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => File::open(parent)?.sync_all()?,
        }
    }
    Ok(())
}

#[async_trait]
impl Manager for Folder {
    fn provider(&self) -> &'static str {
        "folder"
    }

    fn key(&self, object: &NewObject<'_>) -> String {
        key(object)
    }

    async fn put(&self, key: &str, object: &NewObject<'_>, _: Existing) -> Result<(), ManagerError> {
        let (it, path, content) = (self.clone(), self.path(key)?, object.content.clone());
        blocking(move || it.write(&path, &content)).await
    }

    async fn get(&self, key: &str, range: Option<Range<u64>>) -> Result<Content, ManagerError> {
        let path = self.path(key)?;
        let (file, size) = blocking(move || {
            let file = File::open(path)?;
            let metadata = file.metadata()?;
            if metadata.is_file() { Ok((file, metadata.len())) } else { Err(ManagerError::NotFound) }
        })
        .await?;
        Ok(Content { size, bytes: read_file(file, range.unwrap_or(0..size)) })
    }

    async fn head(&self, key: &str) -> Result<Option<ObjectInfo>, ManagerError> {
        let (path, key) = (self.path(key)?, key.to_owned());
        blocking(move || match fs::symlink_metadata(path) {
            Ok(metadata) => Ok(metadata.is_file().then(|| info(key, &metadata))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        })
        .await
    }

    async fn delete(&self, key: &str) -> Result<(), ManagerError> {
        let path = self.path(key)?;
        blocking(move || match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error.into()),
            Ok(()) => path.parent().map_or(Ok(()), |parent| Ok(File::open(parent)?.sync_all()?)),
        })
        .await
    }

    fn list(&self) -> BoxStream<'_, Result<ObjectInfo, ManagerError>> {
        // Folders that are still to be looked into; one at a time, so that only its names are in memory.
        let folders = stream::try_unfold(vec![PathBuf::new()], move |mut left| async move {
            let Some(folder) = left.pop() else { return Ok::<_, ManagerError>(None) };
            let root = self.0.clone();
            let (found, below) = blocking(move || look_into(&root, &folder)).await?;
            left.extend(below);
            Ok(Some((stream::iter(found.into_iter().map(Ok)), left)))
        });
        futures::TryStreamExt::try_flatten(folders).boxed()
    }

    async fn place(&self) -> Result<String, ManagerError> {
        let root = self.0.clone();
        blocking(move || Ok(place::of_folder(&root)?)).await
    }
}

/// The files and the folders in `folder`. Links are neither: they may lead anywhere.
fn look_into(root: &Path, folder: &Path) -> Result<(Vec<ObjectInfo>, Vec<PathBuf>), ManagerError> {
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() && path != Path::new(PARTS) {
            folders.push(path);
        } else if let (true, Some(key)) = (kind.is_file() && !is_our_own(&path), path.to_str()) {
            match entry.metadata() {
                Ok(metadata) => files.push(info(key.to_owned(), &metadata)),
                // It was removed meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok((files, folders))
}

/// Whether it is none of the objects: the file that names the folder, and what is left of one that was being written.
fn is_our_own(path: &Path) -> bool {
    path.parent() == Some(Path::new("")) && path.to_str().is_some_and(|name| name.starts_with(place::FILE))
}

fn info(key: String, metadata: &fs::Metadata) -> ObjectInfo {
    ObjectInfo { key, size: metadata.len(), sha256: None, modified_at: metadata.modified().ok().map(Into::into) }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ManagerError> + Send + 'static,
) -> Result<T, ManagerError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(ManagerError::Unavailable(error.to_string())))
}

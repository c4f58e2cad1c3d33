//! Where files are kept and how they are checked, as it can be set.

use std::num::{NonZeroU32, NonZeroU64};
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use clap::Args;

use crate::server::files::check::CheckSettings;

/// Where the file service keeps files.
#[derive(Args, Clone, Debug)]
pub struct FilesArgs {
    /// Where legacy keeps files: `folder:DIR` or `supabase:URL#BUCKET`. Default: files/legacy in the data directory
    #[arg(long, env = "CROSSFADE_FILES_LEGACY", value_name = "PLACE", value_parser = parse_legacy)]
    pub files_legacy: Option<LegacyPlace>,

    /// Where the candidate keeps files: `folder:DIR` or `s3://BUCKET/PREFIX`, whose endpoint and keys are taken from
    /// `AWS_…` in the environment. Default: files/unified in the data directory
    #[arg(long, env = "CROSSFADE_FILES_UNIFIED", value_name = "PLACE", value_parser = parse_unified)]
    pub files_unified: Option<UnifiedPlace>,

    /// The most bytes of one file
    #[arg(long, env = "CROSSFADE_FILES_MAX_BYTES", value_name = "BYTES", default_value_t = DEFAULT_FILE_BYTES)]
    pub files_max_bytes: u64,

    /// How often all files are checked against their records, in hours
    #[arg(long, env = "CROSSFADE_FILES_CHECK_HOURS", value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=8_760))]
    pub files_check_hours: u32,

    /// How much a check reads in a second, in MiB, so that requests have their share
    #[arg(long, env = "CROSSFADE_FILES_CHECK_RATE", value_name = "MIB", default_value = "32")]
    pub files_check_rate: NonZeroU32,

    /// The service key of the Supabase project
    #[arg(skip = std::env::var("CROSSFADE_SUPABASE_KEY").ok())]
    pub supabase_key: Option<String>,
}

/// Bytes in a MiB.
const MIB: NonZeroU64 = NonZeroU64::new(1 << 20).unwrap();

/// The most bytes of one file, unless it is set.
pub const DEFAULT_FILE_BYTES: u64 = 2 << 30;

/// Where legacy keeps files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LegacyPlace {
    Folder(PathBuf),
    Supabase { url: String, bucket: String },
}

/// Where the candidate keeps files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnifiedPlace {
    Folder(PathBuf),
    S3 { bucket: String, prefix: String },
}

impl FilesArgs {
    /// How files are checked.
    pub fn check_settings(&self) -> CheckSettings {
        let bytes_per_second = NonZeroU64::from(self.files_check_rate).checked_mul(MIB);
        CheckSettings { every: TimeDelta::hours(self.files_check_hours.into()), bytes_per_second }
    }

    /// Whether both sides are plain folders of this machine.
    pub fn are_folders(&self) -> bool {
        !matches!(self.files_legacy, Some(LegacyPlace::Supabase { .. }))
            && !matches!(self.files_unified, Some(UnifiedPlace::S3 { .. }))
    }

    /// Where legacy keeps files: as set, or a folder in `data_dir`.
    pub fn legacy(&self, data_dir: &Path) -> LegacyPlace {
        self.files_legacy.clone().unwrap_or_else(|| LegacyPlace::Folder(data_dir.join("files/legacy")))
    }

    /// Where the candidate keeps files: as set, or a folder in `data_dir`.
    pub fn unified(&self, data_dir: &Path) -> UnifiedPlace {
        self.files_unified.clone().unwrap_or_else(|| UnifiedPlace::Folder(data_dir.join("files/unified")))
    }
}

fn parse_legacy(place: &str) -> Result<LegacyPlace, String> {
    if let Some(supabase) = place.strip_prefix("supabase:") {
        return match supabase.split_once('#') {
            Some((url, bucket)) if url.starts_with("http") && !bucket.is_empty() => {
                Ok(LegacyPlace::Supabase { url: url.to_owned(), bucket: bucket.to_owned() })
            }
            _ => Err("must be supabase:https://PROJECT.supabase.co#BUCKET".to_owned()),
        };
    }
    parse_folder(place).map(LegacyPlace::Folder).ok_or_else(|| "must be folder:DIR or supabase:URL#BUCKET".to_owned())
}

fn parse_unified(place: &str) -> Result<UnifiedPlace, String> {
    if let Some(bucket) = place.strip_prefix("s3://") {
        let (bucket, prefix) = bucket.split_once('/').unwrap_or((bucket, ""));
        if bucket.is_empty() {
            return Err("names no bucket; write s3://BUCKET/PREFIX".to_owned());
        }
        return Ok(UnifiedPlace::S3 { bucket: bucket.to_owned(), prefix: prefix.trim_matches('/').to_owned() });
    }
    parse_folder(place).map(UnifiedPlace::Folder).ok_or_else(|| "must be folder:DIR or s3://BUCKET/PREFIX".to_owned())
}

fn parse_folder(place: &str) -> Option<PathBuf> {
    place.strip_prefix("folder:").filter(|folder| !folder.is_empty()).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_for_files_is_named_by_its_kind() {
        let folder = |path: &str| LegacyPlace::Folder(path.into());
        let supabase = LegacyPlace::Supabase { url: "https://a.supabase.co".to_owned(), bucket: "files".to_owned() };
        for (place, expected) in [
            ("folder:/var/files", Some(folder("/var/files"))),
            ("supabase:https://a.supabase.co#files", Some(supabase)),
            ("supabase:https://a.supabase.co", None),
            ("folder:", None),
            ("/var/files", None),
        ] {
            assert_eq!(parse_legacy(place).ok(), expected, "{place}");
        }
        let bucket = |prefix: &str| UnifiedPlace::S3 { bucket: "b".to_owned(), prefix: prefix.to_owned() };
        for (place, expected) in [
            ("folder:files", Some(UnifiedPlace::Folder("files".into()))),
            ("s3://b", Some(bucket(""))),
            ("s3://b/c/d/", Some(bucket("c/d"))),
            ("s3://", None),
            ("files", None),
        ] {
            assert_eq!(parse_unified(place).ok(), expected, "{place}");
        }
    }
}

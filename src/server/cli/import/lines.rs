//! A file of lines that can be read more than once: plain or gzip, also from standard input.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::path::Path;

use anyhow::Context as _;
use flate2::read::MultiGzDecoder;
use indicatif::ProgressBar;

/// The most bytes of a line.
const MAX_LINE_BYTES: u64 = 8 << 20;

/// The first two bytes of a gzip member (RFC 1952, section 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A file that is open.
pub(super) struct Source {
    file: File,
    bytes: u64,
}

/// One line that is not blank.
pub(super) struct Line {
    /// Its number in the file, from 1.
    pub(super) number: u64,
    /// Its text, or what is wrong with it.
    pub(super) text: Result<Vec<u8>, String>,
}

impl Source {
    /// Opens `path`; `-` is standard input, kept in a nameless temporary file so that it can be read twice.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let file = if path.as_os_str() == "-" {
            let mut file = tempfile::tempfile().context("could not make a temporary file")?;
            io::copy(&mut io::stdin().lock(), &mut file).context("could not read standard input")?;
            file
        } else {
            File::open(path).with_context(|| format!("could not open {}", path.display()))?
        };
        let bytes = file.metadata()?.len();
        Ok(Self { file, bytes })
    }

    /// Its size, as it lies there.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Its lines from the start; `progress` follows the bytes read.
    pub(super) fn lines(&self, progress: &ProgressBar) -> anyhow::Result<Lines> {
        let mut file = self.file.try_clone()?;
        file.rewind()?;
        let mut reader = BufReader::new(progress.wrap_read(file));
        let is_gzip = reader.fill_buf()?.starts_with(&GZIP);
        let reader: Box<dyn BufRead + Send> =
            if is_gzip { Box::new(BufReader::new(MultiGzDecoder::new(reader))) } else { Box::new(reader) };
        Ok(Lines { reader, number: 0 })
    }
}

/// The lines of a file.
pub(super) struct Lines {
    reader: Box<dyn BufRead + Send>,
    number: u64,
}

impl Lines {
    fn read_line(&mut self) -> io::Result<Option<Line>> {
        loop {
            let mut text = Vec::new();
            if self.reader.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut text)? == 0 {
                return Ok(None);
            }
            self.number += 1;
            if !text.ends_with(b"\n") && text.len() as u64 == MAX_LINE_BYTES {
                self.reader.skip_until(b'\n')?;
                let text = Err(format!("a line has at most {MAX_LINE_BYTES} bytes"));
                return Ok(Some(Line { number: self.number, text }));
            }
            let trimmed = text.trim_ascii();
            if !trimmed.is_empty() {
                return Ok(Some(Line { number: self.number, text: Ok(trimmed.to_vec()) }));
            }
        }
    }
}

impl Iterator for Lines {
    type Item = anyhow::Result<Line>;

    fn next(&mut self) -> Option<Self::Item> {
        let number = self.number + 1;
        self.read_line().with_context(|| format!("could not read line {number}; is the file cut off?")).transpose()
    }
}

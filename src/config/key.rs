//! Keys of 32 bytes: read from a file or the environment, made once when there is no file.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};

use super::settings::KeyReference;

/// A key.
pub type Key = [u8; 32];

/// Longest file of a key that is read.
const FILE_BYTES_MAX: u64 = 256;

/// Why there is no key. Never quotes what was read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file holds something else.
    #[error("{}: must hold a key: 32 bytes, or 64 hex digits", .0.display())]
    Malformed(PathBuf),
    /// The environment gave something else.
    #[error("a key from the environment must be 64 hex digits")]
    MalformedValue,
    /// The file can not be read, or not be made.
    #[error("{}: can not be {step}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Read or made.
        step: &'static str,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The system gives no random bytes.
    #[error("the system gives no random bytes for a new key")]
    Chance,
}

/// The key; a missing file is made first, with its folder, so that only its owner can read it.
///
/// # Errors
/// When the key is malformed, or its file can not be read or made.
pub fn load_or_create(reference: &KeyReference) -> Result<Key, Error> {
    if let Some(key) = load(reference)? {
        return Ok(key);
    }
    if let KeyReference::File(path) = reference {
        create(path)?;
    }
    // Read again: another process may have been first, and its key is the one that counts.
    load(reference)?.ok_or(Error::MalformedValue)
}

/// The key, or none when its file is missing. Makes nothing.
///
/// # Errors
/// When the key is malformed, or its file can not be read.
pub fn load(reference: &KeyReference) -> Result<Option<Key>, Error> {
    match reference {
        KeyReference::Value(secret) => {
            parse_hex(secret.reveal().as_bytes()).map(Some).ok_or(Error::MalformedValue)
        }
        KeyReference::File(path) => match read(path) {
            Ok(bytes) => parse(&bytes).map(Some).ok_or_else(|| Error::Malformed(path.clone())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Error::File { path: path.clone(), step: "read", source }),
        },
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(FILE_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn parse(bytes: &[u8]) -> Option<Key> {
    let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let raw = Key::try_from(bytes).or_else(|_| Key::try_from(line));
    raw.ok().or_else(|| parse_hex(line))
}

fn parse_hex(digits: &[u8]) -> Option<Key> {
    let bytes = HEXLOWER_PERMISSIVE.decode(digits).ok()?;
    bytes.try_into().ok()
}

fn create(path: &Path) -> Result<(), Error> {
    let mut key = Key::default();
    aws_lc_rs::rand::fill(&mut key).map_err(|_| Error::Chance)?;
    let text = format!("{}\n", HEXLOWER.encode(&key));
    place(path, text.as_bytes()).map_err(|source| Error::File {
        path: path.to_owned(),
        step: "made",
        source,
    })
}

/// Writes a new file whole or not at all, and leaves one that is there already alone.
fn place(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let folder = folder.unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{}.new", std::process::id()));
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(content)?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => File::open(folder)?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::super::Secret;
    use super::*;

    #[test]
    fn a_key_is_32_bytes_or_64_hex_digits() {
        let hex = "0aF1".repeat(16);
        let with_end = |text: &[u8], end: &str| [text, end.as_bytes()].concat();
        for good in [
            vec![7; 32],
            with_end(&[7; 32], "\n"),
            vec![b'\n'; 32],
            with_end(hex.as_bytes(), ""),
            with_end(hex.as_bytes(), "\n"),
            with_end(hex.as_bytes(), "\r\n"),
        ] {
            assert!(parse(&good).is_some());
        }
        for bad in [
            vec![],
            vec![7; 31],
            vec![7; 34],
            with_end(hex.as_bytes(), " "),
            with_end(&[b'z'; 64], ""),
        ] {
            assert!(parse(&bad).is_none());
        }
    }

    #[test]
    fn a_missing_file_is_made_once_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets/id.key");
        let reference = KeyReference::File(path.clone());
        assert!(load(&reference).unwrap().is_none());
        assert!(!path.exists());
        let first = load_or_create(&reference).unwrap();
        assert_eq!(load_or_create(&reference).unwrap(), first);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        let other = KeyReference::File(folder.path().join("secrets/ledger.key"));
        assert_ne!(load_or_create(&other).unwrap(), first);
    }

    #[test]
    fn a_file_that_is_there_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("id.key");
        fs::write(&path, "hush-hush").unwrap();
        place(&path, b"other").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"hush-hush");
        let error = load_or_create(&KeyReference::File(path)).unwrap_err();
        assert!(error.to_string().contains("id.key"));
        assert!(!format!("{error} {error:?}").contains("hush"));
    }

    #[test]
    fn a_key_of_the_environment_is_hex() {
        let value = |text: &str| KeyReference::Value(Secret::new(text));
        assert!(load_or_create(&value(&"ab".repeat(32))).is_ok());
        assert!(load_or_create(&value("hush")).is_err());
    }
}

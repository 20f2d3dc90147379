//! Mails as `.eml` files, for a first run and for places without a mail server.
//!
//! The file's name is the message id, so that a mail sent again replaces itself; it appears whole or not
//! at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;

use super::{Receipt, SendError, TransportError};

/// A directory that receives mails.
#[derive(Debug, Clone)]
pub struct FileDirectory(PathBuf);

impl FileDirectory {
    pub(super) fn open(path: PathBuf) -> Result<Self, TransportError> {
        match fs::create_dir_all(&path) {
            Ok(()) => Ok(Self(path)),
            Err(error) => Err(TransportError { reason: format!("{}: {error}", path.display()) }),
        }
    }

    /// A full or missing disk may come back, so every fault is transient.
    pub(super) fn write(&self, message_id: &str, mail: &[u8]) -> Result<Receipt, SendError> {
        let path = self.0.join(format!("{message_id}.eml"));
        match self.replace(&path, mail) {
            Ok(()) => Ok(Receipt { detail: path.display().to_string() }),
            Err(error) => Err(SendError::Transient { reason: error.to_string() }),
        }
    }

    fn replace(&self, path: &PathBuf, mail: &[u8]) -> io::Result<()> {
        let draft = path.with_extension("eml.part");
        let mut file = File::create(&draft)?;
        file.write_all(mail)?;
        file.sync_all()?;
        fs::rename(&draft, path)?;
        File::open(&self.0)?.sync_all()
    }
}

//! Streams whose reader may go away, as that of `readiness … | head` does: no command fails or stops for that.

use std::io::{self, Write};

/// A stream that drops what is written after its reader went away.
pub(super) struct Stream<'a> {
    inner: &'a mut dyn Write,
    gone: bool,
}

impl<'a> Stream<'a> {
    /// A stream that still has its reader.
    pub(super) fn new(inner: &'a mut dyn Write) -> Self {
        Self { inner, gone: false }
    }

    /// What was done, or, when there is nobody to do it for, what stands for it.
    fn or_gone<T>(&mut self, done: io::Result<T>, instead: T) -> io::Result<T> {
        match done {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.gone = true;
                Ok(instead)
            }
            done => done,
        }
    }
}

impl Write for Stream<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.gone {
            return Ok(bytes.len());
        }
        let written = self.inner.write(bytes);
        self.or_gone(written, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.gone {
            return Ok(());
        }
        let flushed = self.inner.flush();
        self.or_gone(flushed, ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails in one way.
    struct Failing(io::ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }

    #[test]
    fn only_a_reader_that_went_away_is_forgiven() {
        let mut gone = Failing(io::ErrorKind::BrokenPipe);
        let mut stream = Stream::new(&mut gone);
        assert!(stream.flush().is_ok());
        assert!(stream.write_all(b"text").is_ok() && stream.flush().is_ok());
        let mut full = Failing(io::ErrorKind::StorageFull);
        let mut stream = Stream::new(&mut full);
        assert_eq!(stream.write_all(b"text").unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert!(stream.flush().is_err());
    }
}

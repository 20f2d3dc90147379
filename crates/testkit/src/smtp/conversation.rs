//! One SMTP conversation (RFC 5321) on any pair of streams: the protocol without sockets and files.

use std::io::{self, BufRead, Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::mode::{Mode, Stage};

const MAX_LINE_BYTES: u64 = 4_096;
const MAX_MAIL_BYTES: usize = 10 * 1_024 * 1_024;
const MAX_RECIPIENTS: usize = 100;

/// One mail as it crossed the wire: the envelope, and the text with its dots unstuffed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Envelope {
    pub(super) from: String,
    pub(super) to: Vec<String>,
    pub(super) text: Vec<u8>,
}

/// The state of one connection.
pub(super) struct Conversation<'a, R, W> {
    mode: &'a Mode,
    reader: R,
    writer: W,
    greeted: bool,
    trusted: bool,
    from: Option<String>,
    to: Vec<String>,
}

impl<'a, R: BufRead, W: Write> Conversation<'a, R, W> {
    pub(super) fn new(mode: &'a Mode, reader: R, writer: W) -> Self {
        let trusted = mode.auth.is_none();
        Self { mode, reader, writer, greeted: false, trusted, from: None, to: Vec::new() }
    }

    /// Talks until the client leaves; `keep` stores a mail before it is acknowledged.
    pub(super) fn run(&mut self, mut keep: impl FnMut(Envelope) -> io::Result<()>) -> io::Result<()> {
        if let Some(code) = self.refusal(Stage::Connect) {
            return self.say(&format!("{code} refused on request"));
        }
        self.say("220 smtp-sink ESMTP")?;
        while let Some(line) = self.read_line()? {
            let line = String::from_utf8_lossy(&line).into_owned();
            let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
            match verb.to_ascii_uppercase().as_str() {
                "EHLO" => self.hello(true)?,
                "HELO" => self.hello(false)?,
                "AUTH" => self.auth(rest)?,
                "MAIL" => self.mail(rest)?,
                "RCPT" => self.recipient(rest)?,
                "DATA" => {
                    if !self.data(&mut keep)? {
                        return Ok(());
                    }
                }
                "RSET" => {
                    self.reset();
                    self.say("250 OK")?;
                }
                "NOOP" => self.say("250 OK")?,
                "QUIT" => return self.say("221 Bye"),
                _ => self.say("500 Command not known")?,
            }
        }
        Ok(())
    }

    fn hello(&mut self, extended: bool) -> io::Result<()> {
        if let Some(code) = self.refusal(Stage::Hello) {
            return self.say(&format!("{code} refused on request"));
        }
        self.reset();
        self.greeted = true;
        let mut lines = vec!["smtp-sink"];
        if extended {
            lines.extend(["8BITMIME", "SMTPUTF8", "SIZE 10485760"]);
            lines.extend(self.mode.auth.is_some().then_some("AUTH PLAIN"));
        }
        let last = lines.len() - 1;
        for (index, line) in lines.into_iter().enumerate() {
            self.say(&format!("250{}{line}", if index == last { ' ' } else { '-' }))?;
        }
        Ok(())
    }

    fn auth(&mut self, rest: &str) -> io::Result<()> {
        if let Some(code) = self.refusal(Stage::Auth) {
            return self.say(&format!("{code} refused on request"));
        }
        let Some((user, password)) = &self.mode.auth else {
            return self.say("503 No authentication here");
        };
        let expected = STANDARD.encode(format!("\0{user}\0{password}"));
        self.trusted = rest.strip_prefix("PLAIN ").is_some_and(|given| given == expected);
        self.say(if self.trusted { "235 Welcome" } else { "535 Wrong user or password" })
    }

    fn mail(&mut self, rest: &str) -> io::Result<()> {
        if let Some(code) = self.refusal(Stage::Mail) {
            return self.say(&format!("{code} refused on request"));
        }
        match path(rest, "FROM:") {
            _ if !self.greeted => self.say("503 Say EHLO first"),
            _ if !self.trusted => self.say("530 Authenticate first"),
            _ if self.from.is_some() => self.say("503 One sender at a time"),
            None => self.say("501 MAIL FROM:<address>"),
            Some(from) => {
                self.from = Some(from);
                self.say("250 OK")
            }
        }
    }

    fn recipient(&mut self, rest: &str) -> io::Result<()> {
        if let Some(code) = self.refusal(Stage::Recipient) {
            return self.say(&format!("{code} refused on request"));
        }
        match path(rest, "TO:") {
            _ if self.from.is_none() => self.say("503 MAIL first"),
            _ if self.to.len() >= MAX_RECIPIENTS => self.say("452 Too many recipients"),
            Some(to) if to.contains('@') => {
                self.to.push(to);
                self.say("250 OK")
            }
            _ => self.say("501 RCPT TO:<address>"),
        }
    }

    /// Answers whether the conversation goes on.
    fn data(&mut self, keep: &mut impl FnMut(Envelope) -> io::Result<()>) -> io::Result<bool> {
        if let Some(code) = self.refusal(Stage::Data) {
            self.say(&format!("{code} refused on request"))?;
            return Ok(true);
        }
        if self.to.is_empty() {
            self.say("503 RCPT first")?;
            return Ok(true);
        }
        self.say("354 End with a dot on a line of its own")?;
        let Some(text) = self.read_text()? else {
            return Ok(false);
        };
        if let Some(code) = self.refusal(Stage::Body) {
            self.reset();
            self.say(&format!("{code} refused on request"))?;
            return Ok(true);
        }
        if text.len() > MAX_MAIL_BYTES {
            self.reset();
            self.say("552 Too large")?;
            return Ok(true);
        }
        let from = self.from.take().unwrap_or_default();
        keep(Envelope { from, to: std::mem::take(&mut self.to), text })?;
        if self.mode.drop_after_data {
            return Ok(false);
        }
        self.say("250 Kept")?;
        Ok(true)
    }

    /// Reads to the lone dot; `None` when the client left before it.
    fn read_text(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut text = Vec::new();
        loop {
            let mut line = Vec::new();
            if self.reader.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut line)? == 0 {
                return Ok(None);
            }
            if line == b".\r\n" {
                return Ok(Some(text));
            }
            let kept = line.strip_prefix(b".").unwrap_or(&line);
            // A mail beyond the limit is read to its end, so that the refusal reaches the client.
            if text.len() <= MAX_MAIL_BYTES {
                text.extend_from_slice(kept);
            }
        }
    }

    fn read_line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        if self.reader.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        Ok(Some(line.trim_ascii_end().to_vec()))
    }

    fn refusal(&self, stage: Stage) -> Option<u16> {
        self.mode.refuse.filter(|(at, _)| *at == stage).map(|(_, code)| code)
    }

    fn reset(&mut self) {
        self.from = None;
        self.to.clear();
    }

    fn say(&mut self, line: &str) -> io::Result<()> {
        self.writer.write_all(format!("{line}\r\n").as_bytes())?;
        self.writer.flush()
    }
}

/// `FROM:<a@b> SIZE=1` gives `a@b`.
fn path(rest: &str, keyword: &str) -> Option<String> {
    let (head, tail) = rest.split_at_checked(keyword.len())?;
    let (address, _parameters) = tail.trim_start().strip_prefix('<')?.split_once('>')?;
    head.eq_ignore_ascii_case(keyword).then(|| address.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn talk(mode: &Mode, client: &str) -> (Vec<String>, Vec<Envelope>) {
        let mut said = Vec::new();
        let mut kept = Vec::new();
        let keep = |envelope| {
            kept.push(envelope);
            Ok(())
        };
        Conversation::new(mode, client.as_bytes(), &mut said).run(keep).unwrap();
        let said = String::from_utf8(said).unwrap();
        (said.lines().map(|line| line.chars().take(3).collect()).collect(), kept)
    }

    #[test]
    fn a_mail_is_kept_with_its_envelope_and_unstuffed_dots() {
        let (codes, kept) = talk(
            &Mode::default(),
            "HELO x\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nrcpt to:<c@y> NOTIFY=NEVER\r\nDATA\r\n\
             Subject: s\r\n\r\n..one\r\n.\r\nQUIT\r\n",
        );
        assert_eq!(codes, ["220", "250", "250", "250", "250", "354", "250", "221"]);
        let text = b"Subject: s\r\n\r\n.one\r\n".to_vec();
        let to = vec!["b@y".to_owned(), "c@y".to_owned()];
        assert_eq!(kept, [Envelope { from: "a@x".to_owned(), to, text }]);
    }

    #[test]
    fn a_bare_line_feed_around_the_dot_does_not_end_the_mail() {
        let (_, kept) = talk(
            &Mode::default(),
            "HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<b@y>\r\nDATA\r\none\n.\nMAIL FROM:<evil@x>\r\n.\r\n",
        );
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0].text, b"one\n\nMAIL FROM:<evil@x>\r\n");
    }

    #[test]
    fn commands_out_of_order_are_refused() {
        let (codes, kept) = talk(
            &Mode::default(),
            "MAIL FROM:<a@x>\r\nEHLO x\r\nRCPT TO:<b@y>\r\nDATA\r\nMAIL a@x\r\nAUTH PLAIN x\r\nNOOP\r\n\
             MAIL FROM:<a@x>\r\nMAIL FROM:<a@x>\r\nRCPT TO:<nobody>\r\nRSET\r\nRCPT TO:<b@y>\r\nJUMP\r\n",
        );
        let expected = [
            "220", "503", "250", "250", "250", "250", "503", "503", "501", "503", "250", "250", "503", "501", "250",
            "503", "500",
        ];
        assert_eq!(codes, expected);
        assert_eq!(kept, []);
    }

    #[test]
    fn a_client_that_leaves_before_the_dot_leaves_no_mail() {
        let (_, kept) = talk(&Mode::default(), "HELO x\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\nhalf");
        assert_eq!(kept, []);
    }

    #[test]
    fn without_the_password_no_mail_is_taken() {
        let auth = Some(("yui".to_owned(), "open sesame".to_owned()));
        let mode = Mode { auth, ..Mode::default() };
        let wrong = STANDARD.encode("\0yui\0wrong");
        let right = STANDARD.encode("\0yui\0open sesame");
        let (codes, _) = talk(
            &mode,
            &format!(
                "HELO x\r\nMAIL FROM:<a@x>\r\nAUTH PLAIN {wrong}\r\nMAIL FROM:<a@x>\r\n\
                 AUTH PLAIN {right}\r\nMAIL FROM:<a@x>\r\n"
            ),
        );
        assert_eq!(codes, ["220", "250", "530", "535", "530", "235", "250"]);
    }
}

//! How the sink behaves, as a value here and as flags on its command line.

use std::str::FromStr;

/// Where in a conversation the sink refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Instead of the greeting.
    Connect,
    /// At `EHLO` and `HELO`.
    Hello,
    /// At `AUTH`.
    Auth,
    /// At `MAIL FROM`.
    Mail,
    /// At `RCPT TO`.
    Recipient,
    /// At `DATA`, before the text.
    Data,
    /// After the text; the mail is not kept.
    Body,
}

const STAGES: [(Stage, &str); 7] = [
    (Stage::Connect, "connect"),
    (Stage::Hello, "hello"),
    (Stage::Auth, "auth"),
    (Stage::Mail, "mail"),
    (Stage::Recipient, "recipient"),
    (Stage::Data, "data"),
    (Stage::Body, "body"),
];

/// The behaviour of one sink; the default is a well-behaved server without authentication.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mode {
    /// Answer this stage with this code (4xx or 5xx): `--refuse STAGE=CODE`.
    pub refuse: Option<(Stage, u16)>,
    /// Keep a new client waiting for the greeting: `--greet-after-ms N`.
    pub greet_after_ms: u64,
    /// Keep the mail but close the connection without an answer to it: `--drop-after-data`.
    pub drop_after_data: bool,
    /// Take connections and never say a word: `--hang`.
    pub hang: bool,
    /// Demand `AUTH PLAIN` with this user and password before `MAIL`: `--auth USER:PASSWORD`.
    pub auth: Option<(String, String)>,
}

impl Mode {
    /// A server that answers one stage with one code and is otherwise well-behaved.
    pub fn refusing(stage: Stage, code: u16) -> Self {
        Self { refuse: Some((stage, code)), ..Self::default() }
    }

    pub(super) fn to_flags(&self) -> Vec<String> {
        let mut flags = Vec::new();
        if let Some((stage, code)) = self.refuse {
            let name = STAGES.iter().find(|(each, _)| *each == stage).unwrap().1;
            flags.extend(["--refuse".to_owned(), format!("{name}={code}")]);
        }
        if self.greet_after_ms > 0 {
            flags.extend(["--greet-after-ms".to_owned(), self.greet_after_ms.to_string()]);
        }
        if let Some((user, password)) = &self.auth {
            flags.extend(["--auth".to_owned(), format!("{user}:{password}")]);
        }
        flags.extend(self.drop_after_data.then(|| "--drop-after-data".to_owned()));
        flags.extend(self.hang.then(|| "--hang".to_owned()));
        flags
    }

    pub(super) fn from_flags(flags: &[String]) -> Result<Self, String> {
        let mut mode = Self::default();
        let mut flags = flags.iter();
        while let Some(flag) = flags.next() {
            let mut value = || flags.next().ok_or(format!("{flag} needs a value"));
            match flag.as_str() {
                "--refuse" => mode.refuse = Some(parse_refusal(value()?)?),
                "--greet-after-ms" => mode.greet_after_ms = parse(value()?)?,
                "--auth" => {
                    let (user, password) = value()?.split_once(':').ok_or("--auth USER:PASSWORD")?;
                    mode.auth = Some((user.to_owned(), password.to_owned()));
                }
                "--drop-after-data" => mode.drop_after_data = true,
                "--hang" => mode.hang = true,
                other => return Err(format!("unknown flag {other}")),
            }
        }
        Ok(mode)
    }
}

fn parse_refusal(text: &str) -> Result<(Stage, u16), String> {
    let (name, code) = text.split_once('=').ok_or("--refuse STAGE=CODE")?;
    let stage = STAGES.iter().find(|(_, each)| *each == name).ok_or("no such stage")?.0;
    match parse(code)? {
        code @ 400..=599 => Ok((stage, code)),
        other => Err(format!("{other} is no refusal")),
    }
}

fn parse<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_not_a_number| format!("{text} is no number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_read_back_as_the_mode_they_were_written_from() {
        for (stage, _) in STAGES {
            let mode = Mode {
                refuse: Some((stage, 451)),
                greet_after_ms: 20,
                drop_after_data: true,
                hang: true,
                auth: Some(("yui".to_owned(), "a:b".to_owned())),
            };
            assert_eq!(Mode::from_flags(&mode.to_flags()), Ok(mode));
        }
        assert_eq!(Mode::from_flags(&[]), Ok(Mode::default()));
    }

    #[test]
    fn nonsense_on_the_command_line_is_refused() {
        for flags in ["--nonsense", "--refuse", "--refuse mail", "--refuse mail=250", "--auth x"] {
            let flags: Vec<String> = flags.split(' ').map(str::to_owned).collect();
            assert!(Mode::from_flags(&flags).is_err(), "{flags:?}");
        }
    }
}

//! Fills a database: people by SQL, the spine through the API, the crowd by SQL again; then `yui verify` must be clean.

use super::size::{CONSORTIUM, LEAD, Size};
use super::story::{Api, Story, tell};
use super::{ask::Browser, people, talk};
use crate::Failure;
use crate::board::write_posts;
use crate::data::Plain;
use crate::server::{Database, Kind, Server, free_address};
use identity::token::{Purpose, Token};
use sha2::{Digest as _, Sha256};
use std::time::Instant;

pub(super) fn fill(database: &Database, size: &Size) -> Result<(), Failure> {
    let began = Instant::now();
    let step = |what: &str| {
        let _ = std::io::Write::write_fmt(
            &mut std::io::stderr(),
            format_args!("{:>6.1} s  {what}\n", began.elapsed().as_secs_f64()),
        );
    };
    let (migrated, text) = crate::server::run(database, &["migrate"])?;
    if !migrated {
        return Err(text.into());
    }
    people::enter(&mut Plain::open(database)?, size)?;
    step("people entered");
    let story = {
        let server = Server::start(database, free_address()?)?;
        let story = tell(database, server.address, size)?;
        step("two rounds told");
        write_posts(server.address, &Api::enter(server.address, "lead")?.token, CONSORTIUM, size.posts())?;
        step("posts written");
        draft(database, &server, &story)?;
        story
    };
    let mut plain = Plain::open(database)?;
    let tomorrow = tomorrow(&mut plain)?;
    people::seat(&mut plain, size, &story.contract, &tomorrow)?;
    step("staff seated");
    people::request(&mut plain, size, &story.request)?;
    link(&mut plain, &tomorrow)?;
    talk::spread(database, &mut plain, size)?;
    talk::mail(&mut plain, size)?;
    talk::trail(&mut plain, size)?;
    // Who was entered past the service gets the keys of the names.
    let (keyed, text) = crate::server::run(database, &["migrate"])?;
    if !keyed {
        return Err(text.into());
    }
    // What autovacuum does by itself within minutes.
    plain.batch(if database.kind == Kind::Postgres { "VACUUM ANALYZE" } else { "ANALYZE" })?;
    step("board, mails and audit trail filled");
    let (sound, text) = crate::server::run(database, &["verify"])?;
    step("verified");
    if sound { Ok(()) } else { Err(text.into()) }
}

/// The day after the day after tomorrow.
fn tomorrow(plain: &mut Plain) -> Result<String, Failure> {
    let today: chrono::NaiveDate = plain.text("SELECT CAST(CURRENT_DATE AS TEXT) AS text")?.parse()?;
    Ok((today + chrono::Duration::days(3)).to_string())
}

/// A file between its dry run and its confirmation: every answer of the open survey.
fn draft(database: &Database, server: &Server, story: &Story) -> Result<(), Failure> {
    let mut browser = Browser::enter(server.address, "lead")?;
    let file = browser.get(&format!("/surveys/{}/import/template", story.survey))?;
    if file.status != 200 {
        return Err(format!("the template of the survey: {}", file.status).into());
    }
    let table = serde_json::to_vec(&documents::read("answers.xlsx", &file.body)?)?;
    let (hash, content) = (talk::hex(&Sha256::digest(&file.body)), talk::bytes(database, &table));
    let now = "CURRENT_TIMESTAMP";
    Plain::open(database)?.batch(&format!(
        "INSERT INTO import_drafts (id, user_id, kind, subject_id, file_name, sha256, content, created_at)
           VALUES ('ad000000-0000-7000-8000-000000000001', '{LEAD}', 'answers', '{}', 'answers.xlsx', '{hash}', {content}, {now})",
        story.survey
    ))
}

/// The token of the link that a supervisor follows; not random, as all of this lives for minutes.
pub(super) fn link_token() -> String {
    format!("{}{}", Purpose::Acknowledgement.prefix(), "A".repeat(43))
}

/// A one-time link to an application that was not acknowledged.
fn link(plain: &mut Plain, until: &str) -> Result<(), Failure> {
    let hash = Token::parse(Purpose::Acknowledgement, &link_token())?.hash();
    plain.batch(&format!(
        "INSERT INTO one_time_tokens (token_hash, purpose, user_id, subject_id, created_at, expires_at, used_at)
           SELECT '{hash}', 'acknowledge', NULL, MIN(id), {then}, '{until} 00:00:00', NULL FROM applications WHERE state = 'submitted'",
        then = people::THEN
    ))
}

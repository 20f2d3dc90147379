//! The binary with the demo's data: the story is told once for all tests, each test serves a copy.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use testkit::browser::Browser;

pub(crate) const PASSWORD: &str = "kakuu-no-aikotoba-2026";
pub(crate) const LEAD: &str = "lead@demo.example.lg.jp";
pub(crate) const CONTACT: &str = "contact-143618@demo.example.lg.jp";
pub(crate) const LEARNER: &str = "staff1-143618@demo.example.lg.jp";

/// A running service with its own copy of the story.
pub(crate) struct Site {
    pub(crate) base: String,
    child: Child,
    data: tempfile::TempDir,
}

impl Site {
    pub(crate) fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        copy(story(), data.path());
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut child = yui(data.path())
            .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--rate-limits", "off"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let listening = lines.by_ref().map_while(Result::ok).any(|line| line.contains("starting service"));
        assert!(listening, "the service did not start");
        std::thread::spawn(move || lines.for_each(drop));
        Self { base: format!("http://127.0.0.1:{port}"), child, data }
    }

    /// The database file, for looking past the pages.
    #[allow(dead_code)]
    pub(crate) fn data(&self) -> &Path {
        self.data.path()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Signs somebody in on the page.
    pub(crate) fn sign_in(&self, browser: &Browser, email: &str) {
        browser.open(&self.url("/sign-in"));
        browser.fill("[name=email]", email);
        browser.fill("[name=password]", PASSWORD);
        browser.leave(|browser| browser.click("main button.primary"));
        assert!(browser.has("form[action='/sign-out']"), "{email}: {}", browser.text("main"));
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn yui(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yui"));
    command.env("YUI_DATA_DIR", data).env("YUI_SECOND_FACTOR", "optional").env("YUI_LOG", "info");
    command
}

fn story() -> &'static Path {
    static STORY: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    &STORY
        .get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let told = yui(folder.path()).args(["demo", "--once", "--password", PASSWORD]).output().unwrap();
            assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
            let data = folder.path().join("demo");
            (folder, data)
        })
        .1
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

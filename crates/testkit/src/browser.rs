//! A real Chromium, driven through ChromeDriver, with or without JavaScript.
//!
//! Both come from the system (Debian: `chromium`, `chromium-driver`); where they are not installed, tests that need
//! them say so and are skipped, unless `YUI_REQUIRE_BROWSER=1`. The browser reaches no host but the machine itself.

use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// A browser that ends with its test.
pub struct Browser {
    client: Client,
    runtime: tokio::runtime::Runtime,
    driver: Child,
    control: String,
    _profile: tempfile::TempDir,
    scripts: bool,
}

/// What a browser noticed since it was asked last.
#[derive(Debug, Default)]
pub struct Noticed {
    /// Errors of the console, reports of the content security policy among them.
    pub errors: Vec<String>,
    /// Addresses that were asked for.
    pub requests: Vec<String>,
}

impl Browser {
    /// A browser with a window of this width; none when no browser is installed.
    #[must_use]
    pub fn start(scripts: bool, width: u32) -> Option<Self> {
        let mut driver = match Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).spawn() {
            Ok(driver) => driver,
            Err(_) => {
                crate::skip("no ChromeDriver (Debian: chromium, chromium-driver)", "YUI_REQUIRE_BROWSER");
                return None;
            }
        };
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                line.split("successfully on port ").nth(1)?.trim_end_matches('.').trim().parse::<u16>().ok()
            })
            .expect("ChromeDriver names its port");
        // What it says later is not wanted, but a full pipe would stop it.
        std::thread::spawn(move || lines.for_each(drop));
        let profile = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let url = format!("http://127.0.0.1:{port}");
        let mut builder = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new());
        builder.capabilities(capabilities(scripts, width, profile.path().to_str().unwrap()));
        let client = runtime.block_on(builder.connect(&url)).expect("a session of Chromium");
        Some(Self { client, runtime, driver, control: url, _profile: profile, scripts })
    }

    /// Opens an address.
    pub fn open(&self, url: &str) {
        self.runtime.block_on(self.client.goto(url)).unwrap();
    }

    /// Where the browser is.
    #[must_use]
    pub fn url(&self) -> String {
        self.runtime.block_on(self.client.current_url()).unwrap().to_string()
    }

    /// The page as it stands.
    #[must_use]
    pub fn source(&self) -> String {
        self.runtime.block_on(self.client.source()).unwrap()
    }

    /// The visible text of the first element.
    #[must_use]
    pub fn text(&self, css: &str) -> String {
        let found = self.runtime.block_on(async { self.client.find(Locator::Css(css)).await?.text().await });
        found.unwrap_or_else(|error| panic!("{css}: {error}"))
    }

    /// Whether there is such an element.
    #[must_use]
    pub fn has(&self, css: &str) -> bool {
        self.runtime.block_on(self.client.find(Locator::Css(css))).is_ok()
    }

    /// Types into a field what replaces its content.
    pub fn fill(&self, css: &str, text: &str) {
        let typed = self.runtime.block_on(async {
            let field = self.client.find(Locator::Css(css)).await?;
            field.clear().await?;
            field.send_keys(text).await
        });
        typed.unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// Presses the first element with the mouse.
    pub fn click(&self, css: &str) {
        let pressed = self.runtime.block_on(async { self.client.find(Locator::Css(css)).await?.click().await });
        pressed.unwrap_or_else(|error| panic!("{css} on {}: {error}", self.url()));
    }

    /// Presses the link or button with these words.
    pub fn press(&self, words: &str) {
        let path = format!("(//main//a[normalize-space()='{words}'] | //main//button[normalize-space()='{words}'])[1]");
        let pressed = self.runtime.block_on(async { self.client.find(Locator::XPath(&path)).await?.click().await });
        pressed.unwrap_or_else(|error| panic!("「{words}」 on {}: {error}", self.url()));
    }

    /// Does what leads to another page, and waits until that page is there.
    ///
    /// A press returns before the browser has left: what is looked for next must not be found on the old page.
    pub fn leave(&self, act: impl FnOnce(&Self)) {
        let _marked = self.run("document.documentElement.setAttribute('data-left', '')", Vec::new());
        act(self);
        let arrived =
            "return document.readyState === 'complete' && !document.documentElement.hasAttribute('data-left');";
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while std::time::Instant::now() < deadline {
            // Between two pages there is nothing to ask.
            if self.runtime.block_on(self.client.execute(arrived, Vec::new())).ok() == Some(Value::Bool(true)) {
                return;
            }
            self.runtime.block_on(async { tokio::time::sleep(std::time::Duration::from_millis(20)).await });
        }
        panic!("still on {}", self.url());
    }

    /// Chooses an option by its value.
    pub fn choose(&self, css: &str, value: &str) {
        let chosen =
            self.runtime.block_on(async { self.client.find(Locator::Css(css)).await?.select_by_value(value).await });
        chosen.unwrap_or_else(|error| panic!("{css}={value}: {error}"));
    }

    /// Sends keys to whatever has the focus.
    pub fn keys(&self, keys: &str) {
        let sent = self.runtime.block_on(async { self.client.active_element().await?.send_keys(keys).await });
        sent.unwrap();
    }

    /// Runs a script of the test (it works also where the scripts of pages are off).
    #[must_use]
    pub fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.runtime.block_on(self.client.execute(script, arguments)).unwrap()
    }

    /// Runs a script that ends by calling its last argument.
    #[must_use]
    pub fn run_async(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.runtime.block_on(self.client.execute_async(script, arguments)).unwrap()
    }

    /// Gives the window another width.
    pub fn resize(&self, width: u32) {
        self.runtime.block_on(self.client.set_window_size(width, 900)).unwrap();
    }

    /// A picture of the window.
    #[must_use]
    pub fn picture(&self) -> Vec<u8> {
        self.runtime.block_on(self.client.screenshot()).unwrap()
    }

    /// Whether pages may run scripts.
    #[must_use]
    pub const fn runs_scripts(&self) -> bool {
        self.scripts
    }

    /// Whether a dialog is open; it is closed.
    #[must_use]
    pub fn dialog(&self) -> bool {
        self.runtime.block_on(self.client.dismiss_alert()).is_ok()
    }

    /// What happened since the last question.
    #[must_use]
    pub fn noticed(&self) -> Noticed {
        let mut noticed = Noticed::default();
        for entry in self.log("browser") {
            if entry["level"] == "SEVERE" {
                noticed.errors.push(entry["message"].as_str().unwrap_or_default().to_owned());
            }
        }
        for entry in self.log("performance") {
            let message: Value =
                serde_json::from_str(entry["message"].as_str().unwrap_or_default()).unwrap_or_default();
            if message["message"]["method"] == "Network.requestWillBeSent" {
                let url = &message["message"]["params"]["request"]["url"];
                noticed.requests.push(url.as_str().unwrap_or_default().to_owned());
            }
        }
        noticed
    }

    /// ChromeDriver hands its logs out by a command of its own, outside the standard.
    fn log(&self, kind: &str) -> Vec<Value> {
        let session = self.runtime.block_on(self.client.session_id()).unwrap().unwrap_or_default();
        let url = format!("{}/session/{session}/se/log", self.control);
        let body = json!({"type": kind}).to_string();
        let text =
            ureq::post(&url).send(body).unwrap().body_mut().with_config().limit(1 << 30).read_to_string().unwrap();
        let answer: Value = serde_json::from_str(&text).unwrap();
        answer["value"].as_array().cloned().unwrap_or_default()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.runtime.block_on(self.client.clone().close()).ok();
        self.driver.kill().ok();
        self.driver.wait().ok();
    }
}

fn capabilities(scripts: bool, width: u32, profile: &str) -> Capabilities {
    let size = format!("--window-size={width},900");
    let folder = format!("--user-data-dir={profile}");
    let mut args = vec!["--headless=new", &size, &folder];
    args.extend([
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        "--lang=ja",
        // Pages scroll smoothly for people; a click must not meet them on the way.
        "--force-prefers-reduced-motion",
    ]);
    let content = json!({"profile.managed_default_content_settings.javascript": if scripts { 1 } else { 2 }});
    let options = json!({
        "goog:chromeOptions": {"args": args, "prefs": content},
        "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        "unhandledPromptBehavior": "ignore",
    });
    options.as_object().cloned().unwrap_or_default()
}

//! A real Chromium, driven through ChromeDriver, with or without JavaScript.
//!
//! Both come from the system (Debian: `chromium`, `chromium-driver`); where they are not installed, tests that need
//! them say so and are skipped, unless `YUI_REQUIRE_BROWSER=1`. The browser reaches no host but the machine itself.
//!
//! A start takes a second: a test gives its browser back, emptied, and the next one takes it ([`Lease`]).

use fantoccini::wd::{Capabilities, PrintConfiguration};
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::ops::Deref;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

/// A browser at work.
pub struct Browser {
    client: Client,
    runtime: tokio::runtime::Runtime,
    driver: Child,
    control: String,
    profile: tempfile::TempDir,
    scripts: bool,
    /// Whether something was set that cannot be taken back.
    spent: Cell<bool>,
}

/// A browser for one test.
pub struct Lease(Option<Browser>);

/// Browsers that were given back.
static IDLE: Mutex<Vec<Browser>> = Mutex::new(Vec::new());

/// ChromeDriver and what it starts, which end with us, however we end: our end of the pipe closes then.
const DRIVER: &str = "trap : TERM; chromedriver --port=0 & read -r _; kill 0; wait; rm -rf \"$0\"";

impl Deref for Lease {
    type Target = Browser;

    fn deref(&self) -> &Browser {
        self.0.as_ref().expect("a browser until it is given back")
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(browser) = self.0.take() else { return };
        if !std::thread::panicking() && !browser.spent.get() {
            browser.empty();
            IDLE.lock().unwrap().push(browser);
        }
    }
}

/// What a browser noticed since it was asked last.
#[derive(Debug, Default)]
pub struct Noticed {
    /// Errors of the console, reports of the content security policy among them.
    pub errors: Vec<String>,
    /// Addresses that were asked for.
    pub requests: Vec<String>,
    /// Cookies as the service sent them.
    pub cookies: Vec<String>,
}

impl Browser {
    /// A browser with a window of this width; none when no browser is installed.
    #[must_use]
    pub fn start(scripts: bool, width: u32) -> Option<Lease> {
        let mut idle = IDLE.lock().unwrap();
        let found = idle.iter().position(|browser| browser.scripts == scripts).map(|at| idle.swap_remove(at));
        drop(idle);
        if let Some(browser) = found {
            browser.resize(width);
            return Some(Lease(Some(browser)));
        }
        if Command::new("chromedriver").arg("--version").stdout(Stdio::null()).status().is_err() {
            crate::skip("no ChromeDriver (Debian: chromium, chromium-driver)", "YUI_REQUIRE_BROWSER");
            return None;
        }
        Some(Lease(Some(Self::new(scripts, width))))
    }

    fn new(scripts: bool, width: u32) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut driver = Command::new("sh")
            .args(["-c", DRIVER])
            .arg(profile.path())
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
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
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let url = format!("http://127.0.0.1:{port}");
        let mut builder = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new());
        builder.capabilities(capabilities(scripts, width, profile.path().to_str().unwrap()));
        let client = runtime.block_on(builder.connect(&url)).unwrap_or_else(|error| {
            drop(driver.stdin.take());
            driver.wait().ok();
            panic!("no session of Chromium: {error}");
        });
        Self { client, runtime, driver, control: url, profile, scripts, spent: Cell::new(false) }
    }

    /// As it was at the start: no page, no cookie, no saved file, nothing noticed.
    fn empty(&self) {
        self.open("about:blank");
        self.media("");
        for command in ["Network.clearBrowserCookies", "Emulation.clearDeviceMetricsOverride"] {
            let _done = self.command("goog/cdp/execute", &json!({"cmd": command, "params": {}}));
        }
        std::fs::remove_dir_all(self.downloads()).ok();
        let _before = self.noticed();
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
        let press = || self.runtime.block_on(async { self.client.find(Locator::Css(css)).await?.click().await });
        let pressed = press().or_else(|error| {
            // People scroll on where a bar at the edge of the window covers what they look for.
            let middle = "document.querySelector(arguments[0]).scrollIntoView({block: 'center', behavior: 'instant'});";
            let covered = error.to_string().contains("click intercepted");
            if covered {
                let _scrolled = self.run(middle, vec![json!(css)]);
                press()
            } else {
                Err(error)
            }
        });
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
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
        while std::time::Instant::now() < deadline {
            // Between two pages there is nothing to ask.
            if self.runtime.block_on(self.client.execute(arrived, Vec::new())).ok() == Some(Value::Bool(true)) {
                return;
            }
            self.runtime.block_on(async { tokio::time::sleep(std::time::Duration::from_millis(20)).await });
        }
        panic!("still on {}", self.url());
    }

    /// Goes back as with the browser's own button; the page may come as it was left.
    pub fn back(&self) {
        self.runtime.block_on(self.client.back()).unwrap();
        let _unmarked = self.run("document.documentElement.removeAttribute('data-left')", Vec::new());
    }

    /// Chooses an option by its value.
    pub fn choose(&self, css: &str, value: &str) {
        let chosen =
            self.runtime.block_on(async { self.client.find(Locator::Css(css)).await?.select_by_value(value).await });
        chosen.unwrap_or_else(|error| panic!("{css}={value}: {error}"));
    }

    /// Chooses an option by its place.
    pub fn choose_at(&self, css: &str, place: usize) {
        let chosen =
            self.runtime.block_on(async { self.client.find(Locator::Css(css)).await?.select_by_index(place).await });
        chosen.unwrap_or_else(|error| panic!("{css}: option {place}: {error}"));
    }

    /// Sends keys to whatever has the focus.
    pub fn keys(&self, keys: &str) {
        let sent = self.runtime.block_on(async { self.client.active_element().await?.send_keys(keys).await });
        sent.unwrap();
    }

    /// Tab or Shift+Tab from a field for files, where ordinary keys would be read as a path.
    pub fn tab_on(&self, back: bool) {
        for kind in ["rawKeyDown", "keyUp"] {
            let key = json!({"type": kind, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9, "modifiers": if back { 8 } else { 0 }});
            let _sent = self.command("goog/cdp/execute", &json!({"cmd": "Input.dispatchKeyEvent", "params": key}));
        }
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
            if message["message"]["method"] == "Network.responseReceivedExtraInfo" {
                let headers = message["message"]["params"]["headers"].as_object().cloned().unwrap_or_default();
                let set = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
                // Several of one name come as lines.
                let lines = set.flat_map(|(_, value)| value.as_str().unwrap_or_default().lines());
                noticed.cookies.extend(lines.map(str::to_owned));
            }
        }
        noticed
    }

    /// The page as A4 sheets, as people print it.
    #[must_use]
    pub fn print(&self) -> Vec<u8> {
        self.runtime.block_on(self.client.print(PrintConfiguration::default())).unwrap()
    }

    /// Forgets all cookies, as when a session has ended.
    pub fn forget(&self) {
        self.runtime.block_on(self.client.delete_all_cookies()).unwrap();
    }

    /// Puts a file of this machine into a field.
    pub fn attach(&self, css: &str, file: &Path) {
        let path = file.to_str().unwrap();
        let put = self.runtime.block_on(async { self.client.find(Locator::Css(css)).await?.send_keys(path).await });
        put.unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// A window of exactly this width inside, however narrow: the browser's own windows end at 500 pixels.
    pub fn narrow(&self, width: u32) {
        let metrics = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        let _set =
            self.command("goog/cdp/execute", &json!({"cmd": "Emulation.setDeviceMetricsOverride", "params": metrics}));
    }

    /// Shows the page as on this medium (`print`), or as it is (nothing).
    pub fn media(&self, medium: &str) {
        let media = json!({"media": medium});
        let _set = self.command("goog/cdp/execute", &json!({"cmd": "Emulation.setEmulatedMedia", "params": media}));
    }

    /// Runs a script in every page from now on, before the page's own.
    pub fn ahead(&self, script: &str) {
        self.spent.set(true);
        self.teach(script);
    }

    /// As [`Browser::ahead`], for what does nothing by itself: the browser may be given on.
    pub fn teach(&self, script: &str) {
        let body = json!({"cmd": "Page.addScriptToEvaluateOnNewDocument", "params": {"source": script}});
        let _added = self.command("goog/cdp/execute", &body);
    }

    /// What is sent leaves with so many bytes a second.
    pub fn send_slowly(&self, bytes: u32) {
        self.spent.set(true);
        let network = json!({"offline": false, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes});
        for (command, params) in [("Network.enable", json!({})), ("Network.emulateNetworkConditions", network)] {
            let _set = self.command("goog/cdp/execute", &json!({"cmd": command, "params": params}));
        }
    }

    /// Asks a script until it answers something (neither nothing nor false), ten seconds at the most.
    #[must_use]
    pub fn wait(&self, script: &str) -> Value {
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        loop {
            let answer = self.run(script, Vec::new());
            if !answer.is_null() && answer != Value::Bool(false) && answer != json!("") {
                return answer;
            }
            assert!(std::time::Instant::now() < deadline, "never: {script} on {}", self.url());
            self.runtime.block_on(async { tokio::time::sleep(std::time::Duration::from_millis(20)).await });
        }
    }

    /// Where saved files go.
    #[must_use]
    pub fn downloads(&self) -> PathBuf {
        self.profile.path().join("saved")
    }

    /// Does what saves a file, and waits for it.
    pub fn save(&self, act: impl FnOnce(&Self)) -> PathBuf {
        let saved = || -> BTreeSet<PathBuf> {
            let files = std::fs::read_dir(self.downloads()).into_iter().flatten().flatten();
            let whole =
                |path: &PathBuf| !path.extension().is_some_and(|ending| ending == "crdownload" || ending == "tmp");
            files.map(|file| file.path()).filter(|path| whole(path) && !hidden(path)).collect()
        };
        let before = saved();
        act(self);
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
        while std::time::Instant::now() < deadline {
            if let Some(new) = saved().into_iter().find(|file| !before.contains(file)) {
                return new;
            }
            self.runtime.block_on(async { tokio::time::sleep(std::time::Duration::from_millis(30)).await });
        }
        panic!("nothing was saved on {}", self.url());
    }

    /// ChromeDriver hands its logs out by a command of its own, outside the standard.
    fn log(&self, kind: &str) -> Vec<Value> {
        self.command("se/log", &json!({"type": kind})).as_array().cloned().unwrap_or_default()
    }

    fn command(&self, name: &str, body: &Value) -> Value {
        let session = self.runtime.block_on(self.client.session_id()).unwrap().unwrap_or_default();
        let url = format!("{}/session/{session}/{name}", self.control);
        let text = ureq::post(&url)
            .send(body.to_string())
            .unwrap()
            .body_mut()
            .with_config()
            .limit(1 << 30)
            .read_to_string()
            .unwrap();
        let mut answer: Value = serde_json::from_str(&text).unwrap();
        answer["value"].take()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.runtime.block_on(self.client.clone().close()).ok();
        drop(self.driver.stdin.take());
        self.driver.wait().ok();
    }
}

fn hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
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
        "--disable-extensions",
        "--disable-software-rasterizer",
        "--renderer-process-limit=1",
        "--disable-features=Translate,OptimizationHints,MediaRouter,OnDeviceModelService,GlobalMediaControls",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        "--lang=ja",
        // Pages scroll smoothly for people; a click must not meet them on the way.
        "--force-prefers-reduced-motion",
    ]);
    let content = json!({
        "profile.managed_default_content_settings.javascript": if scripts { 1 } else { 2 },
        "download.default_directory": format!("{profile}/saved"),
        "download.prompt_for_download": false,
    });
    let options = json!({
        "goog:chromeOptions": {"args": args, "prefs": content},
        "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        "unhandledPromptBehavior": "ignore",
    });
    options.as_object().cloned().unwrap_or_default()
}

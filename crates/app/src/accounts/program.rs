//! What a program that signed in is called among people.

/// What stands in the User-Agent, and what it is called; the first that stands there counts, for browsers name those
/// that they descend from, too.
const BROWSERS: [(&str, &str); 11] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
    ("Trident/", "Internet Explorer"),
];

const SYSTEMS: [(&str, &str); 7] = [
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
];

/// Characters of a name that is in no table.
const MOST: usize = 40;

/// Browser and system of a User-Agent (`Chrome（Windows）`); what is no browser by its own name without the version.
#[must_use]
pub fn program_name(user_agent: &str) -> String {
    let known = |table: &[(&str, &'static str)]| {
        table.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    match (known(&BROWSERS), known(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser}（{system}）"),
        (Some(browser), None) => browser.to_owned(),
        // A browser inside of another program.
        (None, Some(system)) if user_agent.starts_with("Mozilla/") => format!("ブラウザー（{system}）"),
        (None, _) => {
            let own: String = user_agent.split(['/', ' ']).next().unwrap_or_default().chars().take(MOST).collect();
            if own.is_empty() { "不明".to_owned() } else { own }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::program_name;

    #[test]
    fn a_browser_is_called_as_its_user_calls_it() {
        let chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
        assert_eq!(program_name(chrome), "Chrome（Windows）");
        assert_eq!(program_name(&format!("{chrome} Edg/140.0.0.0")), "Edge（Windows）");
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
        assert_eq!(program_name(safari), "Safari（iPhone）");
        assert_eq!(
            program_name("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
            "Firefox（Linux）"
        );
    }

    #[test]
    fn what_names_no_browser_is_one_all_the_same() {
        let old = "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko";
        assert_eq!(program_name(old), "Internet Explorer（Windows）");
        let inside = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148";
        assert_eq!(program_name(inside), "ブラウザー（iPhone）");
    }

    #[test]
    fn another_program_keeps_its_name() {
        assert_eq!(program_name("curl/8.5.0"), "curl");
        assert_eq!(program_name(""), "不明");
    }
}

//! The knowledge board: what a post may become, who sees it, and the key under which it is found.
//!
//! A public post is read by another person before it is published, and again after every edit of it.
//! What a viewer may not see does not exist for it; [`Viewer::scope`] is the one rule, which the
//! lists turn into SQL and single reads ask through [`Viewer::sees`]. No texts for people here.

use crate::access::{Action, Actor};
use crate::text::{fold, label};

/// Declares an enum whose words stand in the database, in JSON and in URLs.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$each])* $variant,)* }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// Reads the stable word.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|each| each.as_str() == word)
            }
        }
    };
}

words! {
    /// What a post is about.
    Kind {
        /// 悩み: something that does not go well.
        Worry = "worry",
        /// 相談: a question to the others.
        Consultation = "consultation",
        /// ノウハウ: how something is done.
        Knowhow = "knowhow",
        /// 成功事例: a result with its effect.
        SuccessStory = "success_story",
    }
}

impl Kind {
    /// Whether it asks for something, so that it can be resolved.
    #[must_use]
    pub const fn is_question(self) -> bool {
        matches!(self, Self::Worry | Self::Consultation)
    }
}

words! {
    /// Who is to read a post once it is published.
    Visibility {
        /// The author's town.
        Town = "town",
        /// The consortium.
        Consortium = "consortium",
        /// Everybody, after review.
        Public = "public",
    }
}

words! {
    /// Where a post stands.
    State {
        /// 下書き: the author's own.
        Draft = "draft",
        /// 確認待ち: waits for somebody of the town or the lead.
        InReview = "in_review",
        /// 公開中.
        Published = "published",
        /// 非表示: taken down by a moderator.
        Hidden = "hidden",
    }
}

words! {
    /// What moves a post from one state to another.
    Step {
        /// The author finishes the draft.
        Publish = "publish",
        /// The reviewer lets it out.
        Approve = "approve",
        /// The reviewer gives it back to its author.
        Return = "return",
        /// A moderator takes it down.
        Hide = "hide",
        /// A moderator puts it up again.
        Restore = "restore",
        /// The author changes it.
        Edit = "edit",
    }
}

words! {
    /// How a replication (「うちでも試した」) went.
    Outcome {
        /// うまくいった.
        Worked = "worked",
        /// 一部うまくいった.
        Partly = "partly",
        /// うまくいかなかった.
        DidNotWork = "did_not_work",
    }
}

/// The step is not open from this state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{step:?} is not open to a post in {state:?}")]
pub struct IllegalStep {
    /// Where the post stands.
    pub state: State,
    /// What was tried.
    pub step: Step,
}

/// Where a step leads; `visibility` is the one that the post has after the step.
///
/// An edit of what the public reads, or is about to read, is reviewed again: nothing unread goes out.
///
/// # Errors
/// [`IllegalStep`] when the step is not open from `state`.
pub const fn step(state: State, step: Step, visibility: Visibility) -> Result<State, IllegalStep> {
    let after_review = match visibility {
        Visibility::Public => State::InReview,
        Visibility::Town | Visibility::Consortium => State::Published,
    };
    match (state, step) {
        (State::Draft, Step::Publish) | (State::Published | State::InReview, Step::Edit) => Ok(after_review),
        (State::Draft, Step::Edit) | (State::InReview, Step::Return) => Ok(State::Draft),
        (State::InReview, Step::Approve) => Ok(State::Published),
        (State::InReview | State::Published, Step::Hide) => Ok(State::Hidden),
        (State::Hidden, Step::Restore) => Ok(after_review),
        (State::Draft, Step::Approve | Step::Return | Step::Hide | Step::Restore)
        | (State::InReview, Step::Publish | Step::Restore)
        | (State::Published, Step::Publish | Step::Approve | Step::Return | Step::Restore)
        | (State::Hidden, Step::Publish | Step::Approve | Step::Return | Step::Hide | Step::Edit) => {
            Err(IllegalStep { state, step })
        }
    }
}

/// Whose posts of one state somebody sees; one's own always.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All of the consortium.
    All,
    /// What is not kept to a town, and all of these towns.
    Shared(Vec<String>),
    /// All of these towns.
    Towns(Vec<String>),
    /// One's own only.
    Own,
}

/// What the rules need to know of a post.
#[derive(Debug, Clone, Copy)]
pub struct PostFacts<'a> {
    /// The town that wrote it.
    pub member_id: &'a str,
    /// The account that wrote it.
    pub author_id: &'a str,
    /// Who is to read it.
    pub visibility: Visibility,
    /// Where it stands.
    pub state: State,
}

/// Somebody looking at the board of one consortium.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// The account.
    pub user_id: String,
    /// The towns in which it holds a role.
    pub towns: Vec<String>,
    /// Whether it reads everything (auditors).
    pub reads_all: bool,
    /// The towns whose posts it moderates; none for every town.
    pub moderates: Option<Vec<String>>,
}

impl Viewer {
    /// The actor as a viewer of a consortium.
    #[must_use]
    pub fn of(actor: &Actor, consortium_id: &str) -> Self {
        let here = actor.grants.iter().filter(|grant| grant.consortium_id.as_deref() == Some(consortium_id));
        Self {
            user_id: actor.user_id.clone(),
            towns: here.filter_map(|grant| grant.member_id.clone()).collect(),
            // Whoever sees the staff of every town sees what the towns keep to themselves: auditors.
            reads_all: matches!(actor.towns(Action::ReadStaff, consortium_id), Ok(None)),
            moderates: actor.towns(Action::ReviewPosts, consortium_id).unwrap_or_else(|_denied| Some(Vec::new())),
        }
    }

    /// Whose posts in `state` it sees.
    #[must_use]
    pub fn scope(&self, state: State) -> Scope {
        match (state, &self.moderates) {
            (State::Draft, _) => Scope::Own,
            _ if self.reads_all => Scope::All,
            (State::Published, _) | (State::InReview | State::Hidden, None) => Scope::Shared(self.towns.clone()),
            (State::InReview | State::Hidden, Some(towns)) => Scope::Towns(towns.clone()),
        }
    }

    /// Whether a post exists for it.
    #[must_use]
    pub fn sees(&self, post: &PostFacts<'_>) -> bool {
        let of_town = |towns: &[String]| towns.iter().any(|town| town == post.member_id);
        post.author_id == self.user_id
            || match self.scope(post.state) {
                Scope::All => true,
                Scope::Shared(towns) => post.visibility != Visibility::Town || of_town(&towns),
                Scope::Towns(towns) => of_town(&towns),
                Scope::Own => false,
            }
    }
}

/// The key under which a post is found: its texts folded, the title first, a line for each.
///
/// Folded text has no white space, so the line ends separate the texts and no word reaches across them.
#[must_use]
pub fn search_key<'a>(title: &str, texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut key = fold(title);
    for text in texts {
        key.push('\n');
        key.push_str(&fold(text));
    }
    key.push('\n');
    key
}

/// The words of a query, folded; none when there is nothing to search for. `#AI` asks for what is tagged AI, and finds it
/// without the sign.
#[must_use]
pub fn search_words(query: &str) -> Vec<String> {
    let word = |word: &str| {
        let word = fold(word);
        match word.trim_start_matches('#') {
            // The sign alone is what is looked for.
            "" => word,
            tag => tag.to_owned(),
        }
    };
    query.split_whitespace().map(word).filter(|word| !word.is_empty()).collect()
}

/// A tag without the sign that people write before it, in its one width.
#[must_use]
pub fn tag(typed: &str) -> String {
    label(typed).trim_start_matches('#').trim().to_owned()
}

/// Whether a tag is one for [`tags`], too: what is read from one line of several must be what was written there.
#[must_use]
pub fn is_one_tag(tag: &str) -> bool {
    tags(tag) == [tag]
}

/// The tags of one text. They stand apart by a comma (、), a new line, or white space; only between two Latin words a narrow
/// space belongs to the name (Power Automate). A word that begins with `#` is one or more tags, as `#AI#DX`.
#[must_use]
pub fn tags(typed: &str) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for part in typed.split(['\n', '\r', '、', '､', ',', '，', '\u{3000}']) {
        let part = label(part);
        let mut goes_on = false;
        for word in part.split_whitespace() {
            let latin = word.chars().all(|c| c.is_ascii() && c != '#');
            match tags.last_mut() {
                Some(last) if goes_on && latin => {
                    last.push(' ');
                    last.push_str(word);
                }
                _ if word.starts_with('#') => {
                    tags.extend(word.split('#').filter(|tag| !tag.is_empty()).map(str::to_owned));
                }
                _ => tags.push(word.to_owned()),
            }
            goes_on = latin;
        }
    }
    tags
}

/// Every pair of neighbouring characters, in order; none in a text of one character.
pub fn bigrams(text: &str) -> impl Iterator<Item = (char, char)> + '_ {
    text.chars().zip(text.chars().skip(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Grant, Role};

    #[test]
    fn every_step_is_open_from_its_states_only() {
        use State::{Draft, Hidden, InReview, Published};
        let open = [
            (Draft, Step::Publish, Published, InReview),
            (Draft, Step::Edit, Draft, Draft),
            (InReview, Step::Edit, Published, InReview),
            (Published, Step::Edit, Published, InReview),
            (InReview, Step::Return, Draft, Draft),
            (InReview, Step::Approve, Published, Published),
            (InReview, Step::Hide, Hidden, Hidden),
            (Published, Step::Hide, Hidden, Hidden),
            (Hidden, Step::Restore, Published, InReview),
        ];
        for &state in State::ALL {
            for &tried in Step::ALL {
                for &visibility in Visibility::ALL {
                    let expected = open
                        .iter()
                        .find(|(from, by, ..)| (*from, *by) == (state, tried))
                        .map(|(_, _, inside, public)| if visibility == Visibility::Public { *public } else { *inside });
                    assert_eq!(step(state, tried, visibility).ok(), expected, "{state:?} {tried:?} {visibility:?}");
                }
            }
        }
    }

    #[test]
    fn nothing_reaches_the_public_without_an_approval() {
        for &state in State::ALL {
            for &tried in Step::ALL {
                if step(state, tried, Visibility::Public) == Ok(State::Published) {
                    assert_eq!(tried, Step::Approve, "from {state:?}");
                }
            }
        }
    }

    fn viewer(role: Role, town: Option<&str>) -> Viewer {
        let grant = Grant { role, consortium_id: Some("c".into()), member_id: town.map(Into::into) };
        let actor = Actor {
            user_id: "me".into(),
            display_name: "架空の職員".into(),
            credential_id: "s".into(),
            scopes: None,
            grants: vec![grant],
            past: Vec::new(),
        };
        Viewer::of(&actor, "c")
    }

    #[test]
    fn walls_of_the_board() {
        let post = |author_id, visibility, state| PostFacts { member_id: "t1", author_id, visibility, state };
        let learner = viewer(Role::Learner, Some("t1"));
        let neighbour = viewer(Role::Learner, Some("t2"));
        let contact = viewer(Role::Contact, Some("t1"));
        let other_contact = viewer(Role::Contact, Some("t2"));
        let lead = viewer(Role::Lead, Some("p"));
        let auditor = viewer(Role::Auditor, None);
        let seen_by = |facts: PostFacts<'_>| {
            [&learner, &neighbour, &contact, &other_contact, &lead, &auditor].map(|who| who.sees(&facts))
        };
        use State::{Draft, Hidden, InReview, Published};
        use Visibility::{Consortium, Public, Town};
        assert_eq!(seen_by(post("x", Consortium, Published)), [true; 6]);
        assert_eq!(seen_by(post("x", Town, Published)), [true, false, true, false, false, true]);
        assert_eq!(seen_by(post("x", Public, InReview)), [false, false, true, false, true, true]);
        assert_eq!(seen_by(post("x", Consortium, Hidden)), [false, false, true, false, true, true]);
        assert_eq!(seen_by(post("x", Town, Hidden)), [false, false, true, false, false, true]);
        assert_eq!(seen_by(post("x", Consortium, Draft)), [false; 6]);
        assert_eq!(seen_by(post("me", Town, Draft)), [true; 6]);
    }

    #[test]
    fn a_role_in_another_consortium_opens_nothing_here() {
        let grant = Grant { role: Role::Lead, consortium_id: Some("other".into()), member_id: Some("t1".into()) };
        let actor = Actor {
            user_id: "me".into(),
            display_name: "架空の職員".into(),
            credential_id: "s".into(),
            scopes: None,
            grants: vec![grant],
            past: Vec::new(),
        };
        let stranger = Viewer::of(&actor, "c");
        assert_eq!((stranger.towns.len(), stranger.reads_all, stranger.moderates), (0, false, Some(vec![])));
    }

    #[test]
    fn words_and_keys_are_folded_alike() {
        let key = search_key("庁内 ＤＸ", ["ネンマツ調整\nを 自動化", "RPA"]);
        assert_eq!(key, "庁内dx\nねんまつ調整を自動化\nrpa\n");
        for (tag, is_one) in [("DX", true), ("Power Automate", true), ("C#", true), ("庁内 DX", false), ("#AI", false)]
        {
            assert_eq!(is_one_tag(tag), is_one, "{tag}");
        }
        assert_eq!(search_words(" ＤＸ　年末\t"), ["dx", "年末"]);
        assert!(search_words("　").is_empty());
        assert_eq!(search_words("＃ＡＩ C#"), ["ai", "c#"]);
        assert_eq!(search_words("＃"), ["#"], "a sign alone is no search for everything");
    }

    #[test]
    fn tags_stand_apart_as_people_type_them() {
        for (typed, expected) in [
            ("生成AI、議事録", vec!["生成AI", "議事録"]),
            ("ＡＩ，窓口,\n転記､", vec!["AI", "窓口", "転記"]),
            ("AI 業務改善", vec!["AI", "業務改善"]),
            ("AI　DX", vec!["AI", "DX"]),
            ("Power Automate、Microsoft 365 活用", vec!["Power Automate", "Microsoft 365", "活用"]),
            ("#AI ＃DX", vec!["AI", "DX"]),
            ("#AI#DX、C#", vec!["AI", "DX", "C#"]),
            ("#、 ", vec![]),
        ] {
            assert_eq!(tags(typed), expected, "{typed}");
        }
        assert_eq!(bigrams("負担金").collect::<Vec<_>>(), [('負', '担'), ('担', '金')]);
        assert_eq!(bigrams("𠮷").count(), 0);
    }
}

//! What stands around every page: title, menu by role, path, notices, help.

use crate::lists::Drawn;
use crate::sorting::Sorting;
use crate::visitor::{Visitor, place_of};
use app::Service;
use app::accounts::PlaceView;
use chrono::{DateTime, TimeDelta, Utc};
use domain::access::Role;
use domain::accounts::{SESSION_IDLE, USE_NOTED};

/// A session that ends within this time says so on every page.
const ENDS_SOON: TimeDelta = TimeDelta::hours(1);

/// A session without a request lives at least this long: its last use is written down only now and then.
pub(crate) const IDLE: TimeDelta = TimeDelta::seconds(SESSION_IDLE.num_seconds() - USE_NOTED.num_seconds());

/// After how many hours without a request a session ends, as people are told.
pub(crate) const fn idle_hours() -> i64 {
    SESSION_IDLE.num_hours()
}

/// What stands around a page.
#[derive(Debug, Clone)]
pub(crate) struct Shell {
    /// 画面名, also the heading.
    pub(crate) title: String,
    /// The menu; empty while nobody is signed in.
    pub(crate) menu: Vec<Item>,
    /// The way here: words and addresses, without the page itself.
    pub(crate) crumbs: Vec<(String, String)>,
    /// Whether the page asks once more about what the last page of the way here began.
    pub(crate) asks: bool,
    /// Who is signed in; empty when nobody is.
    pub(crate) name: String,
    /// The places in which roles are held.
    places: Vec<PlaceView>,
    /// Which of them this page is of.
    place: Option<usize>,
    /// For the button that signs out.
    pub(crate) csrf: String,
    /// What was just done.
    pub(crate) done: Option<&'static str>,
    /// The number (受付番号) of what was just done.
    pub(crate) receipt: Option<String>,
    /// When the session ends, if soon.
    pub(crate) ends: Option<DateTime<Utc>>,
    /// When the session ends at the latest, for the module that warns.
    pub(crate) until: Option<DateTime<Utc>>,
    /// The lists of the page as files: title and address.
    pub(crate) files: Vec<(&'static str, String)>,
    /// The path of the page.
    pub(crate) path: String,
    /// The address that was asked for, whatever list the page shows.
    address: String,
    /// How the list of the page stands.
    pub(crate) sorting: Sorting,
    /// What narrows the list of the page.
    pub(crate) fields: Vec<Drawn>,
    /// What else the address of the page says, which narrowing keeps.
    pub(crate) kept: Vec<(String, String)>,
    /// Who to ask.
    pub(crate) help: String,
    /// When the page was made.
    pub(crate) at: DateTime<Utc>,
}

/// An entry of the menu.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) label: &'static str,
    pub(crate) href: String,
    pub(crate) current: bool,
    /// What is unread there; zero shows nothing.
    pub(crate) unread: i64,
}

impl Shell {
    /// The frame of a page for somebody signed in.
    pub(crate) fn new(service: &Service, visitor: &Visitor, title: impl Into<String>) -> Self {
        let now = service.env().clock.now();
        let list = crate::lists::of_page(&visitor.uri);
        let soon = visitor.ends_at.signed_duration_since(now) < ENDS_SOON;
        Self {
            title: title.into(),
            menu: menu(visitor),
            crumbs: vec![("ホーム".to_owned(), "/".to_owned())],
            asks: false,
            name: visitor.call.actor.display_name.clone(),
            places: visitor.places.clone(),
            place: visitor.place,
            csrf: visitor.csrf.clone(),
            done: done(&visitor.query("done")).filter(|_| visitor.led_here),
            receipt: receipt(visitor.query("receipt")).filter(|_| visitor.led_here),
            ends: soon.then_some(visitor.ends_at),
            until: Some(visitor.ends_at),
            files: crate::exports::of_page(visitor),
            path: visitor.path().to_owned(),
            address: visitor.path().to_owned(),
            sorting: list.sorting,
            fields: list.fields,
            kept: list.kept,
            help: service.env().settings.help_contact.clone(),
            at: now,
        }
    }

    /// The frame of a page for anybody.
    pub(crate) fn open(service: &Service, title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            menu: Vec::new(),
            crumbs: Vec::new(),
            asks: false,
            name: String::new(),
            places: Vec::new(),
            place: None,
            csrf: String::new(),
            done: None,
            receipt: None,
            ends: None,
            until: None,
            files: Vec::new(),
            path: String::new(),
            address: String::new(),
            sorting: Sorting::default(),
            fields: Vec::new(),
            kept: Vec::new(),
            help: service.env().settings.help_contact.clone(),
            at: service.env().clock.now(),
        }
    }

    /// One step more on the way here.
    pub(crate) fn under(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        let href = href.into();
        self.place = place_of(&href, &self.places, self.place).or(self.place);
        // A page below an entry of the menu shows it, even when its own address lies elsewhere: of several the nearest.
        let by_address = self.menu.iter().any(|item| item.current && is_under(&self.address, &item.href));
        if !by_address && self.menu.iter().any(|item| item.href == href) {
            self.menu.iter_mut().for_each(|item| item.current = item.href == href);
        }
        self.crumbs.push((label.into(), href));
        self
    }

    /// The page asks once more.
    pub(crate) fn asking(self) -> Self {
        Self { asks: true, ..self }
    }

    /// The frame of a page that comes after this one, which stands at `href`.
    pub(crate) fn onward(mut self, href: String, title: &str) -> Self {
        let here = std::mem::replace(&mut self.title, title.to_owned());
        self.crumbs.push((here, href));
        self
    }

    /// The page shows the list of this address.
    pub(crate) fn at(mut self, uri: &str) -> Self {
        let list = crate::lists::of_page(uri);
        self.path = crate::sorting::split(uri).0.to_owned();
        (self.sorting, self.fields, self.kept) = (list.sorting, list.fields, list.kept);
        self
    }

    /// To what the list of the page is narrowed and how it stands, for its file; each with `&` behind it.
    pub(crate) fn asked(&self) -> String {
        let fields = self.fields.iter().map(|field| (field.name, field.value.as_str()));
        let given = fields.chain([("sort", self.sorting.asked.as_str())]).filter(|(_, value)| !value.is_empty());
        given.map(|(name, value)| format!("{name}={}&", crate::show::encode(value))).collect()
    }

    /// Whether the list of the page is narrowed.
    pub(crate) fn narrowed(&self) -> bool {
        self.fields.iter().any(|field| !field.value.is_empty())
    }

    /// A page without its list.
    pub(crate) fn without_files(self) -> Self {
        Self { files: Vec::new(), ..self }
    }

    /// The list of the page was read whole and put in order.
    pub(crate) fn sorted(self, sorting: Sorting) -> Self {
        Self { sorting, ..self }
    }

    /// Where one is, in words.
    pub(crate) fn here(&self) -> String {
        match self.place.and_then(|at| self.places.get(at)) {
            Some(place) => place_words(place),
            None if self.places.is_empty() => String::new(),
            None => format!("選ばれていません（{}か所）", self.places.len()),
        }
    }

    /// Whether there is another place to go to.
    pub(crate) fn switches(&self) -> bool {
        self.places.len() > 1
    }

    /// Says what was just done on a page that has no address of its own to come back to.
    pub(crate) fn saying(self, done: Option<&'static str>) -> Self {
        Self { done, ..self }
    }
}

/// A place in words: where, and as what. Words of roles have brackets of their own.
pub(crate) fn place_words(place: &PlaceView) -> String {
    let names: Vec<&str> = [&place.consortium, &place.member].into_iter().filter_map(|name| name.as_deref()).collect();
    let at = if names.is_empty() { "サービス全体".to_owned() } else { names.join("　") };
    let roles: Vec<&str> = place.roles.iter().map(|role| crate::words::role(role.as_str())).collect();
    format!("{at}　{}", roles.join("・"))
}

/// The menu: label, address (`{c}` consortium, `{m}` town), and the roles that see it.
const MENU: [(&str, &str, &[Role]); 17] = [
    ("団体", "/consortia", &[Role::Admin]),
    ("アカウント", "/accounts", &[Role::Admin]),
    ("メールの送信", "/service/mails", &[Role::Admin]),
    ("調達回", "/consortia/{c}/rounds", &[Role::Lead, Role::Contact, Role::Auditor]),
    ("契約と配分", "/consortia/{c}/contracts", &[Role::Lead, Role::Auditor]),
    ("わが町", "/members/{m}", &[Role::Contact]),
    ("受講者の募集", "/members/{m}/entry-calls", &[Role::Contact]),
    ("席の割当て", "/members/{m}/assignments", &[Role::Contact]),
    ("追加配分の申請", "/consortia/{c}/seat-requests", &[Role::Lead, Role::Contact, Role::Auditor]),
    ("申し込む", "/me/entries", &[Role::Learner]),
    ("私の席", "/me/seats", &[Role::Learner]),
    ("職員", "/members/{m}/staff", &[Role::Contact]),
    ("参加団体", "/consortia/{c}/members", &[Role::Lead, Role::Auditor]),
    ("知恵袋", "/consortia/{c}/posts", &[Role::Lead, Role::Contact, Role::Learner, Role::Auditor]),
    ("監査記録", "/consortia/{c}/audit", &[Role::Lead, Role::Auditor]),
    ("メールの記録", "/consortia/{c}/mails", &[Role::Lead, Role::Auditor]),
    ("お知らせ", "/me/notices", &[Role::Admin, Role::Lead, Role::Contact, Role::Learner, Role::Auditor]),
];

/// Whether an address is this one or lies below it.
fn is_under(path: &str, href: &str) -> bool {
    path == href || path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/'))
}

fn menu(visitor: &Visitor) -> Vec<Item> {
    let place = |href: &str| -> Option<String> {
        let href = if href.contains("{c}") { href.replace("{c}", visitor.consortium()?) } else { href.to_owned() };
        Some(if href.contains("{m}") { href.replace("{m}", visitor.town(Role::Contact)?) } else { href })
    };
    let seen = MENU.iter().filter(|(.., roles)| roles.iter().any(|role| visitor.is(*role)));
    let entries: Vec<(&'static str, String)> =
        seen.filter_map(|(label, href, _)| Some((*label, place(href)?))).collect();
    let path = visitor.path();
    let under = |href: &str| is_under(path, href);
    // Of `/members/7` and `/members/7/staff` the longer one is where we are.
    let here = entries.iter().filter(|(_, href)| under(href)).map(|(_, href)| href.len()).max();
    let item = |(label, href): (&'static str, String)| Item {
        label,
        current: here == Some(href.len()) && under(&href),
        unread: if href == "/me/notices" { visitor.unread } else { 0 },
        href,
    };
    std::iter::once(Item { label: "ホーム", href: "/".to_owned(), current: path == "/", unread: 0 })
        .chain(entries.into_iter().map(item))
        .collect()
}

/// A number as the trail gives them; nothing else is repeated on a page.
fn receipt(number: String) -> Option<String> {
    Some(number).filter(|number| uuid::Uuid::try_parse(number).is_ok() && number.len() == 36)
}

/// What `?done=` says; unknown words say nothing.
fn done(word: &str) -> Option<&'static str> {
    Some(match word {
        "saved" => "保存しました。",
        "drafted" => "入力したままの内容を、下書きとして保存しました。提出は、必須の項目を入力してから行ってください。",
        "created" => "登録しました。",
        "sent" => "送信しました。",
        "submitted" => "提出しました。",
        "applied" => "申し込みました。",
        "deleted" => "削除しました。",
        "approved" => "承認しました。",
        "declined" => "見送りとしました。",
        "returned" => "差し戻しました。",
        "withdrawn" => "取り下げました。",
        "closed" => "締め切りました。",
        "opened" => "受付を開始しました。",
        "finalised" => "試算を確定しました。",
        "decided" => "選考の結果を決定し、申し込んだ人にお知らせしました。",
        "drawn" => "抽選を行いました。",
        "fixed" => "回答を確定しました。",
        "moved" => "席を移しました。",
        "published" => "公開しました。",
        "assigned" => "席を割り当てました。",
        "released" => "席を返却しました。",
        "accepted" => "席を受け取りました。",
        "invited" => {
            "招待しました。アカウントのない人には招待のメールを、ある人には役割が加わったことをメールで知らせます。利用を停止している人には送りません。"
        }
        "reminded" => "督促のメールを送りました。",
        "declined_offer" => "席のご案内を辞退しました。",
        "review" => "確認を依頼しました。確認が済むと公開されます。",
        "draft" => "下書きを保存しました。",
        "posted" => "投稿しました。",
        "hidden" => "非表示にしました。",
        "thanked" => "「役に立った」を記録しました。",
        "tried" => "「うちでも試した」を記録しました。",
        "resolved" => "解決済みにしました。",
        "reopened" => "未解決に戻しました。",
        "attached" => "ファイルを添付しました。",
        "commented" => "コメントを投稿しました。",
        "revoked" => "無効にしました。",
        "role_revoked" => "役割を外しました。",
        "disabled" => "利用を停止しました。",
        "enabled" => "利用を再開しました。",
        "sessions_ended" => "この人の、すべての端末のサインインを終えました。",
        "factor_reset" => "2段階認証を解除しました。本人に、もう一度登録するよう伝えてください。",
        "requeued" => "もう一度送るよう、送信の列に戻しました。",
        "ended" => "サインインを終了しました。",
        "proved" => "ご本人であることを確認しました。5分間は、確認が必要な操作を続けられます。",
        "factor_off" => "2段階認証を停止しました。ほかの端末のサインインは終了しました。",
        "read" => "すべて既読にしました。",
        "place" => "所属を切り替えました。",
        "password" => "パスワードを変更しました。ほかの端末のサインインは終了しました。",
        _ => return None,
    })
}

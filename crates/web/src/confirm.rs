//! Acts that cannot be taken back: asked once more before, and a number (受付番号) after.
//!
//! [`ACTS`] is the one table of them. Most have a page of their own that asks; where a form has none, it is sent
//! twice: the first answer is the question with what was typed ([`ask`]), the second does it ([`Form::submit_sure`]).
//! The number is the id of the entry in the audit trail, so that office, auditor and log mean the same act.

use crate::form::{Form, Sheet};
use crate::shell::Shell;
use crate::visitor::Visitor;
use actix_web::HttpResponse;
use app::Service;
use askama::Template;
use http_kit::Problem;

/// An act whose end has a number.
struct Act {
    /// The operation of its form.
    operation: &'static str,
    asked: Asked,
}

/// Where somebody is asked once more.
enum Asked {
    /// On the page at this address.
    Page(#[cfg_attr(not(test), expect(dead_code, reason = "a test looks whether there is such a page"))] &'static str),
    /// By the form itself, which is sent twice.
    Here(Question),
    /// Nowhere: its author can take it back.
    No,
}

/// What is asked by a form that is sent twice.
struct Question {
    title: &'static str,
    button: &'static str,
    /// What will happen, a sentence each.
    consequences: &'static [&'static str],
    /// Whether something is lost.
    danger: bool,
    /// Whether there is something typed to go back to.
    typed: bool,
}

const fn page(operation: &'static str, at: &'static str) -> Act {
    Act { operation, asked: Asked::Page(at) }
}

const fn taken_back(operation: &'static str) -> Act {
    Act { operation, asked: Asked::No }
}

const ACTS: &[Act] = &[
    // The prefecture.
    Act {
        operation: "page_open_survey",
        asked: Asked::Here(Question {
            title: "調査の受付を開始する",
            button: "受付を開始する",
            consequences: &[
                "参加団体の担当者に、調査の案内をメールで送ります。",
                "開始した後は、調査の種類を変えたり、下書きに戻したりすることはできません。",
            ],
            danger: false,
            typed: false,
        }),
    },
    page("page_fix_answer", "/surveys/{survey_id}/answers/{member_id}/review"),
    page("page_return_answer", "/surveys/{survey_id}/answers/{member_id}/review"),
    page("page_close_survey", "/surveys/{survey_id}/close"),
    page("page_delete_scenario", "/scenarios/{scenario_id}/delete"),
    page("page_finalise_scenario", "/scenarios/{scenario_id}/finalise"),
    Act {
        operation: "page_make_contract",
        asked: Asked::Here(Question {
            title: "契約の登録を確かめる",
            button: "契約を登録する",
            consequences: &[
                "契約の登録は取り消せません。契約番号・事業者・期間は、後から直せません。",
                "席が予備席に入り、試算どおりの配分案と負担金ができます。",
                "各団体の担当者に、契約をメールでお知らせします。",
            ],
            danger: false,
            typed: true,
        }),
    },
    page("page_publish_allocation", "/contracts/{contract_id}/allocation"),
    Act {
        operation: "page_amend_contract",
        asked: Asked::Here(Question {
            title: "変更契約・追加発注を確かめる",
            button: "登録する",
            consequences: &[
                "契約の席数と金額が変わります。登録した内容は消せません。誤って登録したときは、正負を逆にした内容を登録します。",
                "増やす席は予備席に入り、減らす席は予備席から除きます。適用日が先でも、登録した時点で反映されます。",
                "確定した各団体の負担金は変わりません。代表団体が契約しているときは、増減した後の契約金額を代表団体が事業者に支払います。各団体の負担も増減するときは、分け方を協議し、この契約の負担金とは別に精算してください。",
            ],
            danger: false,
            typed: true,
        }),
    },
    Act {
        operation: "page_approve_seat_request",
        asked: Asked::Here(Question {
            title: "申請の承認を確かめる",
            button: "承認して席を渡す",
            consequences: &[
                "席がすぐに団体へ渡り、担当者に理由を添えてメールでお知らせします。承認は取り消せません。",
                "追加発注のときは、契約金額が変わります。契約金額の差は申請した団体が支払い、額をメールで知らせます。契約のときに確定した負担金は、どの団体も変わりません。差の額は、別に請求してください。",
            ],
            danger: false,
            typed: true,
        }),
    },
    Act {
        operation: "page_decline_seat_request",
        asked: Asked::Here(Question {
            title: "申請の見送りを確かめる",
            button: "見送る",
            consequences: &[
                "この申請は終わります。団体がもう一度希望するときは、新しい申請になります。",
                "担当者に、理由を添えてメールでお知らせします。",
            ],
            danger: true,
            typed: true,
        }),
    },
    taken_back("page_return_seat_request"),
    Act {
        operation: "page_transfer_seats",
        asked: Asked::Here(Question {
            title: "席の移動を確かめる",
            button: "席を動かす",
            consequences: &[
                "席がすぐに移り、席を出す団体の担当者にメールでお知らせします。",
                "台帳の記録は消せません。誤りは、逆向きの移動（訂正）で打ち消します。",
                "契約のときに確定した負担金は変わりません。",
            ],
            danger: false,
            typed: true,
        }),
    },
    page("page_close_round", "/rounds/{round_id}/close"),
    // A town.
    taken_back("page_save_answer"),
    taken_back("page_submit_seat_request"),
    taken_back("page_resubmit_seat_request"),
    page("page_withdraw_seat_request", "/seat-requests/{request_id}/withdraw"),
    page("page_open_entry_call", "/entry-calls/{call_id}/open"),
    page("page_close_entry_call", "/entry-calls/{call_id}/close"),
    page("page_draw_lottery", "/entry-calls/{call_id}/draw"),
    page("page_select_applicants", "/entry-calls/{call_id}/selection"),
    page("page_release_seats", "/members/{member_id}/assignments/release"),
    page("page_withdraw_waiting_entry", "/members/{member_id}/assignments/waiting"),
    page("page_confirm_import", "/imports/{import_id}"),
    // People and their accounts.
    page("page_revoke_grant", "/consortia/{consortium_id}/people/{user_id}/grants/{grant_id}/revoke"),
    Act {
        operation: "page_revoke_staff_grant",
        asked: Asked::Here(Question {
            title: "役割を外す",
            button: "役割を外す",
            consequences: &[
                "この役割で行っていた操作は、すぐにできなくなります。",
                "役割が必要になったときは、もう一度招待してください。",
            ],
            danger: true,
            typed: false,
        }),
    },
    Act {
        operation: "page_disable_user",
        asked: Asked::Here(Question {
            title: "利用を停止する",
            button: "利用を停止する",
            consequences: &[
                "この人はすぐにサインインできなくなり、開いている画面も使えなくなります。",
                "再開は、サービスの管理者に依頼してください。",
            ],
            danger: true,
            typed: false,
        }),
    },
    Act {
        operation: "page_revoke_personal_token",
        asked: Asked::Here(Question {
            title: "トークンを無効にする",
            button: "無効にする",
            consequences: &[
                "このトークンを使っているプログラムは、すぐに利用できなくなります。",
                "元に戻せません。必要になったときは、新しいトークンを発行してください。",
            ],
            danger: true,
            typed: false,
        }),
    },
    Act {
        operation: "page_disable_account",
        asked: Asked::Here(Question {
            title: "利用を停止する",
            button: "利用を停止する",
            consequences: &[
                "この人はすぐにサインインできなくなり、開いている画面とAPIのトークンも使えなくなります。",
                "役割と記録は残ります。再開は、この画面から行えます。",
            ],
            danger: true,
            typed: false,
        }),
    },
    Act {
        operation: "page_enable_account",
        asked: Asked::Here(Question {
            title: "利用を再開する",
            button: "利用を再開する",
            consequences: &["停止する前の役割のまま、サインインできるようになります。"],
            danger: false,
            typed: false,
        }),
    },
    Act {
        operation: "page_end_account_sessions",
        asked: Asked::Here(Question {
            title: "すべての端末のサインインを終える",
            button: "サインインを終える",
            consequences: &["この人の画面は、どの端末でもすぐに使えなくなります。もう一度サインインすれば使えます。"],
            danger: true,
            typed: false,
        }),
    },
    Act {
        operation: "page_reset_second_factor",
        asked: Asked::Here(Question {
            title: "2段階認証を解除する",
            button: "2段階認証を解除する",
            consequences: &[
                "電話などで本人であることを確かめてから行ってください。",
                "確認コードと回復コードが使えなくなり、すべての端末のサインインが終わります。本人にメールで知らせます。",
            ],
            danger: true,
            typed: false,
        }),
    },
    // A learner.
    taken_back("page_send_application"),
    taken_back("page_accept_offer"),
    page("page_send_withdrawal", "/applications/{application_id}/withdraw"),
    page("page_send_decline", "/me/offers/{offer_id}/decline"),
    page("page_send_leave", "/me/waiting-entries/{entry_id}/leave"),
    page("page_send_release", "/me/seats/{assignment_id}/release"),
    // The board.
    page("page_send_returned_post", "/posts/{post_id}/return"),
    Act {
        operation: "page_approve_post",
        asked: Asked::Here(Question {
            title: "承認して公開する",
            button: "承認して公開する",
            consequences: &[
                "この投稿は、サインインしていない人も含め、だれでも読めるようになります。添付ファイルも公開されます。",
                "誤って公開したときは、非表示にできます。それまでに読まれた内容は取り消せません。",
            ],
            danger: false,
            typed: false,
        }),
    },
    page("page_send_hidden_post", "/posts/{post_id}/hide"),
    page("page_send_hidden_comment", "/comments/{comment_id}/hide"),
    page("page_send_removed_attachment", "/attachments/{attachment_id}/remove"),
];

/// Whether the end of an operation has a number.
pub(crate) fn has_receipt(operation: &str) -> bool {
    ACTS.iter().any(|act| act.operation == operation)
}

/// The address to which a finished act leads, with its number; drafts and corrections have none.
pub(crate) fn with_receipt(location: String, number: &str) -> String {
    if location.contains("done=saved") || location.contains("done=draft") {
        return location;
    }
    let (page, place) = location.split_once('#').map_or((location.as_str(), None), |(page, place)| (page, Some(place)));
    let join = if page.contains('?') { '&' } else { '?' };
    let place = place.map(|place| format!("#{place}")).unwrap_or_default();
    format!("{page}{join}receipt={number}{place}")
}

/// Asks before an act without return; the form is sent to the address of the page itself.
#[derive(Template)]
#[template(path = "confirm.html")]
pub(crate) struct ConfirmPage {
    pub(crate) shell: Shell,
    pub(crate) sheet: Sheet,
    /// What will happen, a sentence each.
    pub(crate) consequences: Vec<String>,
    /// What it is about: label and value.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// Where the form goes.
    pub(crate) action: String,
    /// Typed values that go along unseen.
    pub(crate) carried: Vec<(String, String)>,
    pub(crate) button: &'static str,
    /// Whether something is lost.
    pub(crate) danger: bool,
    /// The way back; empty where what was typed is shown again.
    pub(crate) back: String,
    /// Whether the form is one that is sent twice.
    pub(crate) twice: bool,
}

/// What a form that is sent twice is asked about.
#[derive(Debug, Default)]
pub(crate) struct About {
    /// The way to the page that it came from, with that page.
    way: Vec<(String, String)>,
    /// Label and value.
    facts: Vec<(&'static str, String)>,
    /// What is odd about that which was typed, a sentence each.
    remarks: Vec<String>,
}

impl About {
    /// The question of a form that stands on a page with this frame and address.
    pub(crate) fn new(shell: Shell, from: impl Into<String>, facts: Vec<(&'static str, String)>) -> Self {
        let mut way = shell.crumbs;
        way.push((shell.title, from.into()));
        Self { way, facts, remarks: Vec::new() }
    }

    /// Says first what is odd about that which was typed.
    pub(crate) fn remarking(self, remarks: Vec<String>) -> Self {
        Self { remarks, ..self }
    }
}

impl ConfirmPage {
    /// A question with one button; facts and consequences are filled in by the caller.
    pub(crate) fn new(shell: Shell, visitor: &Visitor, action: String, button: &'static str, back: String) -> Self {
        Self {
            shell: shell.asking(),
            sheet: Sheet::blank(visitor),
            consequences: Vec::new(),
            facts: Vec::new(),
            action,
            carried: Vec::new(),
            button,
            danger: false,
            back,
            twice: false,
        }
    }
}

/// The question of a form that is sent twice: what was typed goes along.
///
/// # Errors
/// A fault where the operation asks elsewhere.
pub(crate) fn ask(service: &Service, form: &Form, about: About) -> Result<HttpResponse, Problem> {
    let visitor = &form.visitor;
    let act = ACTS.iter().find(|act| act.operation == visitor.call.operation);
    let Some(Act { asked: Asked::Here(question), .. }) = act else {
        return Err(Problem::fault(format!("no question of {}", visitor.call.operation)));
    };
    let above = visitor.path().rsplit_once('/').map_or("/", |(above, _)| above).to_owned();
    let back = if question.typed { String::new() } else { above };
    let home = Shell::new(service, visitor, question.title);
    let shell = about.way.into_iter().skip(1).fold(home, |shell, (label, href)| shell.under(label, href));
    let mut page = ConfirmPage::new(shell, visitor, visitor.uri.clone(), question.button, back);
    page.sheet.version = form.fields.get("_version").to_owned();
    page.facts = about.facts;
    let always = question.consequences.iter().map(|sentence| (*sentence).to_owned());
    page.consequences = about.remarks.into_iter().chain(always).collect();
    let typed = form.fields.pairs().filter(|(name, _)| !name.starts_with('_'));
    page.carried = typed.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    page.danger = question.danger;
    page.twice = true;
    let html = page.render().map_err(Problem::fault)?;
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(html))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_has_a_form_and_every_question_a_page() {
        let routes = crate::route_table();
        for act in ACTS {
            let form = routes.iter().find(|route| route.method == "POST" && route.operation == act.operation);
            assert!(form.is_some(), "{} has no form", act.operation);
            if let Asked::Page(at) = act.asked {
                assert!(routes.iter().any(|route| route.pattern == at), "{} asks nowhere", act.operation);
            }
            assert_eq!(ACTS.iter().filter(|one| one.operation == act.operation).count(), 1, "{}", act.operation);
        }
    }

    #[test]
    fn a_number_joins_the_address_before_the_place_on_the_page() {
        let led = |to: &str| with_receipt(to.to_owned(), "7");
        assert_eq!(led("/a?done=closed"), "/a?done=closed&receipt=7");
        assert_eq!(led("/a#b"), "/a?receipt=7#b");
        assert_eq!(led("/a?done=saved"), "/a?done=saved");
    }
}

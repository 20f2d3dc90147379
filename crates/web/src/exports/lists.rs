//! The table of exports: for each list its path, its columns, and how its rows come from the use case of its page.

use super::{Asked, Export, Rows};
use crate::sorting::Sorting;
use app::accounts::{StaffQuery, list_users};
use app::audit::{AuditQuery, Owner, list_audit_entries};
use app::board::{PostQuery, list_posts};
use app::notify::log::{MailQuery, list_mails};
use app::page::every_by;
use app::pricing::compare::{CompareQuery, compare_quotes};
use app::seats::accounts as seats;
use app::{Call, Ctx, Error, FieldCode};
use chrono::{DateTime, Utc};
use documents::{Cell, Column};
use domain::demand::AnswerState;
use domain::requests::RequestState;

pub(super) const fn c(name: &'static str, meaning: &'static str) -> Column {
    Column { name, meaning, words: &[], open: false, whole: false }
}

pub(super) const fn of(name: &'static str, meaning: &'static str, words: &'static [&'static str]) -> Column {
    Column { words, ..c(name, meaning) }
}

pub(super) const CODE: Column = c("団体コード", "全国地方公共団体コード（6桁、文字列）");
pub(super) const TOWN: Column = c("団体名", "団体の名称");
pub(super) const ID: Column = c("ID", "行の識別子");
pub(super) const SEATS: Column = c("席数", "席数（席）");

/// The columns of requests for more seats.
pub(super) const REQUESTS: &[Column] = &[
    ID,
    TOWN,
    SEATS,
    c("理由", "申請の理由"),
    of("状態", "申請の状態", &["申請中", "承認済み", "見送り", "差戻し", "取下げ済み"]),
    c("承認席数", "承認した席数（席）"),
    of("承認の方法", "配分する席の区分", &["予備席", "他の団体の遊休席", "追加発注"]),
    c("追加発注の額", "追加発注のときに団体が支払う額（税込、円）"),
    c("決定の理由", "決定の理由"),
    c("申請日時", "申請した日時（日本時間）"),
    c("決定日時", "決定した日時（日本時間）"),
];

/// The exports of what the year is made of: rounds, answers, quotes, seats, people, posts, the trail.
pub(super) const EXPORTS: &[Export] = &[
    Export {
        path: "/consortia/{consortium_id}/rounds/export",
        operation: "page_rounds_export",
        title: "調達回",
        personal: None,
        columns: &[
            ID,
            c("年度", "調達の年度（西暦）"),
            c("件名", "調達回の件名"),
            c("調達するもの", "調達する物品または役務"),
            c("状態", "調達回の状態"),
            c("席数の基準日", "席数を数える日（西暦）"),
        ],
        rows: rounds,
    },
    Export {
        path: "/surveys/{survey_id}/answers/export",
        operation: "page_answers_export",
        title: "調査の回答",
        personal: None,
        columns: &[
            CODE,
            TOWN,
            c("前年度の利用席数", "前年度の契約で現在利用されている席数（席）"),
            of("状態", "回答の状態", &["未回答", "下書き", "提出済み", "差戻し", "確定"]),
            c("少なめ", "少なめに見積もった希望席数（席）"),
            c("標準", "標準の希望席数（席）"),
            c("多め", "多めに見積もった希望席数（席）"),
            c("最低席数", "これを下回ると参加しない席数（席）"),
            c("予算上限額", "負担できる上限の額（円、税込）"),
            c("理由", "希望席数の理由"),
            c("督促の回数", "送った督促の数（回）"),
        ],
        rows: answers,
    },
    Export {
        path: "/rounds/{round_id}/quotes/export",
        operation: "page_quotes_export",
        title: "見積の比較",
        personal: None,
        columns: &[
            c("事業者", "見積の提出者"),
            c("見積", "見積の件名"),
            SEATS,
            c("購入席数", "まとめ買いが安いときに実際に買う席数（席）"),
            c("税抜額", "税抜きの総額（円）"),
            c("消費税額", "消費税の額（円）"),
            c("税込額", "税込みの総額（円）"),
            c("1席当たり税抜額", "単価表から計算した1席当たりの額（円、税抜き、1円未満切捨て）"),
        ],
        rows: quotes,
    },
    Export {
        path: "/scenarios/{scenario_id}/members/export",
        operation: "page_scenario_members_export",
        title: "試算の内訳",
        personal: None,
        columns: &[
            CODE,
            TOWN,
            c("希望席数", "希望した席数（席）"),
            SEATS,
            c("負担金", "負担金（円、税込）"),
            c("端数調整額", "負担金のうち端数の調整（円）"),
            c("単独調達額", "単独で調達した場合の額（円、税込）"),
            c("節約額", "単独調達額と負担金の差（円、負は増額）"),
            c("席数の理由", "この席数となる理由"),
            c("負担の理由", "この負担金となる理由"),
        ],
        rows: scenario,
    },
    Export {
        path: "/contracts/{contract_id}/allocation/export",
        operation: "page_allocation_export",
        title: "席の配分",
        personal: None,
        columns: &[CODE, TOWN, SEATS, c("理由", "この席数となる理由")],
        rows: allocation,
    },
    Export {
        path: "/contracts/{contract_id}/shares/export",
        operation: "page_shares_export",
        title: "負担金",
        personal: None,
        columns: &[
            CODE,
            TOWN,
            SEATS,
            c("負担金", "負担金（円、税込）"),
            c("端数調整額", "負担金のうち端数の調整（円）"),
            c("単独調達額", "単独で調達した場合の額（円、税込）"),
            c("節約額", "単独調達額と負担金の差（円、負は増額）"),
            c("理由", "この負担金となる理由"),
        ],
        rows: shares,
    },
    Export {
        path: "/contracts/{contract_id}/seat-accounts/export",
        operation: "page_seat_accounts_export",
        title: "団体ごとの席",
        personal: None,
        columns: &[
            ID,
            TOWN,
            of("種別", "団体の口座か予備席か", &["団体", "予備席"]),
            c("保有", "口座にある席数（席）"),
            c("利用中", "職員が利用している席数（席）"),
            c("案内中", "案内への回答を待っている席数（席）"),
            c("空席", "すぐに割り当てられる席数（席）"),
            c("順番待ち", "順番を待っている人数（人）"),
        ],
        rows: accounts,
    },
    Export {
        path: "/contracts/{contract_id}/seat-transfers/export",
        operation: "page_seat_transfers_export",
        title: "席の出入り",
        personal: None,
        columns: &[
            ID,
            c("日時", "記録した日時（日本時間）"),
            of(
                "種別",
                "席が動いた理由の種別",
                &[
                    "契約・変更契約による増減",
                    "配分",
                    "追加の配分",
                    "予備席への返却",
                    "団体間の移動",
                    "期限切れ",
                    "訂正",
                ],
            ),
            c("移動元", "席を出した団体か「予備席」。契約で増えた席のときは空欄"),
            c("移動先", "席を受けた団体か「予備席」。契約で減った席のときは空欄"),
            SEATS,
            c("理由", "席が動いた理由"),
            c("訂正する記録", "訂正した記録の識別子"),
        ],
        rows: transfers,
    },
    Export {
        path: "/seat-accounts/{account_id}/assignments/export",
        operation: "page_assignments_export",
        title: "席の利用者",
        personal: Some(Owner::Account),
        columns: &[
            ID,
            c("職員ID", "職員の識別子"),
            c("氏名", "職員の氏名"),
            of(
                "割当ての方法",
                "席に着いた方法",
                &["本人の申込み", "募集の選考", "順番待ちの案内", "担当者の割当て", "一括の割当て"],
            ),
            c("割当日時", "席を割り当てた日時（日本時間）"),
            c("返却日時", "席を返却した日時（日本時間）。空欄は未返却"),
            c("返却の理由", "席を返却した理由"),
            of("アカウントの状態", "席を使えるアカウントか。空欄は利用できる", &["利用停止中"]),
        ],
        rows: assignments,
    },
    Export {
        path: "/seat-accounts/{account_id}/waiting-entries/export",
        operation: "page_waiting_entries_export",
        title: "順番待ち",
        personal: Some(Owner::Account),
        columns: &[
            ID,
            c("順番", "待っている人の中での順番。空欄は案内中"),
            c("職員ID", "職員の識別子"),
            c("氏名", "職員の氏名"),
            of("状態", "順番待ちの状態", &["順番待ち", "案内中"]),
            c("登録日時", "登録した日時（日本時間）"),
        ],
        rows: waiting,
    },
    Export {
        path: "/contracts/{contract_id}/seat-requests/export",
        operation: "page_seat_requests_export",
        title: "追加配分の申請",
        personal: None,
        columns: REQUESTS,
        rows: requests,
    },
    Export {
        path: "/consortia/{consortium_id}/members/export",
        operation: "page_members_export",
        title: "参加団体",
        personal: None,
        columns: &[
            CODE,
            TOWN,
            c("ふりがな", "団体名の読み"),
            of("種別", "団体の種別", &["町", "村", "市", "中核市", "指定都市", "特別区", "都道府県"]),
            of("区分", "共同調達での立場", &["代表団体", "正会員", "準会員"]),
            c("人口", "人口（人）"),
            c("参加日", "共同調達に参加した日（西暦）"),
            c("退会日", "退会した日（西暦）"),
        ],
        rows: members,
    },
    Export {
        path: "/members/{member_id}/staff/export",
        operation: "page_staff_export",
        title: "職員",
        personal: Some(Owner::Member),
        columns: &[
            ID,
            c("氏名", "職員の氏名"),
            c("ふりがな", "職員の氏名のふりがな"),
            c("メールアドレス", "サインインに使うメールアドレス"),
            c("役割", "職員の役割（読点区切り）"),
            of("状態", "アカウントの状態", &["利用中", "招待中", "停止"]),
        ],
        rows: staff,
    },
    Export {
        path: "/consortia/{consortium_id}/posts/export",
        operation: "page_posts_export",
        title: "知恵袋",
        personal: Some(Owner::Consortium),
        columns: &[
            ID,
            c("団体", "投稿者の団体"),
            c("投稿者", "投稿者の氏名"),
            c("種別", "投稿の種別"),
            c("題名", "投稿の題名"),
            c("タグ", "投稿のタグ（「、」区切り）"),
            c("削減時間", "削減できた時間（時間）"),
            c("削減額", "削減できた額（円）"),
            c("役に立った", "「役に立った」の数（件）"),
            c("コメント", "コメントの数（件）"),
            c("公開日時", "公開した日時（日本時間）"),
        ],
        rows: posts,
    },
    Export {
        path: "/consortia/{consortium_id}/audit/export",
        operation: "page_audit_export",
        title: "操作の記録",
        personal: Some(Owner::Consortium),
        columns: &[
            c("番号", "記録の通し番号"),
            c("日時", "操作の日時（日本時間）"),
            c("操作", "操作の種別"),
            c("操作者", "操作した人の氏名。見る権限のない人と、いまこの共同調達に役割のない人は空欄"),
            c("操作者ID", "操作した人の識別子"),
            c("役割", "操作したときの役割"),
            c("対象の種別", "対象の種別"),
            c("対象ID", "対象の識別子"),
            c("団体名", "関係する団体の名称"),
            of("結果", "操作の結果", &["実行", "権限なし", "失敗"]),
            c("問合せ番号", "要求の番号"),
            c("ハッシュ", "前の記録とつないだSHA-256"),
        ],
        rows: audit,
    },
    Export {
        path: "/consortia/{consortium_id}/mails/export",
        operation: "page_mails_export",
        title: "メールの記録",
        personal: Some(Owner::Consortium),
        columns: &[
            ID,
            c("種別", "メールの種別"),
            c("団体", "宛先の団体"),
            c("試行", "送信を試みた数（回）"),
            c("最後のエラー", "最後の送信エラー"),
            c("作成日時", "作成した日時（日本時間）"),
            c("送信日時", "送信した日時（日本時間）。空欄は未送信"),
        ],
        rows: mails,
    },
];

pub(super) fn at(at: DateTime<Utc>) -> Cell {
    at.with_timezone(&domain::clock::japan()).format("%Y-%m-%d %H:%M:%S").to_string().into()
}

fn rounds(ctx: &mut Ctx<'_>, call: &Call, asked: &Asked) -> Rows {
    let items = every_by(&asked.page(), |page| app::rounds::list_rounds(ctx, call, &asked.id, page))?;
    let row = |round: app::rounds::RoundView| {
        vec![
            round.id.into(),
            round.fiscal_year.into(),
            round.title.into(),
            round.product.into(),
            crate::rounds::stage(&round.stage).into(),
            round.seats_counted_on.to_string().into(),
        ]
    };
    Ok(items.into_iter().map(row).collect())
}

fn answers(ctx: &mut Ctx<'_>, call: &Call, asked: &Asked) -> Rows {
    let mut lines = app::demand::overview::get_answers(ctx, call, &asked.id)?.lines;
    crate::demand::narrow(&mut lines, asked.query.get("state"));
    let _order = Sorting::asked(asked.query.get("sort")).put(&mut lines, crate::demand::LINES)?;
    let row = |line: app::demand::overview::OverviewLine| {
        let answer = line.answer.as_ref();
        let state = answer.and_then(|answer| AnswerState::parse(&answer.state)).map_or("未回答", AnswerState::ja);
        vec![
            line.municipality_code.clone().into(),
            line.name.clone().into(),
            line.last_year_seats.into(),
            state.into(),
            answer.map(|answer| answer.low_seats).into(),
            answer.map(|answer| answer.base_seats).into(),
            answer.map(|answer| answer.high_seats).into(),
            answer.map(|answer| answer.minimum_seats).into(),
            answer.and_then(|answer| answer.budget_cap_yen).into(),
            answer.map(|answer| answer.reason.clone()).into(),
            line.reminders.into(),
        ]
    };
    Ok(lines.into_iter().map(row).collect())
}

/// People whose names are asked for at once.
const MANY: usize = 500;

/// An exact amount in whole yen, as a number of a sheet.
fn whole(exact: Option<&str>) -> Cell {
    exact.and_then(app::contracts::reason::whole_of).map_or(Cell::Empty, Cell::Number)
}

fn quotes(ctx: &mut Ctx<'_>, call: &Call, asked: &Asked) -> Rows {
    let number = |name: &str, otherwise: i64| {
        asked.some(name).and_then(|typed| domain::typed::read_number(&typed)).unwrap_or(otherwise)
    };
    let from = number("from", 1);
    let query = CompareQuery { from, to: number("to", from.saturating_add(499)), at: None };
    let compared = compare_quotes(ctx, call, &asked.id, &query)?;
    let mut rows = Vec::new();
    for quote in compared.quotes {
        for total in quote.totals {
            rows.push(vec![
                quote.vendor.clone().into(),
                quote.title.clone().into(),
                total.seats.into(),
                total.bought.into(),
                total.ex_tax_yen.into(),
                total.tax_yen.into(),
                total.total_yen.into(),
                whole(total.unit_yen.as_deref()),
            ]);
        }
    }
    Ok(rows)
}

fn scenario(ctx: &mut Ctx<'_>, call: &Call, asked: &Asked) -> Rows {
    let detail = app::scenarios::get_scenario(ctx, call, &asked.id)?;
    let row = |member: app::scenarios::MemberPlan| {
        let line = member.line;
        vec![
            line.municipality_code.into(),
            line.name.into(),
            line.request.into(),
            line.seats.into(),
            line.share_yen.into(),
            line.remainder_yen.into(),
            line.stand_alone_yen.into(),
            line.saving_yen.into(),
            member.allocation_sentence.into(),
            member.sharing_sentence.into(),
        ]
    };
    Ok(detail.plan.members.into_iter().map(row).collect())
}

fn allocation(ctx: &mut Ctx<'_>, call: &Call, asked: &Asked) -> Rows {
    let mut allocation = app::contracts::allocation::get_allocation(ctx, call, &asked.id)?;
    let order = Sorting::asked(asked.query.get("allocation"));
    let _order = order.put(&mut allocation.lines, crate::contracts::LINES)?;
    let row = |line: app::contracts::allocation::AllocationLineView| {
        vec![line.municipality_code.into(), line.name.into(), line.seats.into(), line.explanation.into()]
    };
    Ok(allocation.lines.into_iter().map(row).collect())
}

fn shares(ctx: &mut Ctx<'_>, call: &Call, asked: &Asked) -> Rows {
    let mut shares = app::contracts::shares::list_shares(ctx, call, &asked.id)?;
    let _order = Sorting::asked(asked.query.get("shares")).put(&mut shares.items, crate::contracts::SHARES)?;
    let row = |share: app::contracts::shares::ShareView| {
        vec![
            share.municipality_code.into(),
            share.name.into(),
            share.seats.into(),
            share.share_yen.into(),
            share.remainder_yen.into(),
            share.stand_alone_yen.into(),
            share.saving_yen.into(),
            share.sentence.into(),
        ]
    };
    Ok(shares.items.into_iter().map(row).collect())
}

fn accounts(ctx: &mut Ctx<'_>, call: &Call, asked: &Asked) -> Rows {
    let mut accounts = seats::list_seat_accounts(ctx, call, &asked.id)?;
    let _order = Sorting::asked(asked.query.get("towns")).put(&mut accounts, crate::seats::map::TOWNS)?;
    let row = |account: seats::AccountView| {
        vec![
            account.id.into(),
            account.member_name.into(),
            if account.member_id.is_some() { "団体" } else { "予備席" }.into(),
            account.balance.into(),
            account.assigned.into(),
            account.held.into(),
            account.free.into(),
            account.waiting.into(),
        ]
    };
    Ok(accounts.into_iter().map(row).collect())
}

fn transfers(ctx: &mut Ctx<'_>, call: &Call, asked: &Asked) -> Rows {
    let items = every_by(&asked.page(), |page| seats::list_contract_transfers(ctx, call, &asked.id, page))?;
    let names = seats::names_of(ctx, &items)?;
    let place = |account: Option<String>| {
        account
            .map_or(Cell::Empty, |id| names.get(&id).cloned().flatten().unwrap_or_else(|| "予備席".to_owned()).into())
    };
    let row = |transfer: seats::TransferView| {
        vec![
            transfer.id.into(),
            at(transfer.created_at),
            crate::words::said(crate::words::TRANSFERS, &transfer.kind).into(),
            place(transfer.from_account_id),
            place(transfer.to_account_id),
            transfer.seats.into(),
            transfer.reason.into(),
            transfer.corrects_id.into(),
        ]
    };
    Ok(items.into_iter().map(row).collect())
}

fn assignments(ctx: &mut Ctx<'_>, call: &Call, asked: &Asked) -> Rows {
    let only_active = asked.query.get("active") == "true" || asked.query.get("show") == "now";
    let name = asked.some("name");
    let items = every_by(&asked.page(), |page| {
        app::seats::assignments::find_assignments(ctx, call, &asked.id, only_active, name.as_deref(), page)
    })?;
    let row = |named: app::seats::assignments::NamedAssignmentView| {
        let seat = named.assignment;
        vec![
            seat.id.into(),
            seat.user_id.into(),
            named.display_name.into(),
            crate::words::said(crate::words::SOURCES, &seat.source).into(),
            at(seat.assigned_at),
            seat.released_at.map_or(Cell::Empty, at),
            seat.release_reason.into(),
            if named.is_disabled { "利用停止中".into() } else { Cell::Empty },
        ]
    };
    Ok(items.into_iter().map(row).collect())
}

fn waiting(ctx: &mut Ctx<'_>, call: &Call, asked: &Asked) -> Rows {
    let items = every_by(&asked.page(), |page| app::seats::waiting::list_waiting_entries(ctx, call, &asked.id, page))?;
    let row = |named: app::seats::waiting::NamedWaitingEntryView| {
        let entry = named.entry;
        vec![
            entry.id.into(),
            entry.position.into(),
            entry.user_id.into(),
            named.display_name.into(),
            if entry.state == "waiting" { "順番待ち" } else { "案内中" }.into(),
            at(entry.created_at),
        ]
    };
    Ok(items.into_iter().map(row).collect())
}

fn requests(ctx: &mut Ctx<'_>, call: &Call, asked: &Asked) -> Rows {
    let wanted = asked.some("state");
    let list = app::requests::list_seat_requests;
    let items = every_by(&asked.page(), |page| list(ctx, call, &asked.id, wanted.as_deref(), page))?;
    let consortium = app::contracts::get_contract(ctx, call, &asked.id)?.consortium_id;
    request_rows(ctx, call, &consortium, items)
}

/// Requests as rows, whether of a contract or of a consortium.
pub(super) fn request_rows(
    ctx: &mut Ctx<'_>,
    call: &Call,
    consortium_id: &str,
    items: Vec<app::requests::RequestView>,
) -> Rows {
    let towns: Vec<String> = items.iter().map(|request| request.member_id.clone()).collect();
    let names = app::consortium::member_names(ctx, call, consortium_id, &towns)?;
    let state = |word: &str| RequestState::parse(word).map_or("不明", RequestState::label);
    let row = |request: app::requests::RequestView| {
        vec![
            request.id.into(),
            names.get(&request.member_id).cloned().into(),
            request.seats.into(),
            request.reason.into(),
            state(&request.state).into(),
            request.granted_seats.into(),
            request.source.as_deref().map(crate::requests::source).map(str::to_owned).into(),
            if request.source.as_deref() == Some("order") {
                request.price_effect.order_yen.into()
            } else {
                Cell::Empty
            },
            request.decision_reason.into(),
            at(request.created_at),
            request.decided_at.map_or(Cell::Empty, at),
        ]
    };
    Ok(items.into_iter().map(row).collect())
}

fn members(ctx: &mut Ctx<'_>, call: &Call, asked: &Asked) -> Rows {
    let items = every_by(&asked.page(), |page| app::consortium::list_members(ctx, call, &asked.id, page))?;
    let row = |member: app::consortium::MemberView| {
        vec![
            member.municipality_code.clone().into(),
            member.name.clone().into(),
            member.kana.clone().into(),
            crate::consortium::kind(&member.kind).into(),
            crate::consortium::class(&member).into(),
            member.population.into(),
            member.joined_on.to_string().into(),
            member.left_on.map(|on| on.to_string()).into(),
        ]
    };
    Ok(items.into_iter().map(row).collect())
}

fn staff(ctx: &mut Ctx<'_>, call: &Call, asked: &Asked) -> Rows {
    let member = app::consortium::get_member(ctx, call, &asked.id)?;
    call.actor.permit(domain::access::Action::ReadStaff, &member.consortium_id, Some(&member.id))?;
    let items = every_by(&asked.page(), |page| {
        let query = StaffQuery {
            role: crate::staff::role_asked(asked.query.get("role")),
            member_id: Some(member.id.clone()),
            limit: page.limit,
            cursor: page.cursor.clone(),
            sort: page.sort.clone(),
            filters: page.filters.clone(),
        };
        list_users(ctx, call, &member.consortium_id, &query)
    })?;
    Ok(items.into_iter().map(super::people::person).collect())
}

fn posts(ctx: &mut Ctx<'_>, call: &Call, asked: &Asked) -> Rows {
    let filter = PostQuery {
        kind: asked.some("kind").and_then(|word| domain::board::Kind::parse(&word)),
        tag: asked.some("tag"),
        member_id: crate::towns::filter(ctx, call, &asked.id, asked.query.get("member_id"))?,
        q: asked.some("q"),
        ..PostQuery::default()
    };
    let items = every_by(&asked.page(), |page| {
        let query = PostQuery { limit: page.limit, cursor: page.cursor.clone(), ..filter.clone() };
        list_posts(ctx, call, &asked.id, &query)
    })?;
    let kind = |kind: domain::board::Kind| match kind.as_str() {
        "worry" => "悩み",
        "consultation" => "相談",
        "knowhow" => "ノウハウ",
        _ => "成功事例",
    };
    let row = |post: app::board::PostSummary| {
        vec![
            post.id.into(),
            post.town.into(),
            post.author.into(),
            kind(post.kind).into(),
            post.title.into(),
            post.tags.join("、").into(),
            post.hours_saved.into(),
            post.yen_saved.into(),
            post.helpful_count.into(),
            post.comments_count.into(),
            post.published_at.map_or(Cell::Empty, at),
        ]
    };
    Ok(items.into_iter().map(row).collect())
}

fn audit(ctx: &mut Ctx<'_>, call: &Call, asked: &Asked) -> Rows {
    let refused = |sentence| Error::field("/from", FieldCode::Refused { sentence });
    let (from, to) = crate::audit::span(asked.query.get("from"), asked.query.get("to")).map_err(refused)?;
    call.actor.permit(domain::access::Action::ReadAudit, &asked.id, None)?;
    let member_id = crate::towns::filter(ctx, call, &asked.id, asked.query.get("member_id"))?;
    let actor = crate::audit::actor(ctx, call, &asked.id, asked.query.get("actor"))?;
    let actor = actor.map_err(|sentence| Error::field("/actor", FieldCode::Refused { sentence }))?;
    let items = every_by(&asked.page(), |page| {
        let query = AuditQuery {
            from,
            to,
            action: asked.some("action"),
            actor_id: actor.clone(),
            subject_id: asked.some("subject_id"),
            member_id: member_id.clone(),
            limit: page.limit,
            cursor: page.cursor.clone(),
            sort: page.sort.clone(),
        };
        list_audit_entries(ctx, call, &asked.id, &query)
    })?;
    let ids = |of: fn(&app::audit::AuditView) -> Option<&String>| -> Vec<String> {
        items.iter().filter_map(of).cloned().collect::<std::collections::BTreeSet<_>>().into_iter().collect()
    };
    let places = app::consortium::member_names(ctx, call, &asked.id, &ids(|entry| entry.member_id.as_ref()))?;
    let mut names = std::collections::HashMap::new();
    for some in ids(|entry| entry.actor_id.as_ref()).chunks(MANY) {
        names.extend(crate::rounds::seen(app::accounts::names_of(ctx, call, &asked.id, some))?.unwrap_or_default());
    }
    let row = |entry: app::audit::AuditView| {
        vec![
            entry.sequence.into(),
            at(entry.at),
            crate::audit::action(&entry.action).into(),
            entry.actor_id.as_ref().and_then(|id| names.get(id)).cloned().into(),
            entry.actor_id.into(),
            crate::audit::role(&entry.actor_role).into(),
            entry.subject_kind.into(),
            entry.subject_id.into(),
            entry.member_id.as_ref().and_then(|id| places.get(id)).cloned().into(),
            crate::audit::outcome(&entry.outcome).1.into(),
            entry.request_id.into(),
            entry.hash.into(),
        ]
    };
    Ok(items.into_iter().map(row).collect())
}

fn mails(ctx: &mut Ctx<'_>, call: &Call, asked: &Asked) -> Rows {
    let items = every_by(&asked.page(), |page| {
        let state = crate::notify::parse(asked.query.get("state"));
        let query = MailQuery { state, limit: page.limit, cursor: page.cursor.clone(), sort: page.sort.clone() };
        list_mails(ctx, call, &asked.id, &query)
    })?;
    let row = |mail: app::notify::log::MailView| {
        vec![
            mail.id.into(),
            crate::notify::kind(&mail.kind).into(),
            mail.town.into(),
            mail.attempts.into(),
            mail.last_error.into(),
            at(mail.created_at),
            mail.sent_at.map_or(Cell::Empty, at),
        ]
    };
    Ok(items.into_iter().map(row).collect())
}

//! Exports of consortia and of what people do in them: contacts, entry calls, applications, notices.

use super::lists::{ID, at, c, of};
use super::{Asked, Export, Rows};
use app::accounts::{StaffQuery, UserView, list_users};
use app::audit::Owner;
use app::page::every_by;
use app::{Call, Ctx};
use documents::Cell;

/// Every export of this file.
pub(super) const EXPORTS: &[Export] = &[
    Export {
        path: "/consortia/export",
        operation: "page_consortia_export",
        title: "共同調達の団体",
        personal: None,
        columns: &[ID, c("名称", "共同調達の名称"), c("登録日時", "登録した日時（日本時間）")],
        rows: consortia,
    },
    Export {
        path: "/consortia/{consortium_id}/people/export",
        operation: "page_people_export",
        title: "担当者",
        personal: Some(Owner::Consortium),
        columns: &[
            ID,
            c("氏名", "担当者の氏名"),
            c("ふりがな", "担当者の氏名のふりがな"),
            c("メールアドレス", "サインインに使うメールアドレス"),
            c("役割", "担当者の役割（読点区切り）"),
            of("状態", "アカウントの状態", &["利用中", "招待中", "停止"]),
        ],
        rows: people,
    },
    Export {
        path: "/members/{member_id}/entry-calls/export",
        operation: "page_entry_calls_export",
        title: "受講者の募集",
        personal: None,
        columns: &[
            ID,
            c("題名", "募集の題名"),
            c("状態", "募集の状態"),
            c("定員", "定員（人）"),
            c("申込み", "取り下げていない申込み（件）"),
            c("締切", "締切の日（西暦）"),
        ],
        rows: calls,
    },
    Export {
        path: "/entry-calls/{call_id}/applications/export",
        operation: "page_applications_export",
        title: "募集への申込み",
        personal: Some(Owner::Call),
        columns: &[
            ID,
            c("氏名", "申し込んだ職員の氏名"),
            c("学びたいこと", "学びたいこと"),
            c("仕事の課題", "解決したい仕事の課題"),
            c("設問への回答", "募集の設問とその回答。設問ごとに「／」で区切り"),
            c("上長", "上長の氏名"),
            c("申込日時", "申し込んだ日時（日本時間）"),
            c("上長の確認", "上長が確認した日時（日本時間）"),
            c("上長の不同意", "上長が同意しなかった日時（日本時間）"),
            c("不同意の理由", "上長が同意しなかった理由"),
            c("状態", "申込みの状態"),
            c("決定の理由", "決定の理由"),
        ],
        rows: applications,
    },
    Export {
        path: "/me/notices/export",
        operation: "page_notices_export",
        title: "お知らせ",
        personal: None,
        columns: &[
            ID,
            c("件名", "お知らせの件名"),
            c("日時", "届いた日時（日本時間）"),
            c("読んだ日時", "読んだ日時（日本時間）。空欄は未読"),
        ],
        rows: notices,
    },
];

fn consortia(ctx: &mut Ctx<'_>, call: &Call, asked: &Asked) -> Rows {
    let items = every_by(&asked.page(), |page| app::consortium::list_consortia(ctx, call, page))?;
    let row = |one: app::consortium::ConsortiumView| vec![one.id.into(), one.name.into(), at(one.created_at)];
    Ok(items.into_iter().map(row).collect())
}

fn people(ctx: &mut Ctx<'_>, call: &Call, asked: &Asked) -> Rows {
    let items = every_by(&asked.page(), |page| {
        let query = StaffQuery {
            role: crate::consortium::people::parse(asked.query.get("role")),
            member_id: asked.some("member_id"),
            limit: page.limit,
            cursor: page.cursor.clone(),
            sort: page.sort.clone(),
            filters: page.filters.clone(),
        };
        list_users(ctx, call, &asked.id, &query)
    })?;
    Ok(items.into_iter().map(person).collect())
}

/// The row of somebody, of the prefecture or of a town.
pub(super) fn person(user: UserView) -> Vec<Cell> {
    let roles: Vec<&str> = user.grants.iter().map(|grant| crate::words::role(&grant.role)).collect();
    let state = crate::words::account_state(&user.state).1;
    vec![
        user.id.into(),
        user.display_name.into(),
        user.kana.into(),
        user.email.into(),
        roles.join("、").into(),
        state.into(),
    ]
}

fn calls(ctx: &mut Ctx<'_>, call: &Call, asked: &Asked) -> Rows {
    let items = every_by(&asked.page(), |page| app::entries::calls::list_town_calls(ctx, call, &asked.id, page))?;
    let row = |of: app::entries::calls::EntryCallView| {
        let state = crate::entries::call_state(&of.state);
        vec![
            of.id.into(),
            of.title.into(),
            state.into(),
            of.capacity.into(),
            of.application_count.into(),
            of.closes_on.to_string().into(),
        ]
    };
    Ok(items.into_iter().map(row).collect())
}

fn applications(ctx: &mut Ctx<'_>, call: &Call, asked: &Asked) -> Rows {
    let list = app::entries::applications::list_applications;
    let items = every_by(&asked.page(), |page| list(ctx, call, &asked.id, page))?;
    let call = app::entries::calls::get_entry_call(ctx, call, &asked.id)?;
    let answered = |one: &app::entries::applications::ApplicationView| {
        let questions = call.questions.iter();
        let both =
            questions.filter_map(|asked| Some((asked, one.answers.iter().find(|said| said.question_id == asked.id)?)));
        both.map(|(asked, said)| format!("{}：{}", asked.text, said.text)).collect::<Vec<_>>().join("／")
    };
    let row = |one: app::entries::applications::ApplicationView| {
        let (state, answered) = (crate::entries::application_state(&one.state), answered(&one));
        vec![
            one.id.into(),
            one.applicant_name.into(),
            one.want_to_learn.into(),
            one.problem_at_work.into(),
            answered.into(),
            one.supervisor_name.into(),
            at(one.applied_at),
            one.acknowledged_at.map_or(Cell::Empty, at),
            one.objected_at.map_or(Cell::Empty, at),
            one.objection.into(),
            state.into(),
            one.decision_reason.into(),
        ]
    };
    Ok(items.into_iter().map(row).collect())
}

fn notices(ctx: &mut Ctx<'_>, call: &Call, asked: &Asked) -> Rows {
    let items = every_by(&asked.page(), |page| app::notify::notices::list_notices(ctx, call, page))?;
    let row = |notice: app::notify::notices::NoticeView| {
        vec![notice.id.into(), notice.subject.into(), at(notice.created_at), notice.read_at.map_or(Cell::Empty, at)]
    };
    Ok(items.into_iter().map(row).collect())
}

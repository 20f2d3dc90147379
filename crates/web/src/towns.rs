//! The choice of a municipality: a list while there are few, and where there are many a field that takes what officials
//! know of a town, its code or its name. A form takes either; what is named must be one town of the consortium.

use crate::fields::Fields;
use app::consortium::{MemberView, find_members, list_members};
use app::rounds::RoundView;
use app::{Call, Ctx, Error, FieldCode, PageQuery};

/// Towns up to which a list is shown.
pub(crate) const FEW: usize = 100;

/// What a choice offers: value and words of each town; nothing where there are too many.
#[derive(Debug, Clone, Default)]
pub(crate) struct Towns {
    few: Vec<(String, String)>,
    many: bool,
}

impl Towns {
    /// Of a consortium.
    pub(crate) fn of(ctx: &mut Ctx<'_>, call: &Call, consortium_id: &str) -> Result<Self, Error> {
        let query = PageQuery { limit: Some(app::page::MAX_LIMIT), ..PageQuery::default() };
        let page = list_members(ctx, call, consortium_id, &query)?;
        let option = |member: MemberView| {
            let note = if member.is_lead { "代表団体".to_owned() } else { member.municipality_code };
            (member.id, format!("{}（{note}）", member.name))
        };
        Ok(Self::listed(page.items.into_iter().map(option).collect(), page.next_cursor.is_some()))
    }

    /// Those of a consortium that a round does not invite.
    pub(crate) fn not_invited(ctx: &mut Ctx<'_>, call: &Call, round: &RoundView) -> Result<Self, Error> {
        let all = Self::of(ctx, call, &round.consortium_id)?;
        if all.many {
            return Ok(all);
        }
        let invited = app::rounds::get_round(ctx, call, &round.id)?.members;
        let mut few = all.few;
        few.retain(|(id, _)| invited.iter().all(|member| member.member_id != *id));
        Ok(Self::listed(few, false))
    }

    /// These, or none where there are more than can be listed.
    pub(crate) fn listed(few: Vec<(String, String)>, more: bool) -> Self {
        let many = more || few.len() > FEW;
        Self { few: if many { Vec::new() } else { few }, many }
    }

    pub(crate) const fn are_many(&self) -> bool {
        self.many
    }

    /// Whether there is nothing to choose.
    pub(crate) fn is_empty(&self) -> bool {
        self.few.is_empty() && !self.many
    }

    pub(crate) fn options(&self) -> Vec<(&str, &str)> {
        self.few.iter().map(|(value, words)| (value.as_str(), words.as_str())).collect()
    }
}

/// The town that somebody named by its id, its code or its name.
pub(crate) fn named(
    ctx: &mut Ctx<'_>,
    call: &Call,
    consortium_id: &str,
    pointer: &str,
    typed: &str,
) -> Result<MemberView, Error> {
    let mut found = find_members(ctx, call, consortium_id, typed)?;
    let sentence = match found.len() {
        1 => return found.pop().ok_or(Error::NotFound),
        0 => "この団体は見つかりません。団体コード（6桁）か、団体名をそのまま入力してください。",
        _ => "同じ名前の団体が複数あります。団体コード（6桁）を入力してください。",
    };
    Err(Error::field(pointer, FieldCode::Refused { sentence }))
}

/// The id behind a filter; what names no town, or several, is left as it was typed and finds nothing.
pub(crate) fn filter(
    ctx: &mut Ctx<'_>,
    call: &Call,
    consortium_id: &str,
    typed: &str,
) -> Result<Option<String>, Error> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    let mut found = find_members(ctx, call, consortium_id, typed)?;
    let only = found.pop().filter(|_| found.is_empty());
    Ok(Some(only.map_or_else(|| typed.to_owned(), |member| member.id)))
}

/// The lines of a field, each with the number of its line.
pub(crate) fn lines(fields: &Fields, name: &str) -> Vec<String> {
    fields.get(name).lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

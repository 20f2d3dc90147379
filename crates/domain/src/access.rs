//! Who may do what: one table, action × role → reach. Nothing else in the service decides rights.
//!
//! A refusal has two faces: what the actor may not even see does not exist for it
//! ([`Denied::Absent`], answered 404); what it sees but may not do is [`Denied::Forbidden`] (403).

use serde::{Deserialize, Serialize};
use std::fmt;

/// A role, held in one consortium (and town), or in the service as a whole (`admin`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// サービス管理者: creates consortia and first users; sees no personal rows of towns.
    Admin,
    /// 県の担当者: runs the rounds of its consortium.
    Lead,
    /// 市町村の担当者: acts for one town.
    Contact,
    /// 職員（受講者）: acts for oneself.
    Learner,
    /// 監査・財政: reads everything of the consortium, changes nothing.
    Auditor,
}

impl Role {
    /// Every role, in the order of the table below.
    pub const ALL: [Self; 5] = [Self::Admin, Self::Lead, Self::Contact, Self::Learner, Self::Auditor];

    /// The word used in the database, in JSON and in URLs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Lead => "lead",
            Self::Contact => "contact",
            Self::Learner => "learner",
            Self::Auditor => "auditor",
        }
    }

    /// Reads the word of the database.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A role with the place where it holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Grant {
    /// What the holder is.
    pub role: Role,
    /// The consortium; none for `admin`.
    pub consortium_id: Option<String>,
    /// The member (town or prefecture); none for `admin` and `auditor`.
    pub member_id: Option<String>,
}

/// What a personal access token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// GET only.
    Read,
    /// Everything its owner may do, except accounts and tokens.
    Write,
}

/// Somebody who was authenticated, with the rights held at this request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The account.
    pub user_id: String,
    /// The name shown to others.
    pub display_name: String,
    /// The session or personal token used.
    pub credential_id: String,
    /// What the credential is limited to; none for a full session.
    pub scopes: Option<Vec<Scope>>,
    /// The roles held.
    pub grants: Vec<Grant>,
    /// Consortia in which a role was held once: seats, notices and receipts from there stay one's own.
    pub past: Vec<String>,
}

/// What can be done, one word for each row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the words are the documentation; the table below gives each its meaning
pub enum Action {
    ManageConsortia,
    ReadConsortium,
    ManageMembers,
    GrantLead,
    ManageContacts,
    ManageLearners,
    ReadStaff,
    ReadRounds,
    ManageRounds,
    ReadAnswers,
    AnswerSurvey,
    EnterAnswers,
    ReviewAnswers,
    ReadQuotes,
    ManageQuotes,
    ReadScenarios,
    ManageScenarios,
    ReadContracts,
    ManageContracts,
    ReadShares,
    ReadSeats,
    ManageSeats,
    ReturnSeats,
    ReadAssignments,
    AssignSeats,
    ClaimSeat,
    ReadEntryCalls,
    ManageEntryCalls,
    Apply,
    ReadApplications,
    SelectApplicants,
    ReadRequests,
    RequestSeats,
    DecideRequests,
    ReadBoard,
    WriteBoard,
    ReviewPosts,
    ReadAudit,
    ReadMailLog,
    RetryMails,
    RunService,
}

/// How far a role carries an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Not at all.
    No,
    /// In the actor's own town only.
    Town,
    /// In the whole consortium (for `admin`: in every consortium).
    All,
}

/// Why an action was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// The actor may not know that the subject exists.
    Absent,
    /// The actor sees the subject, but may not do this.
    Forbidden,
}

use Reach::{All, No, Town};

/// The table: reaches of admin, lead, contact, learner, auditor, and the action that makes the subject visible.
const fn rule(action: Action) -> ([Reach; 5], Action) {
    use Action as A;
    match action {
        //                                admin lead contact learner auditor
        A::ManageConsortia => ([All, No, No, No, No], A::ReadConsortium),
        A::ReadConsortium => ([All, All, All, All, All], A::ReadConsortium),
        A::ManageMembers => ([All, All, No, No, No], A::ReadConsortium),
        A::GrantLead => ([All, All, No, No, No], A::ReadConsortium),
        A::ManageContacts => ([All, All, No, No, No], A::ReadConsortium),
        A::ManageLearners => ([No, No, Town, No, No], A::ReadStaff),
        A::ReadStaff => ([No, Town, Town, No, All], A::ReadStaff),
        A::ReadRounds => ([No, All, All, No, All], A::ReadConsortium),
        A::ManageRounds => ([No, All, No, No, No], A::ReadConsortium),
        A::ReadAnswers => ([No, All, Town, No, All], A::ReadAnswers),
        A::AnswerSurvey => ([No, Town, Town, No, No], A::ReadAnswers),
        // 代行入力: the file of a town that cannot reach the service is entered by the lead.
        A::EnterAnswers => ([No, All, Town, No, No], A::ReadAnswers),
        A::ReviewAnswers => ([No, All, No, No, No], A::ReadAnswers),
        A::ReadQuotes => ([No, All, All, No, All], A::ReadConsortium),
        A::ManageQuotes => ([No, All, No, No, No], A::ReadConsortium),
        A::ReadScenarios => ([No, All, No, No, All], A::ReadConsortium),
        A::ManageScenarios => ([No, All, No, No, No], A::ReadConsortium),
        A::ReadContracts => ([No, All, All, No, All], A::ReadConsortium),
        A::ManageContracts => ([No, All, No, No, No], A::ReadConsortium),
        A::ReadShares => ([No, All, Town, No, All], A::ReadShares),
        A::ReadSeats => ([No, All, Town, No, All], A::ReadSeats),
        A::ManageSeats => ([No, All, No, No, No], A::ReadSeats),
        A::ReturnSeats => ([No, All, Town, No, No], A::ReadSeats),
        A::ReadAssignments => ([No, Town, Town, No, All], A::ReadAssignments),
        A::AssignSeats => ([No, Town, Town, No, No], A::ReadAssignments),
        A::ClaimSeat => ([No, Town, Town, Town, No], A::ReadSeats),
        A::ReadEntryCalls => ([No, All, Town, Town, All], A::ReadEntryCalls),
        A::ManageEntryCalls => ([No, Town, Town, No, No], A::ReadEntryCalls),
        A::Apply => ([No, Town, Town, Town, No], A::ReadEntryCalls),
        A::ReadApplications => ([No, Town, Town, No, All], A::ReadApplications),
        A::SelectApplicants => ([No, Town, Town, No, No], A::ReadApplications),
        A::ReadRequests => ([No, All, Town, No, All], A::ReadRequests),
        A::RequestSeats => ([No, No, Town, No, No], A::ReadRequests),
        A::DecideRequests => ([No, All, No, No, No], A::ReadRequests),
        A::ReadBoard => ([No, All, All, All, All], A::ReadConsortium),
        A::WriteBoard => ([No, Town, Town, Town, No], A::ReadConsortium),
        A::ReviewPosts => ([No, All, Town, No, No], A::ReadConsortium),
        A::ReadAudit => ([No, All, No, No, All], A::ReadConsortium),
        A::ReadMailLog => ([No, All, No, No, All], A::ReadConsortium),
        A::RetryMails => ([All, All, No, No, No], A::ReadConsortium),
        A::RunService => ([All, No, No, No, No], A::RunService),
    }
}

impl Actor {
    /// Whether the action is allowed on a subject of this consortium and town.
    ///
    /// `member_id` is the town that owns the subject; none when the consortium as a whole does,
    /// and then a reach of `Town` is enough (the actor acts for its own town somewhere in it).
    ///
    /// # Errors
    /// [`Denied::Absent`] when the subject is hidden from the actor, else [`Denied::Forbidden`].
    pub fn permit(&self, action: Action, consortium_id: &str, member_id: Option<&str>) -> Result<(), Denied> {
        if self.reaches(action, consortium_id, member_id) {
            return Ok(());
        }
        let (_, visible_by) = rule(action);
        if self.reaches(visible_by, consortium_id, member_id) { Err(Denied::Forbidden) } else { Err(Denied::Absent) }
    }

    /// Whether the action is allowed on the service itself (no consortium).
    ///
    /// # Errors
    /// [`Denied::Forbidden`] unless the actor is a service administrator.
    pub fn permit_service(&self, action: Action) -> Result<(), Denied> {
        let ([admin, ..], _) = rule(action);
        if admin == All && self.is_admin() { Ok(()) } else { Err(Denied::Forbidden) }
    }

    /// The towns of a consortium in which the action is allowed: `None` means all of them.
    ///
    /// # Errors
    /// As [`Actor::permit`].
    pub fn towns(&self, action: Action, consortium_id: &str) -> Result<Option<Vec<String>>, Denied> {
        self.permit(action, consortium_id, None)?;
        let mut towns = Vec::new();
        for (grant, reach) in self.held(action, consortium_id) {
            match reach {
                All => return Ok(None),
                Town => towns.extend(grant.member_id.clone()),
                No => {}
            }
        }
        Ok(Some(towns))
    }

    /// The member for which the actor acts in a consortium when it does this (its own town).
    #[must_use]
    pub fn own_town(&self, action: Action, consortium_id: &str) -> Option<&str> {
        self.held(action, consortium_id)
            .filter(|(_, reach)| *reach != No)
            .find_map(|(grant, _)| grant.member_id.as_deref())
    }

    /// The strongest role held in a consortium, for the audit trail.
    #[must_use]
    pub fn role_in(&self, consortium_id: Option<&str>) -> Option<Role> {
        self.grants
            .iter()
            .filter(|grant| grant.role == Role::Admin || grant.consortium_id.as_deref() == consortium_id)
            .map(|grant| grant.role)
            .min()
    }

    /// The consortia in which the actor holds a role.
    #[must_use]
    pub fn consortia(&self) -> Vec<String> {
        let mut ids: Vec<String> = self.grants.iter().filter_map(|grant| grant.consortium_id.clone()).collect();
        ids.sort();
        ids.dedup();
        ids
    }

    /// Whether the actor administers the service.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.grants.iter().any(|grant| grant.role == Role::Admin)
    }

    fn reaches(&self, action: Action, consortium_id: &str, member_id: Option<&str>) -> bool {
        self.held(action, consortium_id).any(|(grant, reach)| match reach {
            No => false,
            Town => member_id.is_none() || grant.member_id.as_deref() == member_id,
            All => true,
        })
    }

    fn held(&self, action: Action, consortium_id: &str) -> impl Iterator<Item = (&Grant, Reach)> {
        let ([admin, lead, contact, learner, auditor], _) = rule(action);
        self.grants
            .iter()
            .filter(move |grant| grant.role == Role::Admin || grant.consortium_id.as_deref() == Some(consortium_id))
            .map(move |grant| {
                let reach = match grant.role {
                    Role::Admin => admin,
                    Role::Lead => lead,
                    Role::Contact => contact,
                    Role::Learner => learner,
                    Role::Auditor => auditor,
                };
                (grant, reach)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(role: Role, consortium: Option<&str>, member: Option<&str>) -> Actor {
        Actor {
            user_id: "u".into(),
            display_name: "架空の職員".into(),
            credential_id: "s".into(),
            scopes: None,
            grants: vec![Grant { role, consortium_id: consortium.map(Into::into), member_id: member.map(Into::into) }],
            past: Vec::new(),
        }
    }

    #[test]
    fn another_consortium_does_not_exist() {
        for role in [Role::Lead, Role::Contact, Role::Learner, Role::Auditor] {
            let stranger = actor(role, Some("c2"), Some("m2"));
            assert_eq!(stranger.permit(Action::ReadConsortium, "c1", None), Err(Denied::Absent));
            assert_eq!(stranger.permit(Action::ManageRounds, "c1", None), Err(Denied::Absent));
        }
    }

    #[test]
    fn a_contact_answers_for_its_own_town_only() {
        let contact = actor(Role::Contact, Some("c1"), Some("m1"));
        assert_eq!(contact.permit(Action::AnswerSurvey, "c1", Some("m1")), Ok(()));
        assert_eq!(contact.permit(Action::AnswerSurvey, "c1", Some("m2")), Err(Denied::Absent));
        assert_eq!(contact.permit(Action::ReviewAnswers, "c1", Some("m1")), Err(Denied::Forbidden));
        assert_eq!(contact.towns(Action::ReadAnswers, "c1"), Ok(Some(vec!["m1".to_owned()])));
    }

    #[test]
    fn an_auditor_changes_nothing() {
        let auditor = actor(Role::Auditor, Some("c1"), None);
        for action in [Action::ManageRounds, Action::ManageSeats, Action::WriteBoard, Action::DecideRequests] {
            assert_eq!(auditor.permit(action, "c1", None), Err(Denied::Forbidden));
        }
        assert_eq!(auditor.towns(Action::ReadAssignments, "c1"), Ok(None));
    }

    #[test]
    fn who_sees_the_seats_of_a_town_hears_that_claiming_is_not_theirs() {
        for (role, member, refusal) in [
            (Role::Lead, Some("m0"), Denied::Forbidden),
            (Role::Auditor, None, Denied::Forbidden),
            (Role::Contact, Some("m2"), Denied::Absent),
            (Role::Learner, Some("m2"), Denied::Absent),
        ] {
            assert_eq!(actor(role, Some("c1"), member).permit(Action::ClaimSeat, "c1", Some("m1")), Err(refusal));
        }
    }

    #[test]
    fn the_mail_log_and_its_retry_refuse_alike_inside_a_consortium() {
        for role in [Role::Contact, Role::Learner] {
            for action in [Action::ReadMailLog, Action::RetryMails] {
                assert_eq!(actor(role, Some("c1"), Some("m1")).permit(action, "c1", None), Err(Denied::Forbidden));
            }
        }
    }

    #[test]
    fn the_administrator_sees_no_staff_of_towns() {
        let admin = actor(Role::Admin, None, None);
        assert_eq!(admin.permit(Action::ReadConsortium, "c1", None), Ok(()));
        assert_eq!(admin.permit(Action::ReadStaff, "c1", Some("m1")), Err(Denied::Absent));
        assert_eq!(admin.permit_service(Action::RunService), Ok(()));
    }
}

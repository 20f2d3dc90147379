//! Accounts: who signs in, with which rights, and what each process remembers about it.
//!
//! [`authenticate`] turns a credential into an [`Actor`] with the rights held *now*: what the database said
//! is remembered for at most one second, and forgotten at once where this process changed it (S14).
//! Passwords are hashed on a small pool, never inside a database job (S03).

mod bootstrap;
mod checked;
mod desk;
mod email_change;
mod hashing;
mod invitations;
mod keys;
mod links;
mod places;
mod program;
mod proof;
mod removal;
mod second_factor;
mod secret;
mod sessions;
mod signin;
mod standing;
mod throttle;
mod tokens;
mod users;

pub use bootstrap::{Bootstrap, NewUser, add_user, bootstrap, bootstrap_token, create_user};
pub use desk::{AccountDetail, AccountQuery, AccountView, get_account, list_accounts};
pub use email_change::{ChangeEmail, ConfirmEmail, confirm_email_change, request_email_change};
pub(crate) use invitations::Invitee;
pub use invitations::{InvitationView, InviteAdmin, InviteUser, invite_admin, invite_user};
pub use keys::{
    JwkView, JwksView, SigningKeyView, jwks, list_signing_keys, prepare, revoke_signing_key, rotate_signing_key,
};
pub use links::{
    AcceptInvitation, AcceptedView, ConfirmPasswordReset, RequestPasswordReset, accept_invitation,
    confirm_password_reset, forget_expired, request_password_reset,
};
pub use places::{PlaceView, choose_place};
pub use program::program_name;
pub use proof::{Proof, require_step_up, require_step_up_for_seats, step_up, step_up_browser};
pub use removal::{disable_account, disable_user, enable_account, is_last_lead, may_disable_user, revoke_grant};
pub use second_factor::{
    ConfirmSecondFactor, EnrolmentView, RecoveryCodesView, SecondFactorView, begin_second_factor,
    confirm_second_factor, disable_second_factor, get_second_factor, pending_second_factor, remove_second_factor,
    renew_recovery_codes, reset_second_factor,
};
pub use secret::Secret;
pub use sessions::{
    ChangePassword, SessionView, change_password, list_sessions, revoke_all_sessions, revoke_session,
    revoke_user_sessions, sign_out,
};
pub use signin::{
    BrowserSession, Entered, FinishSignIn, RefreshSession, SignIn, SignedIn, finish_sign_in, finish_sign_in_browser,
    refresh_session, sign_in, sign_in_browser,
};
pub use standing::{Bearer, Visit, authenticate, authenticate_bearer, authenticate_browser};
pub use tokens::{
    CreatePersonalToken, NewPersonalTokenView, PersonalTokenView, TokenScope, create_personal_token,
    list_personal_tokens, revoke_personal_token,
};
pub use users::{
    ChangeMe, GrantView, MeView, StaffGrantView, StaffQuery, StaffRole, UserView, change_me, get_me, get_user,
    list_admins, list_users, names_of,
};

pub(crate) use links::SERVICE_NAME;

use crate::{Code, Ctx, Error};
use domain::access::Actor;

/// What one process remembers about accounts.
#[derive(Default)]
pub(crate) struct State {
    seen: standing::Seen,
    checked: checked::Checked,
    keys: keys::Keys,
    hashing: hashing::Pool,
}

impl State {
    /// Password hashes computed since the start.
    pub(crate) fn hashes(&self) -> u64 {
        self.hashing.begun()
    }

    /// Forgets what a transaction changed.
    pub(crate) fn forget(&self, changed: &Changed) {
        if changed.keys {
            self.keys.forget();
        }
        self.seen.forget(changed);
    }
}

/// What a transaction changed about rights.
#[derive(Debug, Default)]
pub(crate) struct Changed {
    users: Vec<String>,
    everybody: bool,
    keys: bool,
}

impl Ctx<'_> {
    /// The rights, the sessions or the tokens of somebody change with this transaction.
    pub(crate) fn rights_changed(&mut self, user_id: &str) {
        self.changed.users.push(user_id.to_owned());
    }

    /// The rights of people unknown change with this transaction (a member leaves).
    pub(crate) fn all_rights_changed(&mut self) {
        self.changed.everybody = true;
    }

    fn keys_changed(&mut self) {
        self.changed.keys = true;
    }
}

/// Refuses a personal access token: it may not make tokens, end sessions or change the account.
fn session_only(actor: &Actor) -> Result<(), Error> {
    if actor.scopes.is_none() { Ok(()) } else { Err(Error::rule(Code::SessionRequired)) }
}

//! Every refusal that a caller can meet, by name. The words are stable: programs depend on them.
//! What each means to people (status, title, what to do next) stands in `http-kit/src/catalog.rs`,
//! which does not compile while a code has no row there.

/// Declares the codes with their stable words.
macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident = $word:literal,)*) => {
        /// A stable error code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[doc = $doc])* $name,)* }

        impl Code {
            /// Every code, in the order of the declaration.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The word that stands in the problem object.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }
    };
}

codes! {
    // the request itself
    /// The body is not JSON.
    MalformedJson = "malformed_json",
    /// A path, query or header could not be read.
    MalformedRequest = "malformed_request",
    /// One or more fields were refused; `errors` names them.
    InvalidFields = "invalid_fields",
    /// The body is larger than allowed.
    BodyTooLarge = "body_too_large",
    /// The body is not `application/json`.
    UnsupportedMediaType = "unsupported_media_type",
    /// No such path.
    NoSuchRoute = "no_such_route",
    /// The path does not take this method.
    MethodNotAllowed = "method_not_allowed",
    /// An idempotency key came back with another request.
    IdempotencyKeyReused = "idempotency_key_reused",
    /// Two requests with one key met; the service repeats, callers never see it.
    IdempotencyRace = "idempotency_race",
    /// A cursor was not made by this service for this list.
    InvalidCursor = "invalid_cursor",
    /// The list has no such sort key.
    UnknownSort = "unknown_sort",
    // who asks
    /// No or no valid credentials.
    Unauthenticated = "unauthenticated",
    /// Seen, but not allowed.
    Forbidden = "forbidden",
    /// The credential is not meant for this.
    InsufficientScope = "insufficient_scope",
    /// Absent, or hidden from the caller.
    NotFound = "not_found",
    /// Too many requests.
    TooManyRequests = "too_many_requests",
    /// A form that no page of this session sent.
    ForeignForm = "foreign_form",
    // files
    /// The file waits for the virus scanner.
    AttachmentWaiting = "attachment_waiting",
    /// A virus was found in the file; its content is gone.
    AttachmentInfected = "attachment_infected",
    /// The virus scanner does not answer, and the file cannot be taken without it.
    ScannerUnavailable = "scanner_unavailable",
    // editing together
    /// `If-Match` names an older version.
    Stale = "stale",
    /// `If-Match` is required.
    PreconditionRequired = "precondition_required",
    // the service
    /// A queue is full.
    Busy = "busy",
    /// The database cannot write or answer.
    Unavailable = "unavailable",
    /// A fault of the service.
    Internal = "internal",
    // consortium
    /// The municipality is a member already.
    MemberExists = "member_exists",
    /// A consortium has exactly one lead.
    LeadExists = "lead_exists",
    // accounts
    /// No account with this address and password may sign in.
    SignInFailed = "sign_in_failed",
    /// The password was right; the account wants a code too.
    SecondFactorRequired = "second_factor_required",
    /// The code is wrong, too old, or was used.
    SecondFactorFailed = "second_factor_failed",
    /// The time between password and code is over.
    SecondStepExpired = "second_step_expired",
    /// The role asks for a second factor, and the account has none yet.
    SecondFactorEnrolmentRequired = "second_factor_enrolment_required",
    /// The person must prove to be there first.
    StepUpRequired = "step_up_required",
    /// The second factor is not in a state that allows the change.
    SecondFactorState = "second_factor_state",
    /// A personal access token may not do this; a signed-in session may.
    SessionRequired = "session_required",
    /// A one-time link that was used, has ended, or never was.
    LinkUnusable = "link_unusable",
    /// The account's state does not allow the change.
    AccountState = "account_state",
    /// A consortium keeps at least one lead.
    LastLead = "last_lead",
    /// The service keeps at least one administrator.
    LastAdministrator = "last_administrator",
    /// A person has only so many personal access tokens.
    TooManyPersonalTokens = "too_many_personal_tokens",
    /// The signing key's state does not allow the change.
    SigningKeyState = "signing_key_state",
    // rounds
    /// The stage of the round has no room for this.
    RoundStage = "round_stage_forbids",
    /// The member is invited to the round already.
    RoundMemberInvited = "round_member_invited",
    /// Nobody is invited to the round.
    RoundWithoutMembers = "round_without_members",
    // demand
    /// The state of the survey has no room for this.
    SurveyState = "survey_state_forbids",
    /// The survey does not take answers.
    SurveyNotOpen = "survey_not_open",
    /// The deadline of the survey has passed.
    SurveyDeadlinePassed = "survey_deadline_passed",
    /// The state of the answer has no room for this.
    AnswerState = "answer_state_forbids",
    /// Every town has answered: there is nobody to remind.
    NobodyToRemind = "nobody_to_remind",
    // scenarios
    /// Nobody asks for a seat.
    NoDemand = "no_demand",
    /// Guarantees need more seats than there are.
    GuaranteesExceedSupply = "guarantees_exceed_supply",
    /// A round finalises one scenario, once.
    RoundAlreadyFinalised = "round_already_finalised",
    /// The quote of the scenario is valid no more.
    QuoteExpired = "quote_expired",
    /// A finalised scenario cannot change.
    ScenarioFrozen = "scenario_frozen",
    // contracts
    /// A round has one contract.
    ContractExists = "contract_exists",
    /// The allocation gives more seats than there are.
    AllocationExceedsSeats = "allocation_exceeds_seats",
    // seats
    /// Seats that are in use or offered cannot be taken away.
    SeatsInUse = "seats_in_use",
    // board
    /// The step is not open to a post in this state.
    PostStepNotOpen = "post_step_not_open",
    /// The post is not published.
    PostNotPublished = "post_not_published",
    /// Nobody reviews one's own post.
    OwnPostReview = "own_post_review",
    /// Only worries and consultations are resolved.
    PostNotAQuestion = "post_not_a_question",
    /// The question is closed already.
    PostAlreadyResolved = "post_already_resolved",
    /// The question is open.
    PostNotResolved = "post_not_resolved",
    /// The comment was hidden.
    CommentHidden = "comment_hidden",
    /// The town has reported its try already.
    ReplicationExists = "replication_exists",
    /// A town does not replicate its own post.
    OwnTownReplication = "own_town_replication",
    /// Nobody marks the own post as helpful.
    OwnPostHelpful = "own_post_helpful",
    // notify
    /// Only a parked mail is sent again.
    MailNotParked = "mail_not_parked",
    /// The text of a mail with a one-time link is erased when it is given up.
    MailErased = "mail_erased",
    /// The person holds a seat of this contract already.
    AlreadySeated = "already_seated",
    /// No seat is free.
    SeatsSoldOut = "seats_sold_out",
    /// Seats are free, and others wait for them.
    OthersWaitBefore = "others_wait_before",
    /// A seat is held for the person already; the offer waits for an answer.
    SeatOffered = "seat_offered",
    /// The contract has ended; its seats do not move any more.
    ContractClosed = "contract_closed",
    /// The seat was returned already.
    AssignmentReleased = "assignment_released",
    /// The offer's time has passed.
    OfferExpired = "offer_expired",
    /// The offer was accepted or declined already.
    OfferAnswered = "offer_answered",
    /// The place on the waiting list was given up or served already.
    NotWaiting = "not_waiting",
    /// A correction names a transfer that cannot be taken back so far.
    TransferNotCorrectable = "transfer_not_correctable",
    /// The reserve has fewer seats than are to be moved.
    ReserveTooSmall = "reserve_too_small",
    // requests
    /// The request does not take this step where it stands.
    RequestState = "request_state",
    // entries
    /// The entry call does not take this step where it stands.
    EntryCallState = "entry_call_state",
    /// The last day to apply has passed.
    EntryCallDeadlinePassed = "entry_call_deadline_passed",
    /// The call has more places than the town has seats.
    CapacityExceedsBalance = "capacity_exceeds_balance",
    /// The person has applied to this call already.
    AlreadyApplied = "already_applied",
    /// The application does not take this step where it stands.
    ApplicationState = "application_state",
    /// The supervisor has acknowledged the application already.
    AlreadyAcknowledged = "already_acknowledged",
    /// The one-time link was used, or replaced by a newer one.
    AcknowledgementLinkUsed = "acknowledgement_link_used",
    /// The one-time link's time has passed.
    AcknowledgementLinkExpired = "acknowledgement_link_expired",
    /// More people are selected than the call has places.
    SelectionOverCapacity = "selection_over_capacity",
    /// A selection decides everybody at once.
    SelectionIncomplete = "selection_incomplete",
    /// Somebody who has a seat already is selected or put on the waiting list.
    ApplicantSeated = "applicant_seated",
    /// A call by arrival or lottery does not let anybody be overtaken.
    SelectionOutOfOrder = "selection_out_of_order",
    /// The lottery of this call was not drawn yet.
    LotteryNotDrawn = "lottery_not_drawn",
    /// The lottery of this call was drawn; a draw is not repeated.
    LotteryDrawn = "lottery_drawn",
    /// The call is no lottery.
    NotALottery = "not_a_lottery",
    // imports
    /// An uploaded file that was taken over or forgotten, or is not the caller's.
    ImportGone = "import_gone",
    /// What the dry run showed is not what would happen now.
    ImportMoved = "import_moved",
    /// A character that the wanted code page does not have.
    NotInCodePage = "not_in_code_page",
    /// The file has rows that cannot be taken, or none that changes anything.
    ImportRefused = "import_refused",
}

//! The tables as diesel sees them: one shape for SQLite and PostgreSQL.
//! A test compares this file with both databases; the reasons stand in `migrations/`.
#![allow(missing_docs)] // diesel generates items without documentation

diesel::table! {
    /// See `migrations/`.
    users (id) {
        id -> Text,
        email -> Text,
        display_name -> Text,
        kana -> Text,
        password_hash -> Nullable<Text>,
        state -> Text,
        session_version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        version -> BigInt,
        kana_key -> Text,
        name_key -> Text,
    }
}

diesel::table! {
    /// See `migrations/`.
    sessions (id) {
        id -> Text,
        user_id -> Text,
        user_agent -> Text,
        ip -> Text,
        created_at -> Timestamp,
        last_used_at -> Timestamp,
        expires_at -> Timestamp,
        revoked_at -> Nullable<Timestamp>,
        revoke_reason -> Nullable<Text>,
        stepped_up_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// See `migrations/`.
    second_factors (user_id) {
        user_id -> Text,
        sealed_seed -> Text,
        last_step -> BigInt,
        created_at -> Timestamp,
        confirmed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// See `migrations/`.
    recovery_codes (code_hash) {
        code_hash -> Text,
        user_id -> Text,
        created_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// See `migrations/`.
    refresh_tokens (token_hash) {
        token_hash -> Text,
        session_id -> Text,
        issued_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    session_cookies (token_hash) {
        token_hash -> Text,
        session_id -> Text,
        issued_at -> Timestamp,
    }
}

diesel::table! {
    /// See `migrations/`.
    personal_tokens (id) {
        id -> Text,
        user_id -> Text,
        name -> Text,
        prefix -> Text,
        token_hash -> Text,
        scopes -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        last_used_at -> Nullable<Timestamp>,
        revoked_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// See `migrations/`.
    one_time_tokens (token_hash) {
        token_hash -> Text,
        purpose -> Text,
        user_id -> Nullable<Text>,
        subject_id -> Nullable<Text>,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// See `migrations/`.
    sign_in_attempts (id) {
        id -> Text,
        account_key -> Text,
        ip -> Text,
        network -> Text,
        succeeded -> Bool,
        at -> Timestamp,
    }
}

diesel::table! {
    /// See `migrations/`.
    signing_keys (kid) {
        kid -> Text,
        state -> Text,
        created_at -> Timestamp,
        retired_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// See `migrations/`.
    idempotency_records (user_id, key) {
        user_id -> Text,
        key -> Text,
        request_hash -> Text,
        status -> BigInt,
        headers -> Text,
        body -> Text,
        created_at -> Timestamp,
        rights -> Text,
    }
}

diesel::table! {
    /// See `migrations/`.
    consortia (id) {
        id -> Text,
        name -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        version -> BigInt,
    }
}

diesel::table! {
    /// See `migrations/`.
    members (id) {
        id -> Text,
        consortium_id -> Text,
        municipality_code -> Text,
        name -> Text,
        kana -> Text,
        kind -> Text,
        population -> BigInt,
        member_class -> Text,
        is_lead -> Bool,
        joined_on -> Date,
        left_on -> Nullable<Date>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        version -> BigInt,
    }
}

diesel::table! {
    /// See `migrations/`.
    grants (id) {
        id -> Text,
        user_id -> Text,
        role -> Text,
        consortium_id -> Nullable<Text>,
        member_id -> Nullable<Text>,
        granted_by -> Nullable<Text>,
        created_at -> Timestamp,
        revoked_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// See `migrations/`.
    rounds (id) {
        id -> Text,
        consortium_id -> Text,
        title -> Text,
        product -> Text,
        fiscal_year -> BigInt,
        contract_mode -> Text,
        census_year -> BigInt,
        seats_counted_on -> Date,
        stage -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        version -> BigInt,
    }
}

diesel::table! {
    /// See `migrations/`.
    round_members (round_id, member_id) {
        round_id -> Text,
        member_id -> Text,
        consortium_id -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    /// See `migrations/`.
    surveys (id) {
        id -> Text,
        consortium_id -> Text,
        round_id -> Text,
        kind -> Text,
        title -> Text,
        note -> Text,
        deadline_on -> Date,
        state -> Text,
        opened_at -> Nullable<Timestamp>,
        closed_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        version -> BigInt,
    }
}

diesel::table! {
    /// See `migrations/`.
    survey_answers (id) {
        id -> Text,
        consortium_id -> Text,
        survey_id -> Text,
        member_id -> Text,
        state -> Text,
        low_seats -> BigInt,
        base_seats -> BigInt,
        high_seats -> BigInt,
        minimum_seats -> BigInt,
        budget_cap_yen -> Nullable<BigInt>,
        price_points -> Text,
        reason -> Text,
        return_reason -> Nullable<Text>,
        submitted_at -> Nullable<Timestamp>,
        submitted_by -> Nullable<Text>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        version -> BigInt,
    }
}

diesel::table! {
    /// See `migrations/`.
    answer_drafts (survey_id, member_id) {
        survey_id -> Text,
        member_id -> Text,
        consortium_id -> Text,
        typed -> Text,
        saved_by -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        version -> BigInt,
    }
}

diesel::table! {
    /// See `migrations/`.
    survey_reminders (id) {
        id -> Text,
        consortium_id -> Text,
        survey_id -> Text,
        member_id -> Text,
        sent_by -> Text,
        sent_at -> Timestamp,
    }
}

diesel::table! {
    /// See `migrations/`.
    quotes (id) {
        id -> Text,
        consortium_id -> Text,
        round_id -> Text,
        vendor -> Text,
        title -> Text,
        valid_until_on -> Date,
        schedule -> Text,
        tax_rate -> Text,
        tax_included -> Bool,
        note -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        version -> BigInt,
    }
}

diesel::table! {
    /// See `migrations/`.
    scenarios (id) {
        id -> Text,
        consortium_id -> Text,
        round_id -> Text,
        quote_id -> Text,
        name -> Text,
        state -> Text,
        inputs -> Text,
        result -> Text,
        input_hash -> Text,
        result_hash -> Text,
        rule_versions -> Text,
        seats -> BigInt,
        total_yen -> BigInt,
        finalised_at -> Nullable<Timestamp>,
        finalised_by -> Nullable<Text>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        version -> BigInt,
    }
}

diesel::table! {
    /// See `migrations/`.
    contracts (id) {
        id -> Text,
        consortium_id -> Text,
        round_id -> Text,
        scenario_id -> Text,
        number -> Text,
        vendor -> Text,
        starts_on -> Date,
        ends_on -> Date,
        seats -> BigInt,
        ex_tax_yen -> BigInt,
        tax_yen -> BigInt,
        total_yen -> BigInt,
        state -> Text,
        signed_on -> Date,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        version -> BigInt,
    }
}

diesel::table! {
    /// See `migrations/`.
    contract_amendments (id) {
        id -> Text,
        consortium_id -> Text,
        contract_id -> Text,
        seats -> BigInt,
        ex_tax_yen -> BigInt,
        tax_yen -> BigInt,
        reason -> Text,
        effective_on -> Date,
        created_by -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    /// See `migrations/`.
    shares (id) {
        id -> Text,
        consortium_id -> Text,
        contract_id -> Text,
        member_id -> Text,
        seats -> BigInt,
        share_yen -> BigInt,
        remainder_yen -> BigInt,
        stand_alone_yen -> BigInt,
        reason -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    /// See `migrations/`.
    seat_accounts (id) {
        id -> Text,
        consortium_id -> Text,
        contract_id -> Text,
        member_id -> Nullable<Text>,
        kind -> Text,
        balance -> BigInt,
        assigned -> BigInt,
        held -> BigInt,
        next_waiting -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    /// See `migrations/`.
    seat_transfers (id) {
        id -> Text,
        consortium_id -> Text,
        contract_id -> Text,
        from_account_id -> Nullable<Text>,
        to_account_id -> Nullable<Text>,
        seats -> BigInt,
        kind -> Text,
        reason -> Text,
        corrects_id -> Nullable<Text>,
        created_by -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    /// See `migrations/`.
    allocations (id) {
        id -> Text,
        consortium_id -> Text,
        contract_id -> Text,
        state -> Text,
        published_at -> Nullable<Timestamp>,
        published_by -> Nullable<Text>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        version -> BigInt,
    }
}

diesel::table! {
    /// See `migrations/`.
    allocation_lines (id) {
        id -> Text,
        consortium_id -> Text,
        allocation_id -> Text,
        member_id -> Text,
        seats -> BigInt,
        reason -> Text,
        explanation -> Text,
    }
}

diesel::table! {
    /// See `migrations/`.
    assignments (id) {
        id -> Text,
        consortium_id -> Text,
        contract_id -> Text,
        account_id -> Text,
        user_id -> Text,
        application_id -> Nullable<Text>,
        source -> Text,
        assigned_by -> Text,
        assigned_at -> Timestamp,
        released_at -> Nullable<Timestamp>,
        release_reason -> Nullable<Text>,
        released_by -> Nullable<Text>,
        version -> BigInt,
    }
}

diesel::table! {
    /// See `migrations/`.
    waiting_entries (id) {
        id -> Text,
        consortium_id -> Text,
        account_id -> Text,
        user_id -> Text,
        application_id -> Nullable<Text>,
        sequence -> BigInt,
        state -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        version -> BigInt,
    }
}

diesel::table! {
    /// See `migrations/`.
    offers (id) {
        id -> Text,
        consortium_id -> Text,
        account_id -> Text,
        waiting_entry_id -> Text,
        user_id -> Text,
        state -> Text,
        offered_at -> Timestamp,
        expires_at -> Timestamp,
        answered_at -> Nullable<Timestamp>,
        version -> BigInt,
    }
}

diesel::table! {
    /// See `migrations/`.
    entry_calls (id) {
        id -> Text,
        consortium_id -> Text,
        member_id -> Text,
        contract_id -> Text,
        account_id -> Text,
        title -> Text,
        guidance -> Text,
        capacity -> BigInt,
        policy -> Text,
        questions -> Text,
        closes_on -> Date,
        state -> Text,
        lottery_seed -> Nullable<Text>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        version -> BigInt,
    }
}

diesel::table! {
    /// See `migrations/`.
    applications (id) {
        id -> Text,
        consortium_id -> Text,
        member_id -> Text,
        call_id -> Text,
        user_id -> Text,
        want_to_learn -> Text,
        problem_at_work -> Text,
        answers -> Text,
        supervisor_name -> Text,
        supervisor_email -> Text,
        state -> Text,
        acknowledged_at -> Nullable<Timestamp>,
        decision_reason -> Nullable<Text>,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        version -> BigInt,
        objected_at -> Nullable<Timestamp>,
        objection -> Nullable<Text>,
    }
}

diesel::table! {
    /// See `migrations/`.
    seat_requests (id) {
        id -> Text,
        consortium_id -> Text,
        contract_id -> Text,
        member_id -> Text,
        seats -> BigInt,
        reason -> Text,
        price_effect -> Text,
        state -> Text,
        source -> Nullable<Text>,
        granted_seats -> Nullable<BigInt>,
        decision_reason -> Nullable<Text>,
        requested_by -> Text,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        version -> BigInt,
    }
}

diesel::table! {
    /// See `migrations/`.
    posts (id) {
        id -> Text,
        consortium_id -> Text,
        member_id -> Text,
        author_id -> Text,
        kind -> Text,
        visibility -> Text,
        state -> Text,
        title -> Text,
        body -> Text,
        body_html -> Text,
        story -> Nullable<Text>,
        hours_saved -> Nullable<BigInt>,
        yen_saved -> Nullable<BigInt>,
        search_key -> Text,
        resolved_at -> Nullable<Timestamp>,
        resolved_by_comment_id -> Nullable<Text>,
        helpful_count -> BigInt,
        comments_count -> BigInt,
        replications_count -> BigInt,
        reviewed_by -> Nullable<Text>,
        published_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        version -> BigInt,
        excerpt -> Text,
    }
}

diesel::table! {
    /// See `migrations/`.
    attachments (id) {
        id -> Text,
        consortium_id -> Text,
        post_id -> Text,
        uploaded_by -> Text,
        file_name -> Text,
        media_type -> Text,
        bytes -> BigInt,
        sha256 -> Text,
        content -> Binary,
        created_at -> Timestamp,
        scan_state -> Text,
        scanned_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// See `migrations/`.
    post_tags (post_id, tag) {
        consortium_id -> Text,
        post_id -> Text,
        tag -> Text,
    }
}

diesel::table! {
    /// See `migrations/`.
    post_revisions (id) {
        id -> Text,
        consortium_id -> Text,
        post_id -> Text,
        revision -> BigInt,
        title -> Text,
        body -> Text,
        story -> Nullable<Text>,
        edited_by -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    /// See `migrations/`.
    comments (id) {
        id -> Text,
        consortium_id -> Text,
        post_id -> Text,
        member_id -> Text,
        author_id -> Text,
        body -> Text,
        body_html -> Text,
        reply_to_id -> Nullable<Text>,
        hidden_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        version -> BigInt,
    }
}

diesel::table! {
    /// See `migrations/`.
    helpful_marks (post_id, user_id) {
        consortium_id -> Text,
        post_id -> Text,
        user_id -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    /// See `migrations/`.
    replications (id) {
        id -> Text,
        consortium_id -> Text,
        post_id -> Text,
        member_id -> Text,
        user_id -> Text,
        outcome -> Text,
        note -> Text,
        hours_saved -> Nullable<BigInt>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    /// See `migrations/`.
    outbox (id) {
        id -> Text,
        consortium_id -> Nullable<Text>,
        kind -> Text,
        user_id -> Nullable<Text>,
        to_name -> Text,
        to_address -> Text,
        subject -> Text,
        body -> Text,
        state -> Text,
        attempts -> BigInt,
        next_attempt_at -> Timestamp,
        claimed_until -> Nullable<Timestamp>,
        last_error -> Nullable<Text>,
        request_id -> Text,
        created_at -> Timestamp,
        sent_at -> Nullable<Timestamp>,
        read_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// See `migrations/`.
    mail_deliveries (id) {
        id -> Text,
        outbox_id -> Text,
        attempt -> BigInt,
        outcome -> Text,
        detail -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    /// See `migrations/`.
    notification_preferences (user_id, kind) {
        user_id -> Text,
        kind -> Text,
        mail -> Bool,
        updated_at -> Timestamp,
        digest -> Bool,
    }
}

diesel::table! {
    /// See `migrations/`.
    digest_items (outbox_id) {
        outbox_id -> Text,
        digest_id -> Text,
    }
}

diesel::table! {
    /// See `migrations/`.
    session_places (session_id) {
        session_id -> Text,
        consortium_id -> Nullable<Text>,
        member_id -> Nullable<Text>,
        chosen_at -> Timestamp,
    }
}

diesel::table! {
    /// See `migrations/`.
    email_changes (token_hash) {
        token_hash -> Text,
        user_id -> Text,
        email -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// See `migrations/`.
    audit_chains (scope) {
        scope -> Text,
        entries -> BigInt,
        head -> Text,
    }
}

diesel::table! {
    /// See `migrations/`.
    audit_entries (id) {
        id -> Text,
        scope -> Text,
        sequence -> BigInt,
        consortium_id -> Nullable<Text>,
        member_id -> Nullable<Text>,
        actor_id -> Nullable<Text>,
        actor_role -> Text,
        action -> Text,
        subject_kind -> Text,
        subject_id -> Text,
        outcome -> Text,
        details -> Text,
        request_id -> Text,
        ip -> Text,
        at -> Timestamp,
        previous_hash -> Text,
        hash -> Text,
    }
}

diesel::table! {
    /// See `migrations/`.
    import_drafts (id) {
        id -> Text,
        user_id -> Text,
        kind -> Text,
        subject_id -> Text,
        file_name -> Text,
        sha256 -> Text,
        content -> Binary,
        created_at -> Timestamp,
    }
}

diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(second_factors -> users (user_id));
diesel::joinable!(recovery_codes -> users (user_id));
diesel::joinable!(refresh_tokens -> sessions (session_id));
diesel::joinable!(session_cookies -> sessions (session_id));
diesel::joinable!(personal_tokens -> users (user_id));
diesel::joinable!(one_time_tokens -> users (user_id));
diesel::joinable!(idempotency_records -> users (user_id));
diesel::joinable!(members -> consortia (consortium_id));
diesel::joinable!(grants -> consortia (consortium_id));
diesel::joinable!(grants -> members (member_id));
diesel::joinable!(rounds -> consortia (consortium_id));
diesel::joinable!(round_members -> rounds (round_id));
diesel::joinable!(round_members -> members (member_id));
diesel::joinable!(surveys -> rounds (round_id));
diesel::joinable!(survey_answers -> users (submitted_by));
diesel::joinable!(survey_answers -> surveys (survey_id));
diesel::joinable!(survey_answers -> members (member_id));
diesel::joinable!(survey_reminders -> users (sent_by));
diesel::joinable!(survey_reminders -> surveys (survey_id));
diesel::joinable!(survey_reminders -> members (member_id));
diesel::joinable!(quotes -> rounds (round_id));
diesel::joinable!(scenarios -> users (finalised_by));
diesel::joinable!(scenarios -> rounds (round_id));
diesel::joinable!(scenarios -> quotes (quote_id));
diesel::joinable!(contracts -> rounds (round_id));
diesel::joinable!(contracts -> scenarios (scenario_id));
diesel::joinable!(contract_amendments -> users (created_by));
diesel::joinable!(contract_amendments -> contracts (contract_id));
diesel::joinable!(shares -> contracts (contract_id));
diesel::joinable!(shares -> members (member_id));
diesel::joinable!(seat_accounts -> contracts (contract_id));
diesel::joinable!(seat_accounts -> members (member_id));
diesel::joinable!(seat_transfers -> users (created_by));
diesel::joinable!(seat_transfers -> contracts (contract_id));
diesel::joinable!(allocations -> users (published_by));
diesel::joinable!(allocations -> contracts (contract_id));
diesel::joinable!(allocation_lines -> allocations (allocation_id));
diesel::joinable!(allocation_lines -> members (member_id));
diesel::joinable!(waiting_entries -> users (user_id));
diesel::joinable!(waiting_entries -> seat_accounts (account_id));
diesel::joinable!(offers -> users (user_id));
diesel::joinable!(offers -> seat_accounts (account_id));
diesel::joinable!(offers -> waiting_entries (waiting_entry_id));
diesel::joinable!(entry_calls -> members (member_id));
diesel::joinable!(entry_calls -> contracts (contract_id));
diesel::joinable!(entry_calls -> seat_accounts (account_id));
diesel::joinable!(applications -> members (member_id));
diesel::joinable!(applications -> entry_calls (call_id));
diesel::joinable!(seat_requests -> contracts (contract_id));
diesel::joinable!(seat_requests -> members (member_id));
diesel::joinable!(posts -> members (member_id));
diesel::joinable!(attachments -> posts (post_id));
diesel::joinable!(attachments -> users (uploaded_by));
diesel::joinable!(post_tags -> posts (post_id));
diesel::joinable!(post_revisions -> users (edited_by));
diesel::joinable!(post_revisions -> posts (post_id));
diesel::joinable!(comments -> users (author_id));
diesel::joinable!(comments -> posts (post_id));
diesel::joinable!(comments -> members (member_id));
diesel::joinable!(helpful_marks -> users (user_id));
diesel::joinable!(helpful_marks -> posts (post_id));
diesel::joinable!(replications -> users (user_id));
diesel::joinable!(replications -> posts (post_id));
diesel::joinable!(replications -> members (member_id));
diesel::joinable!(outbox -> consortia (consortium_id));
diesel::joinable!(outbox -> users (user_id));
diesel::joinable!(mail_deliveries -> outbox (outbox_id));
diesel::joinable!(notification_preferences -> users (user_id));
diesel::joinable!(session_places -> sessions (session_id));
diesel::joinable!(email_changes -> users (user_id));
diesel::joinable!(import_drafts -> users (user_id));
diesel::joinable!(audit_entries -> audit_chains (scope));
diesel::joinable!(audit_entries -> consortia (consortium_id));

diesel::allow_tables_to_appear_in_same_query!(
    users,
    sessions,
    second_factors,
    recovery_codes,
    refresh_tokens,
    session_cookies,
    personal_tokens,
    one_time_tokens,
    sign_in_attempts,
    signing_keys,
    idempotency_records,
    consortia,
    members,
    grants,
    rounds,
    round_members,
    surveys,
    survey_answers,
    answer_drafts,
    survey_reminders,
    quotes,
    scenarios,
    contracts,
    contract_amendments,
    shares,
    seat_accounts,
    seat_transfers,
    allocations,
    allocation_lines,
    assignments,
    waiting_entries,
    offers,
    entry_calls,
    applications,
    seat_requests,
    posts,
    attachments,
    post_tags,
    post_revisions,
    comments,
    helpful_marks,
    replications,
    outbox,
    mail_deliveries,
    notification_preferences,
    digest_items,
    session_places,
    email_changes,
    import_drafts,
    audit_chains,
    audit_entries,
);

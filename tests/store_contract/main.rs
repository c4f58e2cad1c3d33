//! What every store must do, run on every backend. A new backend implements [`backend::Backend`] and gets one line at
//! the end of this file; what only one database can be asked is in a module of its own (`sqlite`).
//!
//! Contracts see a store as the rest of the program does, through the trait. `tests/tidy.rs` checks that every method
//! of the trait is called here.

#![expect(clippy::unwrap_used, reason = "a test may fail; clippy takes only the functions marked `#[test]` for tests")]

mod accounts;
mod agreement;
mod alerts;
mod audit;
mod backend;
mod batch_keys;
mod catalog;
mod connections;
mod consistency;
mod counting;
mod decided;
mod discrepancies;
mod files;
mod ids;
mod instances;
mod notifications;
mod partitions;
#[path = "../support/postgres.rs"]
mod postgres;
mod queries;
mod rankings;
mod retention;
mod rollbacks;
mod rollout;
mod runbooks;

mod sample;
mod schema;
mod series;
mod sessions;
mod sign_offs;
mod sqlite;
mod turns;

use backend::Backend;

/// Turns the lists of contracts into the macro `on_backend`, which makes a test of each of them.
macro_rules! contracts {
    ($($area:ident { $($contract:ident)+ })+) => {
        macro_rules! on_backend {
            ($backend:ident: $type:ty) => {
                mod $backend {
                    use super::*;

                    $(mod $area {
                        use super::*;

                        $(#[tokio::test]
                        async fn $contract() {
                            crate::$area::$contract(<$type as Backend>::fresh().await).await;
                        })+
                    })+
                }
            };
        }
    };
}

contracts! {
    accounts {
        users_come_by_login_as_they_were_created
        a_login_that_is_taken_changes_nothing
        a_user_is_changed_on_the_version_that_was_seen
        the_last_enabled_admin_stays_one
        a_setup_link_makes_one_admin_while_it_lasts
        of_two_who_use_a_setup_link_at_once_one_wins
        a_token_is_found_by_its_digest_with_its_owner_as_they_are_now
        a_token_keeps_when_it_was_used_and_when_it_was_revoked_first
        the_name_of_a_token_is_free_again_when_it_is_revoked
        a_closed_store_tells_nobody_who_asks
    }
    sessions {
        a_session_is_of_a_user_and_keeps_when_it_was_used
        a_session_ends_alone
        another_password_or_a_disabled_account_ends_all_sessions_of_a_user
        sessions_that_are_over_make_room
        attempts_are_counted_for_the_account_and_for_the_address
        attempts_that_succeed_or_are_long_ago_are_forgotten
        of_many_attempts_at_once_no_more_are_let_through
    }
    catalog {
        a_fresh_store_has_the_current_schema_and_nothing_in_it
        a_missing_a_foreign_and_a_changed_migration_are_told_as_schema_errors
        a_new_migration_starts_with_its_switches_on
        migrations_and_features_come_in_the_order_of_their_creation
        what_is_not_there_is_none_and_not_an_error
        a_new_feature_starts_at_0_per_cent_with_its_first_rollout_change
        a_slug_that_is_taken_changes_nothing
        a_key_that_is_taken_changes_nothing_in_whatever_migration
        a_feature_of_an_unknown_migration_is_not_created
        rollout_history_is_limited_and_of_one_feature
        moments_are_kept_to_the_millisecond
        what_was_committed_is_there_after_a_restart
    }
    counting {
        nothing_in_gives_nothing_back
        folded_and_identified_items_count_exactly_over_batches_and_restarts
        each_batch_of_a_group_has_its_own_receipt_in_order
        rejections_are_answered_and_not_counted
        a_group_with_an_unknown_feature_counts_nothing_at_all
        a_failed_group_leaves_no_ids_and_no_batch_keys_behind
        a_batch_larger_than_a_statement_is_taken_in_whole
    }
    ids {
        the_same_id_counts_once_in_a_batch_a_group_and_over_restarts
        the_first_of_two_items_with_one_id_is_the_one_that_counts
        the_same_id_of_another_feature_or_kind_is_another_item
        ids_that_start_alike_are_apart
        a_batch_counts_what_is_new_among_duplicates
    }
    batch_keys {
        a_repeated_batch_gets_the_first_answer_and_counts_once
        a_repetition_within_a_group_counts_once
        a_key_with_another_body_counts_nothing
        a_key_with_another_body_leaves_no_ids_behind
        keys_are_apart_from_each_other
        a_key_is_remembered_for_24_hours_and_no_longer
        a_forgotten_key_may_come_with_another_body
        an_empty_batch_with_a_key_is_remembered
    }
    agreement {
        minutes_hours_and_a_direct_fold_of_everything_agree
        last_seen_is_the_newest_whatever_came_last
        few_units_are_counted_exactly_and_many_nearly_over_merges
    }
    queries {
        a_span_of_minutes_is_closed_at_its_start_and_open_at_its_end
        a_span_of_hours_is_closed_at_its_start_and_open_at_its_end
        hours_are_kept_at_their_first_minute
        questions_are_answered_of_one_feature_and_of_one_operation
        distinct_units_are_of_whole_hours_and_of_every_operation
        times_before_1970_have_their_minute_and_hour
    }
    rankings {
        discrepancies_come_most_frequent_first_and_limited
        error_kinds_come_most_frequent_first_and_limited
        what_was_not_of_callers_is_summed_by_feature_over_minutes
        rankings_are_of_whole_hours_of_one_feature_and_of_one_operation
        only_failures_have_an_error_kind
        operations_are_sorted_and_distinct_with_those_of_comparisons_only
        last_seen_tells_each_source_of_each_feature_apart
    }
    series {
        of_cumulative_counts_only_what_came_since_counts
        what_was_counted_before_it_was_first_sent_is_of_no_minute
        a_beginning_that_is_not_told_is_the_first_point
        counts_are_as_of_one_transaction
    }
    retention {
        minutes_go_and_hours_stay_and_their_sums_agree
        what_a_gate_still_asks_for_stays
        each_kind_goes_by_its_own_age
        an_id_is_known_as_long_as_its_minute
        a_step_removes_no_more_than_it_may
        what_there_is_is_measured
    }
    discrepancies {
        comparison_rules_begin_with_none_and_follow_each_other
        fields_are_counted_by_hour_and_kind_and_limited_by_how_often_they_differ
        second_runs_are_added_up_by_field
        the_newest_examples_of_a_field_are_kept_as_they_are
        the_examples_of_a_feature_are_bounded
        examples_are_of_the_rules_in_force_and_forgotten_with_them
    }
    rollout {
        a_snapshot_is_a_feature_with_its_migration_and_the_policy_in_force
        a_feature_is_kept_with_all_that_it_has
        a_migration_is_kept_with_all_its_switches
        policies_come_newest_first_and_follow_each_other
        gates_are_frozen_with_their_change_and_come_newest_first
        history_is_paged_without_gaps_or_repetitions
        a_stale_change_changes_nothing_at_all
        a_feature_that_is_not_there_is_not_unchanged
        of_two_changes_of_one_version_one_is_stale
        a_secret_is_the_first_that_was_kept
    }
    sign_offs {
        a_sign_off_is_kept_with_all_that_the_reviewer_saw
        sign_offs_are_of_one_feature_and_of_one_entry
        a_review_given_meanwhile_makes_a_change_stale
    }
    rollbacks {
        every_rollback_is_kept_with_how_far_it_has_come
        a_feature_has_the_gradual_rollback_that_is_stepping
        progress_goes_on_from_what_was_expected
    }
    alerts {
        an_alert_is_kept_with_all_that_it_has_from_its_beginning_to_its_end
        a_rule_has_one_alert_at_a_time_about_the_same
        an_alert_is_written_by_whoever_read_it_last
        traffic_is_taken_back_once_for_an_alert
        alerts_are_found_by_each_part_of_the_question
        a_silence_is_kept_until_it_is_over_or_ended
    }
    consistency {
        one_check_is_open_at_a_time_and_ends_as_it_did
        a_check_that_nobody_runs_any_more_is_interrupted
        a_finding_stays_the_same_until_it_is_gone
        what_is_mended_goes_and_what_a_gate_asks_for_stays
        findings_are_found_by_each_part_of_the_question
        mending_writes_the_record_and_closes_the_finding_or_does_nothing
        mending_adopts_deletes_and_queues
        an_object_is_known_of_deleted_or_nobodys
        files_are_summed_and_listed_newest_first
    }
    notifications {
        a_target_is_kept_with_what_it_is_shown_and_changed_on_the_version_that_was_seen
        a_name_is_free_again_when_its_target_is_removed
        a_notice_is_queued_for_every_target_that_is_told_of_such
        what_a_change_that_fails_would_tell_is_not_queued
        each_target_has_what_is_first_for_it
        an_attempt_counts_while_it_waits_and_no_longer
        what_is_dead_is_sent_again_or_dropped
        a_target_that_is_removed_is_told_nothing_more
        what_was_told_goes_but_what_still_fires
        what_fires_is_the_last_that_a_target_was_told_of_an_alert
    }
    schema {
        an_audit_finds_what_no_migration_makes
    }
    runbooks {
        a_checklist_is_kept_and_follows_the_one_that_was_seen
        of_two_who_tick_an_item_one_is_told
        ticks_stay_whatever_the_checklist_becomes
    }
    instances {
        a_lease_is_written_by_whoever_read_it_last
        of_two_who_claim_a_lease_at_once_one_has_it
        instances_are_kept_as_they_told_last_and_forgotten
        whoever_listens_is_told_of_changes_if_anyone_is
    }
    turns {
        a_turn_is_one_programs_at_a_time_where_there_are_several
        what_was_written_in_a_turn_is_recorded_only_while_that_lasts
    }
    audit {
        a_chain_begins_with_nothing
        events_are_kept_as_they_were_told
        a_change_that_fails_tells_of_nothing
        events_are_found_by_each_part_of_the_question
        the_chain_is_paged_from_either_end
        stores_that_write_at_once_keep_one_chain
    }
    files {
        a_file_is_kept_with_all_that_is_known_of_it
        files_are_paged_by_id_and_by_what_a_side_lacks
        a_deleted_file_stays_deleted_whatever_is_written_after_it
        an_object_is_held_by_all_files_that_were_not_deleted
        a_file_that_lies_there_is_adopted_once
        tasks_come_when_they_are_due_and_of_candidates_that_do_not_wait
        a_backfill_is_kept_as_far_as_it_has_come
    }
    connections {
        two_stores_on_the_same_data_add_up_exactly
        an_id_that_two_stores_take_in_at_once_counts_once
        two_stores_create_a_migration_once
        an_ingest_that_is_given_up_counts_all_or_nothing
        readers_see_all_of_a_group_or_nothing
        pool_status_is_within_its_size
        a_store_that_is_away_is_asked_by_nobody_but_who_looks
        a_closed_store_is_unavailable_and_its_data_stays
    }
}

on_backend!(on_sqlite: backend::Sqlite);
on_backend!(on_postgres: backend::Postgres);

-- Grain: one row per assignment number and period of days in which its values stayed the same: [valid_from, valid_to).
--   While the assignment goes on, valid_to is in the far future.
-- Rule: these rows are the only source of who is in post, who started, left or moved, and which assignment a month's
--   payroll and absence belong to.
-- Rule: an assignment that is entered twice counts once. assignment_spans explains this, and how extracts become spans.
{{ config(materialized='view') }}
select
    organisation_id,
    assignment_key,
    spell_no,
    person_key,
    swe_key,
    delivery_id,
    post_id,
    team_id,
    current_team_id,
    job_role,
    registered_social_worker,
    contract_type,
    fte,
    cost_share_percent,
    start_date,
    end_date,
    end_is_inferred,
    leaving_reason,
    leaver_destination,
    start_origin,
    team_start_date,
    long_absence,
    valid_from,
    valid_to,
    in_post_to
from {{ ref('assignment_spans') }}
where not is_written_twice

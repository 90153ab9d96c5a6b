-- Grain: one row per assignment number and span of days over which its values held: [valid_from, valid_to), valid_to
--   far off while open.
-- Rule: what is in post, who started, left or moved, and what a month's payroll and absence belong to are worked out
--   from these rows alone.
-- Rule: an assignment that is written twice counts once, see assignment_spans, which says how extracts become spans.
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

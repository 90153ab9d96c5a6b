-- Grain: one row an assignment and span of days over which its values held: [valid_from, valid_to), valid_to empty while open.
-- Rule: a snapshot's values hold from the first day of its month (from the start date for the first one) to the next snapshot that has the assignment.
-- Rule: start date, end date and reason are the latest known: later knowledge wins.
-- Rule: an assignment missing from a later snapshot without an end date ended in the month from which it is missing (end_is_inferred).
with
assignments as (select * from {{ ref('stg_hr__assignments') }}),

teams as (select * from {{ ref('stg_config__current_teams') }}),

snapshot_months as (
    select distinct organisation_id, period_month_no -- a snapshot has many rows
    from assignments
    where delivers = 'snapshot'
),

snapshot_order as (
    select
        organisation_id,
        period_month_no,
        lead(period_month_no) over (partition by organisation_id order by period_month_no) as next_snapshot_month_no
    from snapshot_months
),

snapshot_rows as (
    select
        assignments.*,
        snapshot_order.next_snapshot_month_no,
        row_number() over assignment as version_no,
        lead(assignments.period_month_no) over assignment as next_version_month_no
    from assignments
    inner join snapshot_order
        on assignments.organisation_id = snapshot_order.organisation_id
        and assignments.period_month_no = snapshot_order.period_month_no
    where assignments.delivers = 'snapshot'
    window assignment as (
        partition by assignments.organisation_id, assignments.assignment_key order by assignments.period_month_no
    )
),

snapshot_versions as (
    select
        *,
        case when version_no = 1 then least(start_date, {{ month_start('period_month_no') }})
            else {{ month_start('period_month_no') }}
        end as valid_from,
        {{ month_start('next_version_month_no') }} as valid_to,
        case
            when next_version_month_no is null and end_date is null and next_snapshot_month_no is not null
                then {{ month_end('next_snapshot_month_no') }}
        end as inferred_end_date
    from snapshot_rows
),

history_versions as (
    select
        *,
        coalesce(effective_from, start_date) as valid_from,
        {{ add_days('effective_to', 1) }} as valid_to,
        cast(null as date) as inferred_end_date
    from assignments
    where delivers = 'history'
),

versions as (
    {% for versions in ['snapshot_versions', 'history_versions'] %}
    select
        organisation_id, assignment_key, person_key, delivery_id, period_month_no, post_id, team_id, job_role,
        registered_social_worker, contract_type, fte, start_date, end_date, leaving_reason, start_origin,
        team_start_date, long_absence, valid_from, valid_to, inferred_end_date
    from {{ versions }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

known as (
    select
        *,
        last_value(start_date) over whole as known_start_date,
        last_value(end_date) over whole as stated_end_date,
        last_value(leaving_reason) over whole as known_leaving_reason,
        last_value(inferred_end_date) over whole as known_inferred_end_date,
        first_value(start_origin) over whole as known_start_origin
    from versions
    window whole as (
        partition by organisation_id, assignment_key order by valid_from
        rows between unbounded preceding and unbounded following
    )
)

select
    known.organisation_id,
    known.assignment_key,
    known.person_key,
    known.delivery_id,
    known.post_id,
    known.team_id,
    coalesce(teams.current_team_id, known.team_id) as current_team_id,
    known.job_role,
    known.registered_social_worker,
    known.contract_type,
    known.fte,
    known.known_start_date as start_date,
    coalesce(known.stated_end_date, known.known_inferred_end_date) as end_date,
    known.stated_end_date is null and known.known_inferred_end_date is not null as end_is_inferred,
    known.known_leaving_reason as leaving_reason,
    known.known_start_origin as start_origin,
    known.team_start_date,
    known.long_absence,
    greatest(known.valid_from, known.known_start_date) as valid_from,
    -- Half-open: the day after the last day. Values stop with the assignment.
    least(
        coalesce(known.valid_to, cast('9999-12-31' as date)),
        coalesce({{ add_days('coalesce(known.stated_end_date, known.known_inferred_end_date)', 1) }}, cast('9999-12-31' as date))
    ) as valid_to
from known
left join teams
    on known.organisation_id = teams.organisation_id
    and known.team_id = teams.team_id
where
    -- Spans that a later correction emptied.
    greatest(known.valid_from, known.known_start_date) < least(
        coalesce(known.valid_to, cast('9999-12-31' as date)),
        coalesce({{ add_days('coalesce(known.stated_end_date, known.known_inferred_end_date)', 1) }}, cast('9999-12-31' as date))
    )

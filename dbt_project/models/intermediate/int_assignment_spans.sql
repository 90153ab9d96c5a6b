-- Grain: one row an assignment and span of days over which its values held: [valid_from, valid_to), valid_to empty while open.
-- Rule: a snapshot's values hold from the first day of its month (from the start date for the first one) to the next snapshot that has the assignment.
-- Rule: start date, end date and reason are the latest known: later knowledge wins.
-- Rule: where extracts tell from which day an FTE held (fte_from), it holds from that day on, also in months told of before: a change that is entered
--   late restates them. A day that lies after the extract's month is not taken.
-- Rule: an assignment that comes in the snapshot from which another of the same person is missing, and began before, is the same one under a new number,
--   as when two HR systems become one: it takes over where the other stops, and neither ends nor begins.
-- Rule: of two assignments of one person to one post, with more than full time between them, the shorter is the same one written twice
--   and is left out; of equally long ones the main one stays.
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

gone as (
    select distinct -- somebody can be missing from two posts at once
        organisation_id, person_key, next_snapshot_month_no as month_no
    from snapshot_rows
    where next_version_month_no is null and end_date is null and next_snapshot_month_no is not null
),

come as (
    select distinct -- somebody can come with two numbers at once
        organisation_id, person_key, period_month_no as month_no
    from snapshot_rows
    where version_no = 1 and start_date < {{ month_start('period_month_no') }}
),

renumbered as (
    select gone.organisation_id, gone.person_key, gone.month_no
    from gone
    inner join come using (organisation_id, person_key, month_no)
),

-- Ended before, and told once more under the new number.
ended as (
    select distinct -- two posts can begin and end on the same days
        organisation_id, person_key, next_snapshot_month_no as month_no, start_date, end_date
    from snapshot_rows
    where next_version_month_no is null and end_date is not null and next_snapshot_month_no is not null
),

snapshot_versions as (
    select
        snapshot_rows.*,
        case
            when snapshot_rows.version_no = 1 and takes_over.month_no is null and ended.month_no is null
                then least(snapshot_rows.start_date, {{ month_start('snapshot_rows.period_month_no') }})
            else {{ month_start('snapshot_rows.period_month_no') }}
        end as valid_from,
        case
            when stops.month_no is not null and snapshot_rows.next_version_month_no is null and snapshot_rows.end_date is null
                then {{ month_start('snapshot_rows.next_snapshot_month_no') }}
            else {{ month_start('snapshot_rows.next_version_month_no') }}
        end as valid_to,
        case
            when
                snapshot_rows.next_version_month_no is null
                and snapshot_rows.end_date is null
                and stops.month_no is null
                and snapshot_rows.next_snapshot_month_no is not null
                then {{ month_end('snapshot_rows.next_snapshot_month_no') }}
        end as inferred_end_date
    from snapshot_rows
    left join renumbered as takes_over
        on snapshot_rows.organisation_id = takes_over.organisation_id
        and snapshot_rows.person_key = takes_over.person_key
        and snapshot_rows.period_month_no = takes_over.month_no
    left join ended
        on snapshot_rows.organisation_id = ended.organisation_id
        and snapshot_rows.person_key = ended.person_key
        and snapshot_rows.period_month_no = ended.month_no
        and snapshot_rows.start_date = ended.start_date
        and snapshot_rows.end_date = ended.end_date
    left join renumbered as stops
        on snapshot_rows.organisation_id = stops.organisation_id
        and snapshot_rows.person_key = stops.person_key
        and snapshot_rows.next_snapshot_month_no = stops.month_no
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

-- What snapshots told of the FTE of assignments that have a day for it: of all that hold on a day, the one told last.
fte_told as (
    select
        organisation_id, assignment_key, fte, told_from,
        coalesce(min(told_from) over (
            partition by organisation_id, assignment_key order by version_no rows between 1 following and unbounded following
        ), cast('9999-12-31' as date)) as told_to
    from (
        select
            organisation_id, assignment_key, version_no, fte,
            case when version_no > 1 and fte_from <= {{ month_end('period_month_no') }} then fte_from else valid_from end as told_from
        from snapshot_versions
        semi join (select organisation_id, assignment_key from snapshot_rows where fte_from is not null) as dated_fte
            using (organisation_id, assignment_key)
    ) as told
),

versions as (
    {% for versions in ['snapshot_versions', 'history_versions'] %}
    select
        organisation_id, assignment_key, person_key, swe_key, delivery_id, period_month_no, post_id, team_id, job_role,
        registered_social_worker, contract_type, fte, cost_share_percent, start_date, end_date, leaving_reason, leaver_destination, start_origin,
        team_start_date, long_absence, valid_from, valid_to, inferred_end_date
    from {{ versions }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

version_days as (
    select organisation_id, assignment_key, min(valid_from) as first_valid_from, max(valid_from) as last_valid_from
    from versions
    group by organisation_id, assignment_key
),

-- What was told first and last, looked up: a window would carry each version's columns along.
told_first as (
    select versions.organisation_id, versions.assignment_key, versions.start_origin
    from versions
    inner join version_days
        on versions.organisation_id = version_days.organisation_id
        and versions.assignment_key = version_days.assignment_key
        and versions.valid_from = version_days.first_valid_from
    qualify row_number() over (partition by versions.organisation_id, versions.assignment_key order by versions.period_month_no) = 1
),

told_last as (
    select
        versions.organisation_id, versions.assignment_key, versions.start_date, versions.end_date, versions.leaving_reason,
        versions.leaver_destination, versions.inferred_end_date
    from versions
    inner join version_days
        on versions.organisation_id = version_days.organisation_id
        and versions.assignment_key = version_days.assignment_key
        and versions.valid_from = version_days.last_valid_from
    qualify row_number() over (partition by versions.organisation_id, versions.assignment_key order by versions.period_month_no desc) = 1
),

known as (
    select
        versions.*,
        told_last.start_date as known_start_date,
        told_last.end_date as stated_end_date,
        told_last.leaving_reason as known_leaving_reason,
        told_last.leaver_destination as known_leaver_destination,
        told_last.inferred_end_date as known_inferred_end_date,
        told_first.start_origin as known_start_origin
    from versions
    inner join told_last
        on versions.organisation_id = told_last.organisation_id
        and versions.assignment_key = told_last.assignment_key
    inner join told_first
        on versions.organisation_id = told_first.organisation_id
        and versions.assignment_key = told_first.assignment_key
),

dated as (
    select
        known.*,
        coalesce(known.stated_end_date, known.known_inferred_end_date) as known_end_date,
        greatest(known.valid_from, known.known_start_date) as holds_from,
        -- Half-open: the day after the last day. Values stop with the assignment.
        least(
            coalesce(known.valid_to, cast('9999-12-31' as date)),
            coalesce({{ add_days('coalesce(known.stated_end_date, known.known_inferred_end_date)', 1) }}, cast('9999-12-31' as date))
        ) as holds_to
    from known
),

-- Without the spans that a later correction emptied.
spans as (
    select
        dated.* exclude (holds_from, holds_to, fte),
        case when fte_told.assignment_key is null then dated.fte else fte_told.fte end as fte,
        greatest(dated.holds_from, coalesce(fte_told.told_from, dated.holds_from)) as holds_from,
        least(dated.holds_to, coalesce(fte_told.told_to, dated.holds_to)) as holds_to
    from dated
    left join fte_told
        on dated.organisation_id = fte_told.organisation_id
        and dated.assignment_key = fte_told.assignment_key
        and fte_told.told_from < dated.holds_to
        and fte_told.told_to > dated.holds_from
        and fte_told.told_from < fte_told.told_to
    where dated.holds_from < dated.holds_to
),

held_twice as (
    select organisation_id, person_key, post_id
    from spans
    group by organisation_id, person_key, post_id
    having count(distinct assignment_key) > 1
),

spans_held_twice as (select spans.* from spans inner join held_twice using (organisation_id, person_key, post_id)),

written_twice as (
    select distinct -- it can be covered by two spans
        one.organisation_id, one.assignment_key, one.holds_from
    from spans_held_twice as one
    inner join spans_held_twice as other
        on one.organisation_id = other.organisation_id
        and one.person_key = other.person_key
        and one.post_id = other.post_id
        and one.assignment_key <> other.assignment_key
        and other.holds_from <= one.holds_from
        and other.holds_to >= one.holds_to
        and one.fte + other.fte > 1
        and (
            other.holds_from < one.holds_from
            or other.holds_to > one.holds_to
            or row(-other.fte, other.known_start_date, other.assignment_key) < row(-one.fte, one.known_start_date, one.assignment_key)
        )
)

select
    spans.organisation_id,
    spans.assignment_key,
    spans.person_key,
    spans.swe_key,
    spans.delivery_id,
    spans.post_id,
    spans.team_id,
    coalesce(teams.current_team_id, spans.team_id) as current_team_id,
    spans.job_role,
    spans.registered_social_worker,
    spans.contract_type,
    spans.fte,
    spans.cost_share_percent,
    spans.known_start_date as start_date,
    spans.known_end_date as end_date,
    spans.stated_end_date is null and spans.known_inferred_end_date is not null as end_is_inferred,
    spans.known_leaving_reason as leaving_reason,
    spans.known_leaver_destination as leaver_destination,
    spans.known_start_origin as start_origin,
    spans.team_start_date,
    spans.long_absence,
    spans.holds_from as valid_from,
    spans.holds_to as valid_to,
    written_twice.holds_from is not null as is_written_twice
from spans
left join written_twice
    on spans.organisation_id = written_twice.organisation_id
    and spans.assignment_key = written_twice.assignment_key
    and spans.holds_from = written_twice.holds_from
left join teams
    on spans.organisation_id = teams.organisation_id
    and spans.team_id = teams.team_id

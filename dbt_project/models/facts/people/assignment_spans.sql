-- Grain: one row per assignment number and period of days in which its values stayed the same: [valid_from, valid_to).
--   While the assignment goes on, valid_to is in the far future.
-- Rule: start, end and reason are those of the spell (assignment_spells). Values hold from one extract to the next
--   (docs/counting_rules.md C1).
-- Rule: the span is in post at month ends before in_post_to. That is the last day, or the day after it if the work goes
--   on (D1, E1).
-- Rule: if extracts give the day from which an FTE holds, it holds from that day, also in months that were reported
--   before (C2).
-- Rule: if one person has two assignments to one post, with more than 1 FTE together, the shorter is left out (B11).
with
tellings as (select * from {{ ref('assignment_tellings') }}),

spells as (select * from {{ ref('assignment_spells') }} where not is_withdrawn),

teams as (select * from {{ ref('stg_config__current_teams') }}),

versions as (
    select
        tellings.organisation_id,
        tellings.assignment_key,
        tellings.spell_no,
        tellings.person_key,
        tellings.swe_key,
        tellings.delivery_id,
        tellings.period_month_no, tellings.delivers, tellings.told_from,
        tellings.post_id,
        tellings.team_id,
        tellings.job_role,
        tellings.registered_social_worker,
        tellings.contract_type,
        tellings.fte,
        tellings.fte_from,
        tellings.cost_share_percent, tellings.team_start_date, tellings.long_absence,
        tellings.is_new_spell,
        spells.start_date,
        spells.end_date,
        spells.end_is_inferred,
        spells.leaving_reason,
        spells.leaver_destination,
        spells.start_origin,
        changes.goes_on_until,
        case when tellings.is_new_spell = 1 then spells.first_told_from else tellings.told_from end as values_from,
        -- Half-open: valid_to is the day after the last day. Values end with the assignment.
        least(
            {{ or_never('tellings.next_told_from') }},
            {{ or_never(add_days('spells.end_date', 1)) }},
            {{ or_never('spells.taken_over_on') }}
        ) as holds_to
    from tellings
    inner join spells
        on tellings.organisation_id = spells.organisation_id
        and tellings.assignment_key = spells.assignment_key
        and tellings.spell_no = spells.spell_no
    left join {{ ref('changes_of_post') }} as changes
        on spells.organisation_id = changes.organisation_id
        and spells.assignment_key = changes.assignment_key
        and spells.spell_no = changes.spell_no
),

-- The FTE of assignments for which snapshots give the day from which it holds. If several hold on a day, the one
-- reported last counts.
fte_told as (
    select
        organisation_id, assignment_key, spell_no, fte, fte_told_from,
        coalesce(min(fte_told_from) over (
            partition by organisation_id, assignment_key, spell_no
            order by told_from rows between 1 following and unbounded following
        ), cast('9999-12-31' as date)) as fte_told_to
    from (
        select
            organisation_id, assignment_key, spell_no, fte, told_from,
            case
                when is_new_spell = 0 and fte_from <= {{ month_end('period_month_no') }} then fte_from else values_from
            end as fte_told_from
        from versions
        semi join
            (
                select organisation_id, assignment_key, spell_no
                from versions
                where fte_from is not null and delivers = 'snapshot'
            ) as dated_fte
            using (organisation_id, assignment_key, spell_no)
    ) as told
),

-- A later correction can leave a span without a day. Such spans are left out.
spans as (
    select
        versions.organisation_id, versions.assignment_key, versions.spell_no, versions.person_key, versions.swe_key,
        versions.delivery_id, versions.post_id, versions.team_id, versions.job_role,
        versions.registered_social_worker, versions.contract_type, versions.cost_share_percent,
        versions.team_start_date, versions.long_absence, versions.start_date, versions.end_date,
        versions.end_is_inferred, versions.leaving_reason, versions.leaver_destination, versions.start_origin,
        versions.goes_on_until,
        case when fte_told.assignment_key is null then versions.fte else fte_told.fte end as fte,
        greatest(versions.values_from, versions.start_date, coalesce(fte_told.fte_told_from, versions.start_date))
            as holds_from,
        least(versions.holds_to, coalesce(fte_told.fte_told_to, versions.holds_to)) as holds_to
    from versions
    left join fte_told
        on versions.organisation_id = fte_told.organisation_id
        and versions.assignment_key = fte_told.assignment_key
        and versions.spell_no = fte_told.spell_no
        and fte_told.fte_told_from < versions.holds_to
        and fte_told.fte_told_to > greatest(versions.values_from, versions.start_date)
        and fte_told.fte_told_from < fte_told.fte_told_to
    where greatest(versions.values_from, versions.start_date) < versions.holds_to
),

held_twice as (
    select organisation_id, person_key, post_id
    from spans
    group by organisation_id, person_key, post_id
    having count(distinct assignment_key) > 1
),

spans_held_twice as (
    select
        spans.*,
        -- If two cover the same days, the one that goes on longer stays. A pseudonym decides only if both are the same
        -- in everything else.
        {{ in_turn([
            days_between(or_never('spans.end_date'), "cast('9999-12-31' as date)"),
            '-spans.fte',
            'spans.start_date',
            "coalesce(spans.team_id, '')",
            "coalesce(spans.job_role, '')",
            "coalesce(spans.contract_type, '')",
            'coalesce(spans.cost_share_percent, 100)',
            'spans.assignment_key',
        ]) }} as place
    from spans
    inner join held_twice using (organisation_id, person_key, post_id)
),

written_twice as (
    select distinct -- a span can be covered by two others
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
        and (other.holds_from < one.holds_from or other.holds_to > one.holds_to or other.place < one.place)
)

select
    spans.organisation_id,
    spans.assignment_key,
    cast(spans.spell_no as integer) as spell_no,
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
    spans.start_date,
    spans.end_date,
    spans.end_is_inferred,
    spans.leaving_reason,
    spans.leaver_destination,
    spans.start_origin,
    spans.team_start_date,
    spans.long_absence,
    spans.holds_from as valid_from,
    case
        when spans.holds_to = {{ add_days('spans.end_date', 1) }} then coalesce(spans.goes_on_until, spans.holds_to)
        else spans.holds_to
    end as valid_to,
    case
        when spans.holds_to = {{ add_days('spans.end_date', 1) }} then coalesce(spans.goes_on_until, spans.end_date)
        else spans.holds_to
    end as in_post_to,
    written_twice.holds_from is not null as is_written_twice
from spans
left join written_twice
    on spans.organisation_id = written_twice.organisation_id
    and spans.assignment_key = written_twice.assignment_key
    and spans.holds_from = written_twice.holds_from
left join teams
    on spans.organisation_id = teams.organisation_id
    and spans.team_id = teams.team_id

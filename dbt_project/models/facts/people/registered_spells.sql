-- Grain: one row per person and unbroken spell of registered social work for the council, [spell_from, spell_to). While
--   the spell goes on, spell_to is empty.
-- Rule: assignments that overlap, or follow without a day between, are one spell, whatever the posts. So a change of
--   post is no event. An assignment that goes on until the next one begins leaves no day between (changes_of_post).
-- Rule: left_on is the day of leaving (docs/counting_rules.md F2, F3): the last day, or the first day in another job of
--   the council if the work goes on.
with
versions as (select * from {{ ref('registered_versions') }}),

marked as (
    select
        organisation_id, person_key, valid_from, valid_to,
        max(valid_to) over (
            partition by organisation_id, person_key
            order by valid_from, valid_to
            rows between unbounded preceding and 1 preceding
        ) as covered_until
    from versions
),

last_days as (
    select organisation_id, person_key, max(valid_to) as last_valid_to
    from versions
    group by organisation_id, person_key
),

-- A spell ends with the latest day that its spans cover before the next spell begins.
spells as (
    select
        beginnings.organisation_id,
        beginnings.person_key,
        beginnings.valid_from as spell_from,
        coalesce(lead(beginnings.covered_until) over person, last_days.last_valid_to) as spell_to
    from (
        select organisation_id, person_key, valid_from, covered_until
        from marked
        where covered_until is null or covered_until < valid_from
    ) as beginnings
    inner join last_days
        on beginnings.organisation_id = last_days.organisation_id
        and beginnings.person_key = last_days.person_key
    window person as (partition by beginnings.organisation_id, beginnings.person_key order by beginnings.valid_from)
),

at_start as (
    select
        versions.organisation_id, versions.person_key, spells.spell_from,
        sum(versions.fte) as fte,
        min_by(versions.start_origin, {{ main_assignment_first('versions') }}) as start_origin,
        min_by(versions.current_team_id, {{ main_assignment_first('versions') }}) as current_team_id,
        min_by(versions.job_role, {{ main_assignment_first('versions') }}) as job_role,
        min_by(versions.is_in_dfe, {{ main_assignment_first('versions') }}) as is_in_dfe
    from versions
    inner join spells
        on versions.organisation_id = spells.organisation_id
        and versions.person_key = spells.person_key
        and versions.valid_from = spells.spell_from
    group by versions.organisation_id, versions.person_key, spells.spell_from
),

at_end as (
    select
        versions.organisation_id, versions.person_key, spells.spell_from,
        sum(versions.fte) as fte,
        sum(case when versions.contract_type = 'permanent' then versions.agreed_fte end) as board_fte,
        bool_or(versions.contract_type = 'permanent') as ends_permanent,
        max(versions.in_post_to) as left_on,
        -- If an assignment goes on in another job, its reported end is about a later day.
        {% for told in ['leaving_reason', 'leaver_destination', 'end_date'] %}
        min_by(
            case when versions.end_date < versions.valid_to then versions.{{ told }} end,
            {{ main_assignment_first('versions') }}
        ) as {{ told }},
        {% endfor %}
        min_by(versions.contract_type, {{ main_assignment_first('versions') }}) as contract_type,
        min_by(versions.current_team_id, {{ main_assignment_first('versions') }}) as current_team_id,
        min_by(versions.job_role, {{ main_assignment_first('versions') }}) as job_role,
        min_by(versions.is_in_dfe, {{ main_assignment_first('versions') }}) as is_in_dfe
    from versions
    inner join spells
        on versions.organisation_id = spells.organisation_id
        and versions.person_key = spells.person_key
        and versions.valid_to = spells.spell_to
    group by versions.organisation_id, versions.person_key, spells.spell_from
),

-- F3, F5: what the person does for the council after the spell.
goes_on as (
    select
        spells.organisation_id, spells.person_key, spells.spell_from,
        bool_or(roles.is_social_work) as in_social_work,
        bool_or(not roles.is_social_work) as in_another_job
    from spells
    inner join {{ ref('assignment') }} as others
        on spells.organisation_id = others.organisation_id
        and spells.person_key = others.person_key
        and others.valid_from <= spells.spell_to
        and others.valid_to > spells.spell_to
    inner join {{ ref('job_role') }} as roles on others.job_role = roles.job_role
    where {{ is_paid_here('others') }}
    group by spells.organisation_id, spells.person_key, spells.spell_from
)

select
    spells.organisation_id,
    spells.person_key,
    spells.spell_from,
    case when spells.spell_to < cast('9999-12-31' as date) then spells.spell_to end as spell_to,
    case when spells.spell_to < cast('9999-12-31' as date) then at_end.left_on end as left_on,
    at_start.fte as start_fte,
    at_start.start_origin,
    at_start.current_team_id as start_team_id,
    at_start.job_role as start_job_role,
    at_start.is_in_dfe as start_is_in_dfe,
    at_end.fte as end_fte,
    at_end.board_fte as end_board_fte,
    at_end.ends_permanent,
    at_end.leaving_reason,
    at_end.leaver_destination,
    at_end.end_date,
    at_end.contract_type as end_contract_type,
    at_end.current_team_id as end_team_id,
    at_end.job_role as end_job_role,
    at_end.is_in_dfe as end_is_in_dfe,
    coalesce(goes_on.in_social_work, false) as goes_on_in_social_work,
    coalesce(goes_on.in_another_job, false) as goes_on_in_another_job
from spells
inner join at_start using (organisation_id, person_key, spell_from)
inner join at_end using (organisation_id, person_key, spell_from)
left join goes_on using (organisation_id, person_key, spell_from)

-- Grain: one row a person and unbroken spell of registered social work for the council, [spell_from, spell_to), spell_to empty while open.
-- Rule: assignments that overlap or follow without a day between are one spell, whatever the posts, so a change of post is no event.
with
versions as (select * from {{ ref('int_registered_versions') }}),

marked as (
    select
        *,
        max(valid_to) over (
            partition by organisation_id, person_key
            order by valid_from, valid_to
            rows between unbounded preceding and 1 preceding
        ) as covered_until
    from versions
),

numbered as (
    select
        *,
        sum(case when covered_until >= valid_from then 0 else 1 end) over (
            partition by organisation_id, person_key
            order by valid_from, valid_to
            rows between unbounded preceding and current row
        ) as spell_no
    from marked
),

spells as (
    select
        organisation_id,
        person_key,
        spell_no,
        min(valid_from) as spell_from,
        max(valid_to) as spell_to
    from numbered
    group by organisation_id, person_key, spell_no
),

at_start as (
    select
        numbered.organisation_id, numbered.person_key, numbered.spell_no,
        sum(numbered.fte) as fte,
        min_by(numbered.start_origin, {{ main_assignment_first('numbered') }}) as start_origin,
        min_by(numbered.current_team_id, {{ main_assignment_first('numbered') }}) as current_team_id,
        min_by(numbered.job_role, {{ main_assignment_first('numbered') }}) as job_role,
        min_by(numbered.is_in_dfe, {{ main_assignment_first('numbered') }}) as is_in_dfe
    from numbered
    inner join spells using (organisation_id, person_key, spell_no)
    where numbered.valid_from = spells.spell_from
    group by numbered.organisation_id, numbered.person_key, numbered.spell_no
),

at_end as (
    select
        numbered.organisation_id, numbered.person_key, numbered.spell_no,
        sum(numbered.fte) as fte,
        sum(numbered.agreed_fte) as agreed_fte,
        min_by(numbered.leaving_reason, {{ main_assignment_first('numbered') }}) as leaving_reason,
        min_by(numbered.leaver_destination, {{ main_assignment_first('numbered') }}) as leaver_destination,
        min_by(numbered.end_date, {{ main_assignment_first('numbered') }}) as end_date,
        min_by(numbered.contract_type, {{ main_assignment_first('numbered') }}) as contract_type,
        min_by(numbered.current_team_id, {{ main_assignment_first('numbered') }}) as current_team_id,
        min_by(numbered.job_role, {{ main_assignment_first('numbered') }}) as job_role,
        min_by(numbered.is_in_dfe, {{ main_assignment_first('numbered') }}) as is_in_dfe
    from numbered
    inner join spells using (organisation_id, person_key, spell_no)
    where numbered.valid_to = spells.spell_to
    group by numbered.organisation_id, numbered.person_key, numbered.spell_no
)

select
    spells.organisation_id,
    spells.person_key,
    spells.spell_from,
    case when spells.spell_to < cast('9999-12-31' as date) then spells.spell_to end as spell_to,
    lead(spells.spell_from) over (partition by spells.organisation_id, spells.person_key order by spells.spell_from) as next_spell_from,
    lag(spells.spell_to) over (partition by spells.organisation_id, spells.person_key order by spells.spell_from) as previous_spell_to,
    at_start.fte as start_fte,
    at_start.start_origin,
    at_start.current_team_id as start_team_id,
    at_start.job_role as start_job_role,
    at_start.is_in_dfe as start_is_in_dfe,
    at_end.fte as end_fte,
    at_end.agreed_fte as end_agreed_fte,
    at_end.leaving_reason,
    at_end.leaver_destination,
    at_end.end_date,
    at_end.contract_type as end_contract_type,
    at_end.current_team_id as end_team_id,
    at_end.job_role as end_job_role,
    at_end.is_in_dfe as end_is_in_dfe
from spells
inner join at_start using (organisation_id, person_key, spell_no)
inner join at_end using (organisation_id, person_key, spell_no)

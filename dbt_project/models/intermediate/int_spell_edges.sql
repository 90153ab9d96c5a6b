-- Grain: one row a spell of registered social work, its first or last day, and a team and role in which the person was that day.
-- Rule: who holds two posts starts, or leaves, in both teams with the FTE of each.
with
spells as (select * from {{ ref('int_registered_spells') }}),

versions as (select * from {{ ref('int_registered_versions') }}),

edges as (
    select
        spells.organisation_id, spells.person_key, 'start' as edge, spells.spell_from as edge_date,
        versions.current_team_id, versions.job_role, versions.fte
    from spells
    inner join versions
        on spells.organisation_id = versions.organisation_id
        and spells.person_key = versions.person_key
        and spells.spell_from = versions.valid_from
    union all
    select
        spells.organisation_id, spells.person_key, 'end' as edge, {{ add_days('spells.spell_to', -1) }},
        versions.current_team_id, versions.job_role, versions.fte
    from spells
    inner join versions
        on spells.organisation_id = versions.organisation_id
        and spells.person_key = versions.person_key
        and spells.spell_to = versions.valid_to
)

select
    organisation_id,
    person_key,
    edge,
    edge_date,
    current_team_id,
    job_role,
    sum(fte) as fte
from edges
group by organisation_id, person_key, edge, edge_date, current_team_id, job_role

-- Grain: one row per spell of registered social work, its day of starting or leaving, and team and role in which the
--   person was that day.
-- Rule: people with two posts start, or leave, in both teams, with the FTE of each post. board_fte counts permanent
--   posts only, by the agreed split.
with
spells as (select * from {{ ref('registered_spells') }}),

versions as (select * from {{ ref('registered_versions') }}),

edges as (
    select
        spells.organisation_id, spells.person_key, 'start' as edge, spells.spell_from as edge_date,
        versions.current_team_id, versions.job_role, versions.fte, cast(null as {{ fte_type() }}) as board_fte
    from spells
    inner join versions
        on spells.organisation_id = versions.organisation_id
        and spells.person_key = versions.person_key
        and spells.spell_from = versions.valid_from
    union all
    select
        spells.organisation_id, spells.person_key, 'end' as edge, spells.left_on,
        versions.current_team_id, versions.job_role, versions.fte,
        case when versions.contract_type = 'permanent' then versions.agreed_fte end
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
    sum(fte) as fte,
    sum(board_fte) as board_fte
from edges
group by organisation_id, person_key, edge, edge_date, current_team_id, job_role

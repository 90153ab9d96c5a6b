-- Grain: one row per organisation and team that was re-organised or renamed.
-- Rule: a team continues under its new id, through any number of changes. Reports use today's structure.
with recursive
changes as (select * from {{ source('raw', 'config_team_change') }}),

chain as (
    select organisation_id, old_team_id as team_id, new_team_id, 1 as step
    from changes
    union all
    select chain.organisation_id, chain.team_id, changes.new_team_id, chain.step + 1
    from chain
    inner join changes
        on chain.organisation_id = changes.organisation_id
        and chain.new_team_id = changes.old_team_id
    where chain.step < 20
)

select organisation_id, team_id, new_team_id as current_team_id
from chain
qualify row_number() over (partition by organisation_id, team_id order by step desc) = 1

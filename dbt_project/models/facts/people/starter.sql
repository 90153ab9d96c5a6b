-- Grain: one row per registered social worker and start of a spell in the council's children's services.
-- Rule: somebody who worked for the council before, as a trainee or awaiting registration, is `qualified_in_post`.
--   Somebody from another job of the council is `joined_from_service`. Somebody who comes with a function that changed
--   councils is `structural_transfer`. All others are `starter`.
-- Rule: `dfe` counts all of them as starters except structural transfers. `board` counts only `starter`
--   (docs/counting_rules.md F1).
with
spells as (select * from {{ ref('registered_spells') }}),

unregistered as (
    select versions.organisation_id, versions.person_key, versions.valid_from, versions.valid_to,
        roles.is_trainee or roles.is_social_work as is_trainee
    from {{ ref('assignment') }} as versions
    inner join {{ ref('job_role') }} as roles on versions.job_role = roles.job_role
    where
        not (coalesce(versions.registered_social_worker, false) and roles.is_social_work)
        and {{ is_paid_here('versions') }}
),

before_spell as (
    select
        spells.organisation_id,
        spells.person_key,
        spells.spell_from,
        bool_or(unregistered.is_trainee) as was_trainee
    from spells
    inner join unregistered
        on spells.organisation_id = unregistered.organisation_id
        and spells.person_key = unregistered.person_key
        and unregistered.valid_from < spells.spell_from
        and unregistered.valid_to >= spells.spell_from
    group by spells.organisation_id, spells.person_key, spells.spell_from
)

select
    spells.organisation_id,
    spells.person_key,
    spells.spell_from as starting_date,
    {{ month_end(month_no('spells.spell_from')) }} as month_end,
    {{ month_no('spells.spell_from') }} as month_no,
    case
        when spells.start_origin = 'structural_transfer' then 'structural_transfer'
        when before_spell.was_trainee then 'qualified_in_post'
        when before_spell.was_trainee is not null then 'joined_from_service'
        else 'starter'
    end as inflow,
    coalesce(spells.start_origin, 'not_known') as start_origin,
    spells.start_team_id as current_team_id,
    spells.start_job_role as job_role,
    spells.start_fte as fte,
    spells.start_is_in_dfe as is_in_dfe,
    spells.start_is_in_dfe and coalesce(spells.start_origin, 'not_known') <> 'structural_transfer' as is_dfe_starter
from spells
left join before_spell
    on spells.organisation_id = before_spell.organisation_id
    and spells.person_key = before_spell.person_key
    and spells.spell_from = before_spell.spell_from

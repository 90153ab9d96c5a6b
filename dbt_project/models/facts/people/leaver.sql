-- Grain: one row per registered social worker and end of a spell in the council's children's services.
-- Rule: `dfe` and `board` count leavers by docs/counting_rules.md F2 to F8. A change of post within the service does
--   not end a spell.
-- Rule: length of service is that of the unbroken spell, from its first day as HR reports it, even before the first
--   delivery.
-- Rule: somebody who leaves on the last day of a council's last month, without a reason of their own, moves with the
--   function: a structural transfer.
-- Limit: FTE is that of the assignments that end with the spell. It is empty if it is not known.
with
councils as (
    select organisation_id, {{ month_end(period_month_no('last_month')) }} as last_day
    from {{ ref('stg_config__councils') }}
    where last_month is not null
),

ended as (
    select
        spells.*,
        coalesce(
            spells.leaving_reason in ('not_known', 'not_yet_collected', 'change_of_post'), true
        ) as is_without_reason,
        coalesce(spells.end_date = councils.last_day, false) as is_on_last_day_of_council
    from {{ ref('registered_spells') }} as spells
    left join councils on spells.organisation_id = councils.organisation_id
    where spells.spell_to is not null
),

spells as (
    select
        *,
        case
            when is_without_reason and is_on_last_day_of_council then 'structural_transfer'
            when is_without_reason and goes_on_in_another_job then 'moved_outside_children'
            when leaving_reason = 'change_of_post' then 'not_known'
            else coalesce(leaving_reason, 'not_known')
        end as reason
    from ended
    -- F5: somebody who goes off the register, or is no longer paid by the council, in the same work has a change of
    -- role.
    where not goes_on_in_social_work
)

select
    organisation_id,
    person_key,
    left_on as leaving_date,
    {{ month_end(month_no('left_on')) }} as month_end,
    {{ month_no('left_on') }} as month_no,
    reason as leaving_reason,
    coalesce(leaver_destination, 'not_known') as leaver_destination,
    {{ service_band('spell_from', 'spell_to') }} as length_of_service,
    end_contract_type as contract_type,
    end_team_id as current_team_id,
    end_job_role as job_role,
    end_fte as fte,
    end_board_fte as board_fte,
    end_is_in_dfe and reason <> 'structural_transfer' as is_dfe_leaver,
    end_is_in_dfe
        and reason not in ('structural_transfer', 'moved_outside_children')
        and not goes_on_in_another_job
        and ends_permanent as is_board_leaver,
    reason = 'structural_transfer' as is_structural_transfer
from spells

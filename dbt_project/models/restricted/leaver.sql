-- Grain: one row a registered social worker and end of a spell in the council's children's services.
-- Rule, `dfe`: leaves registered social work for the council's children. A move to a post outside children's services is leaving
--   (reason 7); a change of post within the service and a structural transfer are not.
-- Rule, `board`: the same of permanent staff; back within 7 days is no leaver; a move outside children's services is a transfer.
-- Rule: length of service is that of the unbroken spell, from its first day as HR tells it, also where it began before the first delivery.
-- Rule: who leaves on the last day of a council's last month, without a reason of his own, goes with the function: a structural transfer.
-- Limit: FTE is that of the assignments which end on the day; empty when it is not known.
with
councils as (
    select organisation_id, {{ month_end(period_month_no('last_month')) }} as last_day
    from {{ source('raw', 'config_organisation') }}
    where last_month is not null
),

spells as (
    select
        spells.* replace (
            case
                when
                    spells.end_date = councils.last_day
                    and coalesce(spells.leaving_reason, 'not_known') in ('not_known', 'not_yet_collected', 'change_of_post')
                    then 'structural_transfer'
                else spells.leaving_reason
            end as leaving_reason
        )
    from {{ ref('int_registered_spells') }} as spells
    left join councils on spells.organisation_id = councils.organisation_id
)

select
    organisation_id,
    person_key,
    {{ add_days('spell_to', -1) }} as leaving_date,
    {{ month_end(month_no(add_days('spell_to', -1))) }} as month_end,
    {{ month_no(add_days('spell_to', -1)) }} as month_no,
    coalesce(leaving_reason, 'not_known') as leaving_reason,
    coalesce(leaver_destination, 'not_known') as leaver_destination,
    {{ service_band('spell_from', 'spell_to') }} as length_of_service,
    end_contract_type as contract_type,
    end_team_id as current_team_id,
    end_job_role as job_role,
    end_fte as fte,
    end_agreed_fte as agreed_fte,
    end_is_in_dfe
        and coalesce(leaving_reason, 'not_known') not in ('structural_transfer', 'change_of_post') as is_dfe_leaver,
    end_is_in_dfe
        and coalesce(leaving_reason, 'not_known') not in ('structural_transfer', 'change_of_post', 'moved_outside_children')
        and end_contract_type = 'permanent'
        and (next_spell_from is null or next_spell_from - spell_to >= 7) as is_board_leaver,
    coalesce(leaving_reason, 'not_known') = 'structural_transfer' as is_structural_transfer
from spells
where
    spell_to is not null
    -- Still employed and no longer in a registered post: a change of role, not the end of an assignment.
    and end_date = {{ add_days('spell_to', -1) }}

-- Grain: one row per organisation with staff in post: the first month whose leavers are all known.
-- Rule: a snapshot reports the leavers of its own month if it lists somebody who had already left. Otherwise they are
--   known from the next month on. A full history reports the leavers of all its months (docs/counting_rules.md I1).
with
extracts as (select * from {{ ref('staff_extracts') }} where extract_no = 1),

first_known as (
    select organisation_id, min(month_no) as first_month_no
    from {{ ref('source_months') }}
    where source = 'hr_assignments' and is_in_force
    group by organisation_id
),

lists_leavers as (
    select distinct -- several people can have left
        extracts.organisation_id
    from extracts
    inner join {{ ref('stg_hr__assignments') }} as told
        on extracts.organisation_id = told.organisation_id
        and extracts.month_no = told.period_month_no
        and told.delivers = 'snapshot'
        and told.end_date < {{ month_end('extracts.month_no') }}
)

select
    first_known.organisation_id,
    case
        when
            extracts.month_no = first_known.first_month_no and lists_leavers.organisation_id is null
            then first_known.first_month_no + 1
        else first_known.first_month_no
    end as first_month_no
from first_known
left join extracts on first_known.organisation_id = extracts.organisation_id
left join lists_leavers on first_known.organisation_id = lists_leavers.organisation_id

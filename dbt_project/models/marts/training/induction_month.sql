-- Grain: one row per organisation, month in which inductions fell due, and scope.
-- Rule: people whose induction fell due in the month, and how many of them completed all of it in time, in the team of
--   their first job.
-- Rule: above a council, the councils' rows add up, for partnerships and for regions and England if they are complete
--   (with_areas). Only councils with an induction due in the month count.
with
inductions as (
    select
        organisation_id, month_no, {{ month_end('month_no') }} as month_end, current_team_id,
        1 as people_due,
        case when is_in_time then 1 else 0 end as people_in_time
    from {{ ref('inductions') }}
),

units as (
    {{ sums_in_each_scope('inductions', ['people_due', 'people_in_time'], by=['month_end']) }}
)

select
    unit_key,
    organisation_id,
    month_end,
    scope,
    scope_id,
    cast(people_due as bigint) as people_due,
    cast(people_in_time as bigint) as people_in_time,
    organisations_counted,
    organisations_left_out
from ({{ with_unit_keys(
    with_areas('units', ['month_end'], numbers=['people_due', 'people_in_time']),
    month_no('month_end'),
) }}) as figures

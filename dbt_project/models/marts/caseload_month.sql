-- Grain: one row an organisation, month end and scope.
-- Rule: cases and FTE of social workers, agency included, who hold at least one case; those of agency workers shown apart.
with case_holders as (
    select * from {{ ref('int_case_holders') }} where is_dfe_case_holder
)

select
    organisation_id,
    {{ month_end('month_no') }} as month_end,
    scope,
    scope_id,
    cast(sum(cases) as bigint) as cases,
    {{ as_fte('sum(fte)') }} as case_holders_fte,
    count(*) as case_holders,
    cast(sum(case when is_agency then cases else 0 end) as bigint) as cases_held_by_agency,
    {{ as_fte('sum(case when is_agency then fte else 0 end)') }} as agency_case_holders_fte
from ({{ in_each_scope('case_holders') }}) as scoped
group by organisation_id, month_no, scope, scope_id

-- FTE of posts, staff and agency adds up from teams and from services to the council. Heads do not, because a person
-- may work in two teams.
with
fte as (
    select
        organisation_id, month_no, scope,
        sum(in_post_fte) as in_post_fte,
        sum(agency_fte) as agency_fte,
        sum(vacancy_fte) as vacancy_fte,
        sum(establishment_fte) as establishment_fte
    from {{ ref('stock_sums') }}
    group by organisation_id, month_no, scope
)

select councils.organisation_id, councils.month_no, scopes.scope
from fte as councils
cross join (values ('team'), ('service')) as scopes (scope)
left join fte as parts
    on councils.organisation_id = parts.organisation_id
    and councils.month_no = parts.month_no
    and scopes.scope = parts.scope
where
    councils.scope = 'organisation'
    and (
        councils.in_post_fte <> coalesce(parts.in_post_fte, 0)
        or councils.agency_fte <> coalesce(parts.agency_fte, 0)
        or councils.vacancy_fte <> coalesce(parts.vacancy_fte, 0)
        or councils.establishment_fte <> coalesce(parts.establishment_fte, 0)
    )

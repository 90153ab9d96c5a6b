-- FTE of posts, staff and agency adds up from teams to the council. Heads do not: a person may work in two teams.
with
fte as (
    select organisation_id, month_no, scope, in_post_fte, agency_fte, vacancy_fte, establishment_fte
    from {{ ref('int_stock_sums') }}
)

select organisation_id, month_no
from fte
group by organisation_id, month_no
having
    sum(case when scope = 'team' then in_post_fte else -in_post_fte end) <> 0
    or sum(case when scope = 'team' then agency_fte else -agency_fte end) <> 0
    or sum(case when scope = 'team' then vacancy_fte else -vacancy_fte end) <> 0
    or sum(case when scope = 'team' then establishment_fte else -establishment_fte end) <> 0

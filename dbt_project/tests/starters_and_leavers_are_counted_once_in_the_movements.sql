-- Every starter and leaver in the facts is in the council's movements exactly once, in heads and in FTE, in months for
-- which movements are counted.
with
months as (select organisation_id, month_no, month_end from {{ ref('movement_months') }}),

facts as (
    select organisation_id, month_no, 'leaver' as movement, fte from {{ ref('leaver') }} where is_dfe_leaver
    union all
    select organisation_id, month_no, 'structural_transfer_out', fte
    from {{ ref('leaver') }}
    where is_structural_transfer and not is_dfe_leaver
    union all
    select
        organisation_id,
        month_no,
        case inflow when 'structural_transfer' then 'structural_transfer_in' else inflow end,
        fte
    from {{ ref('starter') }}
    where is_in_dfe
),

of_facts as (
    select organisation_id, months.month_end, movement, count(*) as heads, coalesce(sum(fte), 0) as fte
    from facts
    inner join months using (organisation_id, month_no)
    group by organisation_id, months.month_end, movement
),

of_movements as (
    select organisation_id, month_end, movement, sum(headcount) as heads, coalesce(sum(fte), 0) as fte
    from {{ ref('movement_month') }}
    where
        scope = 'organisation' and role_group = 'social_worker'
        and movement in (
            'leaver',
            'structural_transfer_out',
            'starter',
            'qualified_in_post',
            'joined_from_service',
            'structural_transfer_in'
        )
    group by organisation_id, month_end, movement
)

select *
from of_facts
full outer join of_movements using (organisation_id, month_end, movement)
where of_facts.heads is distinct from of_movements.heads or of_facts.fte is distinct from of_movements.fte

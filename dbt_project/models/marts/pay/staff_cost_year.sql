-- Grain: one row per organisation, financial year, role group and kind of employment, for the whole council.
-- Rule: sums of staff_cost_month, for financial years of which every month is known.
-- Rule: the people behind a year are the fewest behind one of its months, and none if there was nobody in one of them.
with
months as (
    select
        costs.*, months.financial_year,
        -- How many months of the year are known of the council.
        max(months.month_no) over council_year - min(months.month_no) over council_year + 1 as months_known
    from {{ ref('staff_cost_month') }} as costs
    inner join {{ ref('month') }} as months on costs.month_end = months.month_end
    window council_year as (partition by costs.organisation_id, months.financial_year)
),

years as (
    select
        organisation_id, financial_year, role_group, employment,
        sum(cost) as cost,
        sum(paid_fte) / 12 as average_fte,
        case when count(*) = 12 then min(people_behind_cost) else 0 end as fewest_people
    from months
    where months_known = 12
    group by organisation_id, financial_year, role_group, employment
)

select
    organisation_id as unit_key,
    organisation_id,
    financial_year,
    role_group,
    employment,
    {{ as_average_fte('average_fte') }} as average_fte,
    cast(cost as decimal(18, 2)) as cost,
    {{ ratio('cost', 'average_fte') }} as cost_of_an_fte,
    cast(fewest_people as bigint) as fewest_people
from years

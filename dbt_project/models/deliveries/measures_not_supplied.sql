-- Grain: one row per organisation, source, measure and month that the council declared as not supplied; without a
--   measure, the whole source.
-- Rule: what is not supplied may count above the council, in its region's and England's figures, as the council
--   declares (counts_above): `no` (DfE's rule: it leaves numerator and denominator), `yes` (as delivered, though too
--   weak to show by itself), or the month whose figures stand in.
select
    organisation_id,
    source,
    measure,
    months.month_no,
    min(declared.symbol) as symbol,
    bool_and(declared.counts_above <> 'no') as counts_above,
    min(
        case when declared.counts_above not in ('no', 'yes') then {{ period_month_no('declared.counts_above') }} end
    ) as stands_in_month_no
from {{ ref('stg_config__not_supplied') }} as declared
inner join {{ ref('months') }} as months
    on
        months.month_no >= {{ period_month_no('declared.from_month') }}
        and months.month_no <= {{ period_month_no('declared.to_month') }}
group by organisation_id, source, measure, months.month_no

-- Grain: one row per organisation, source, measure and month that the council declared as not supplied. Without a
--   measure, it is the whole source.
-- Rule: the council declares how the measure counts in figures above the council (counts_above). `no` is DfE's rule: it
--   is left out of numerator and denominator. `yes` means that it counts as delivered, though it is too weak to show by
--   itself. A month means that the figures of that month are used instead.
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

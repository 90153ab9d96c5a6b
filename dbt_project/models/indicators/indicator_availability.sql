-- Grain: one row per organisation, indicator, definition and month, with whether the figure can be counted from
--   deliveries of that month.
-- Rule: every source that the definition needs must be in force, in every month of its period.
-- Rule: an indicator that adds up leavers needs months whose leavers are all known (first_leaver_months).
-- Rule: staff in post has effective dates. So a missed month within a year does not matter, but months before the first
--   one do.
-- Rule: a figure that a check holds is not counted. Nor is a later month whose period includes it. For staff in post,
--   only the month itself is held.
-- Rule: caseload needs agency bookings if an agency worker holds cases.
-- Rule: no measure in the numerator or denominator (indicator_measures) may be declared as not supplied, in any month
--   of the period.
-- Rule: if several sources are lacking, the reason names one: first a symbol, then a missing source, then a held one,
--   then a history that is too short.
-- Rule: a figure that only a symbol keeps from the council's page may still count above the council, if the council
--   declares so.
with
source_months as (select * from {{ ref('source_months') }}),

agency_holders as (
    select organisation_id, month_no
    from {{ ref('stg_caseload__holders') }}
    where agency_worker_key is not null
    group by organisation_id, month_no
),

first_known as (
    select organisation_id, source, min(month_no) as first_month_no
    from source_months
    where is_in_force
    group by organisation_id, source
),

needed as (
    select
        months.organisation_id, months.month_no, months.month_end,
        needs.indicator_id, needs.definition_id, needs.source, needs.months_needed, needs.adds_up_leavers
    from (select distinct organisation_id, month_no, month_end from source_months) as months -- one row per source
    cross join {{ ref('indicator_sources') }} as needs
    union all
    select
        agency_holders.organisation_id, agency_holders.month_no, {{ month_end('agency_holders.month_no') }},
        'caseload', 'dfe', 'agency', 1, false
    from agency_holders
),

looked_up as (
    select
        needed.organisation_id,
        needed.month_no,
        needed.month_end,
        needed.indicator_id,
        needed.definition_id,
        needed.source,
        min(source_months.symbol) as symbol,
        bool_and(source_months.counts_above) as counts_above,
        min(source_months.stands_in_month_no) as stands_in_month_no,
        coalesce(bool_or(source_months.is_in_force and source_months.month_no = needed.month_no), false)
            as is_in_force_now,
        sum(case when source_months.is_in_force then 1 else 0 end) as months_in_force,
        max(case when not source_months.is_in_force then source_months.month_no end) as lacking_month_no,
        any_value(needed.months_needed) as months_needed,
        coalesce(
            any_value(
                case when needed.adds_up_leavers then first_leavers.first_month_no else first_known.first_month_no end
            )
            > needed.month_no - any_value(needed.months_needed) + 1,
            true
        ) as is_too_short
    from needed
    left join source_months
        on needed.organisation_id = source_months.organisation_id
        and needed.source = source_months.source
        and source_months.month_no between needed.month_no - needed.months_needed + 1 and needed.month_no
    left join first_known
        on needed.organisation_id = first_known.organisation_id
        and needed.source = first_known.source
    left join
        {{ ref('first_leaver_months') }} as first_leavers
    on needed.organisation_id = first_leavers.organisation_id
    group by
        needed.organisation_id,
        needed.month_no,
        needed.month_end,
        needed.indicator_id,
        needed.definition_id,
        needed.source
),

held as (
    select
        needed.organisation_id, needed.indicator_id, needed.definition_id, needed.source, needed.month_no,
        max(held_figures.month_no) as held_month_no
    from needed
    inner join {{ ref('held_indicators') }} as held_figures
        on needed.organisation_id = held_figures.organisation_id
        and needed.source = held_figures.source
        and needed.indicator_id = held_figures.indicator_id
        and held_figures.month_no <= needed.month_no
        and held_figures.month_no
        > needed.month_no - case when needed.source = 'hr_assignments' then 1 else needed.months_needed end
    group by needed.organisation_id, needed.indicator_id, needed.definition_id, needed.source, needed.month_no
),

judged as (
    select
        organisation_id,
        indicator_id,
        definition_id,
        looked_up.month_no,
        month_end,
        counts_above,
        stands_in_month_no,
        source,
        case
            when looked_up.symbol is not null then looked_up.symbol
            when not is_in_force_now then 'source_missing'
            when held.month_no is not null then 'held_by_check'
            when is_too_short then 'history_too_short'
            when source not in ('hr_assignments') and months_in_force < months_needed then 'source_missing'
        end as reason,
        held.held_month_no,
        lacking_month_no
    from looked_up
    left join held using (organisation_id, indicator_id, definition_id, source, month_no)
    union all
    select
        needed.organisation_id, needed.indicator_id, needed.definition_id, needed.month_no, needed.month_end,
        not_supplied.counts_above, not_supplied.stands_in_month_no, not_supplied.source, not_supplied.symbol, null, null
    from (
        select distinct -- one row per source
            organisation_id, indicator_id, definition_id, month_no, month_end
        from needed
    ) as needed
    inner join {{ ref('indicator_measures') }} as measures
        on needed.indicator_id = measures.indicator_id
        and needed.definition_id = measures.definition_id
    inner join {{ ref('measures_not_supplied') }} as not_supplied
        on needed.organisation_id = not_supplied.organisation_id
        and measures.measure = not_supplied.measure
        and not_supplied.month_no between needed.month_no - measures.months_needed + 1 and needed.month_no
),

ranked as (
    select
        *,
        row_number() over (
            partition by organisation_id, indicator_id, definition_id, month_no
            order by
                case
                    when reason is null then 5
                    when reason = 'source_missing' then 2
                    when reason = 'held_by_check' then 3
                    when reason = 'history_too_short' then 4
                    else 1
                end,
                reason,
                source
        ) as place,
        bool_and(reason is null or coalesce(counts_above, false)) over (
            partition by organisation_id, indicator_id, definition_id, month_no
        ) as all_count_above,
        min(stands_in_month_no)
            over (partition by organisation_id, indicator_id, definition_id, month_no)
            as first_stands_in_month_no
    from judged
)

select
    organisation_id,
    indicator_id,
    definition_id,
    month_no,
    month_end,
    reason,
    case when reason is not null then source end as reason_source,
    case reason when 'source_missing' then lacking_month_no when 'held_by_check' then held_month_no end
        as reason_month_no,
    all_count_above as counts_above,
    first_stands_in_month_no as stands_in_month_no
from ranked
where place = 1

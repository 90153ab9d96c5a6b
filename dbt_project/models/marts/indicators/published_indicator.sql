-- Grain: one row per publication, indicator, definition, month and scope for which the publication differs from the one
--   before.
-- Rule: calculated in figures_as_published.
select
    keyed.unit_key,
    indicator.indicator_key,
    keyed.publication,
    keyed.published_at,
    keyed.publication_no,
    keyed.organisation_id,
    keyed.indicator_id,
    keyed.definition_id,
    keyed.month_end,
    keyed.scope,
    keyed.scope_id,
    keyed.numerator,
    keyed.denominator,
    keyed.value,
    keyed.unit,
    keyed.target,
    keyed.status,
    keyed.status_reason,
    keyed.as_at_month
from (
    {{ with_unit_keys('select * from ' ~ ref('figures_as_published'), month_no('month_end')) }}
) as keyed
left join {{ ref('indicator') }} as indicator
    on keyed.indicator_id = indicator.indicator_id
    and keyed.definition_id = indicator.definition_id

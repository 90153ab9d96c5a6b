-- Grain: one row per council, indicator, definition and date from which a target applies.
select
    organisation_id as unit_key,
    {{ indicator_key('indicator_id', 'definition_id') }} as indicator_key,
    organisation_id,
    indicator_id,
    definition_id,
    from_date,
    by_date,
    comparison,
    value,
    source
from {{ ref('targets') }}

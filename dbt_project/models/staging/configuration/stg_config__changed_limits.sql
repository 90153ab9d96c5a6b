-- Grain: one row per council, rule and first month for which the council gave the rule other limits than the project's.
select
    organisation_id,
    rule_id,
    from_month,
    nullif(to_month, '') as to_month,
    least,
    most,
    limits.by as decided_by,
    reason
from {{ source('raw', 'config_threshold') }} as limits

-- Grain: one row an organisation, rule and first month for which the council gave the rule other limits than the project's.
select
    limits.organisation_id,
    limits.rule_id,
    limits.from_month,
    nullif(limits.to_month, '') as to_month,
    limits.least,
    limits.most,
    limits.by as decided_by,
    limits.reason
from {{ source('raw', 'config_threshold') }} as limits

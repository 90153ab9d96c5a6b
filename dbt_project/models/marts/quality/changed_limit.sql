-- Grain: one row per council, rule and first month for which the council gave the rule other limits than the project's.
select
    organisation_id,
    rule_id,
    from_month,
    to_month,
    least,
    most,
    decided_by,
    reason
from {{ ref('changed_limits') }}

-- Every indicator row has a value of its month, or says why not; an older month is named only where there is a value.
select *
from {{ ref('indicator_value') }}
where
    (value is null) <> (status in ('not_available', 'suppressed'))
    or (value is null or as_at_month is not null) <> (status_reason is not null)
    or (reason_rule is not null and (reason_source is null or reason_since is null))
    or (value is null and as_at_month is not null and status <> 'suppressed')
    or as_at_month >= month_end

-- Every indicator row has a value, or says why not; an older month is named only where there is a value.
select *
from {{ ref('indicator_value') }}
where
    (value is null) <> (status in ('not_available', 'suppressed'))
    or (value is null) <> (status_reason is not null)
    or (value is null and as_at_month is not null and status <> 'suppressed')
    or as_at_month >= month_end

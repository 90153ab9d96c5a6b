-- Every row of indicator_value has a value for its month, or gives the reason why not. An earlier month is named only
-- if there is a value.
select *
from {{ ref('indicator_value') }}
where
    (value is null) <> (status in ('not_available', 'suppressed'))
    or (value is null or as_at_month is not null) <> (status_reason is not null)
    or (reason_rule is not null and (reason_source is null or reason_since is null))
    or (value is null and as_at_month is not null and status <> 'suppressed')
    or as_at_month >= month_end

{% macro in_force(source_name) %}
select
    deliveries.month_no as period_month_no,
    deliveries.month_end as period_month_end,
    deliveries.delivers,
    extract_rows.*
from {{ source('raw', source_name) }} as extract_rows
inner join {{ ref('deliveries_in_force') }} as deliveries
    on extract_rows.organisation_id = deliveries.organisation_id
    and extract_rows.delivery_id = deliveries.delivery_id
    and deliveries.source = '{{ source_name }}'
{% endmacro %}

{% macro months_in_force(sources) %}
select organisation_id, month_no
from {{ ref('source_months') }}
where source in ('{{ sources | join("', '") }}') and is_in_force
group by organisation_id, month_no
having count(*) = {{ sources | length }}
{% endmacro %}

-- Grain: one row per indicator, definition and source that it needs, with the number of months.
-- Rule: read from the indicator's metric in models/indicators/: from `needs`, and from `adds_up_leavers`, which says
--   whether all leavers of each month must be known.
with
needs as (
    {% for metric in indicator_metrics() %}
    {% set outer = loop %}
    {% for source, months_needed in metric.needs.items() %}
    select
        '{{ metric.indicator }}' as indicator_id,
        '{{ metric.definition }}' as definition_id,
        '{{ source }}' as source,
        {{ months_needed }} as months_needed,
        {{ 'true' if metric.adds_up_leavers and source == 'hr_assignments' else 'false' }} as adds_up_leavers
    {% if not (loop.last and outer.last) %}union all{% endif %}
    {% endfor %}
    {% endfor %}
)

select indicator_id, definition_id, source, months_needed, adds_up_leavers
from needs

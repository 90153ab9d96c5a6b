{# The grain of a model: no two rows have the same values in these columns. #}
{% test one_row_a(model, columns) %}
select {{ columns | join(', ') }}, count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}

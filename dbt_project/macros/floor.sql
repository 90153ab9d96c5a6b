{# The least number of people behind a published number in a table of people, for every reader (docs/decisions/0017). An
   indicator's own floor is in its metric. #}
{% macro least_people() -%} 10 {%- endmacro %}

{# Engine differences of dates live here. A month is the integer year * 12 + month - 1. #}

{% macro month_no(date_column) -%}
    cast(extract(year from {{ date_column }}) * 12 + extract(month from {{ date_column }}) - 1 as integer)
{%- endmacro %}

{# 'YYYY-MM' to a month number. #}
{% macro period_month_no(period_column) -%}
    cast(substr({{ period_column }}, 1, 4) as integer) * 12 + cast(substr({{ period_column }}, 6, 2) as integer) - 1
{%- endmacro %}

{# First day of a month number. #}
{% macro month_start(month_no) -%}
    make_date(cast(floor(({{ month_no }}) / 12) as integer), cast(({{ month_no }}) % 12 as integer) + 1, 1)
{%- endmacro %}

{# Last day of a month number. #}
{% macro month_end(month_no) -%}
    last_day({{ month_start(month_no) }})
{%- endmacro %}

{% macro add_months(date_expression, months) -%}
    cast({{ date_expression }} + to_months(cast({{ months }} as integer)) as date)
{%- endmacro %}

{% macro add_days(date_expression, days) -%}
    cast({{ date_expression }} + cast({{ days }} as integer) as date)
{%- endmacro %}

{# A date, or the far future where there is none. In the condition of a left join an `is null or` makes DuckDB compare
   all pairs of rows. #}
{% macro or_never(date_expression) -%}
    coalesce({{ date_expression }}, cast('9999-12-31' as date))
{%- endmacro %}

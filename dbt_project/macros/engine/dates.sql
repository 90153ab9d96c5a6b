{# Dates and months. A month is the integer year * 12 + month - 1. #}

{% macro month_no(date_column) -%}
    cast(extract(year from {{ date_column }}) * 12 + extract(month from {{ date_column }}) - 1 as integer)
{%- endmacro %}

{% macro period_month_no(period_column) -%}
    cast(substr({{ period_column }}, 1, 4) as integer) * 12 + cast(substr({{ period_column }}, 6, 2) as integer) - 1
{%- endmacro %}

{% macro month_start(month_no) -%}
    make_date(cast(floor(({{ month_no }}) / 12) as integer), cast(({{ month_no }}) % 12 as integer) + 1, 1)
{%- endmacro %}

{% macro month_end(month_no) -%}
    last_day({{ month_start(month_no) }})
{%- endmacro %}

{# A year that begins in one calendar year and ends in the next, as 2024/25. #}
{% macro years_label(begins) -%}
    cast({{ begins }} as {{ dbt.type_string() }}) || '/' || substr(cast({{ begins }} + 1 as {{ dbt.type_string() }}), 3, 2)
{%- endmacro %}

{# A month as a text that sorts, YYYY-MM. #}
{% macro month_label(month_no) -%}
    substr(cast({{ month_start(month_no) }} as {{ dbt.type_string() }}), 1, 7)
{%- endmacro %}

{# A date, or a date in the far future if there is none. In the condition of a left join, `is null or` would make DuckDB
   compare all pairs of rows. #}
{% macro or_never(date_expression) -%}
    coalesce({{ date_expression }}, cast('9999-12-31' as date))
{%- endmacro %}

{% macro add_months(date_expression, months) -%}
    {{ adapter.dispatch('add_months')(date_expression, months) }}
{%- endmacro %}

{% macro duckdb__add_months(date_expression, months) -%}
    cast({{ date_expression }} + to_months(cast({{ months }} as integer)) as date)
{%- endmacro %}

{% macro spark__add_months(date_expression, months) -%}
    add_months({{ date_expression }}, cast({{ months }} as integer))
{%- endmacro %}

{% macro add_days(date_expression, days) -%}
    {{ adapter.dispatch('add_days')(date_expression, days) }}
{%- endmacro %}

{% macro duckdb__add_days(date_expression, days) -%}
    cast({{ date_expression }} + cast({{ days }} as integer) as date)
{%- endmacro %}

{% macro spark__add_days(date_expression, days) -%}
    date_add({{ date_expression }}, cast({{ days }} as integer))
{%- endmacro %}

{% macro days_between(from_date, to_date) -%}
    {{ adapter.dispatch('days_between')(from_date, to_date) }}
{%- endmacro %}

{% macro duckdb__days_between(from_date, to_date) -%}
    ({{ to_date }} - {{ from_date }})
{%- endmacro %}

{% macro spark__days_between(from_date, to_date) -%}
    datediff({{ to_date }}, {{ from_date }})
{%- endmacro %}

{% macro each_month_no(first_month_no, last_month_no) -%}
    {{ adapter.dispatch('each_month_no')(first_month_no, last_month_no) }}
{%- endmacro %}

{% macro duckdb__each_month_no(first_month_no, last_month_no) -%}
    unnest(range({{ first_month_no }}, {{ last_month_no }} + 1))
{%- endmacro %}

{% macro spark__each_month_no(first_month_no, last_month_no) -%}
    explode(if({{ first_month_no }} <= {{ last_month_no }}, sequence({{ first_month_no }}, {{ last_month_no }}), array()))
{%- endmacro %}

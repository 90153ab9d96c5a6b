{# The symbols that DfE prints in place of a number: c confidential, k and low round to 0, u unreliable, x and : not
   available, z not applicable. #}
{% macro published_symbols() -%} ('c', 'k', 'u', 'x', 'z', 'low', ':') {%- endmacro %}

{# The number in a published cell. Empty if the cell has a symbol. #}
{% macro published_number(column) -%}
    case when {{ column }} not in {{ published_symbols() }} then {{ as_fte(column) }} end
{%- endmacro %}

{# The symbol in a published cell. Empty if the cell has a number. #}
{% macro published_symbol(column) -%}
    case when {{ column }} in {{ published_symbols() }} then {{ column }} end
{%- endmacro %}

{# Whether an authority's code is that of the area. An area has two codes if two authorities are published together,
   such as 940 / 941. #}
{% macro is_in_area(area_code, la_code) -%}
    (' / ' || {{ area_code }} || ' / ' like '% / ' || {{ la_code }} || ' / %')
{%- endmacro %}

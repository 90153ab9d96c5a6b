{# Bands of whole months from a first day to a month end, as a list of (name, number of months from which the band
   begins). The n-th month is complete if it ends on or before the month end. #}
{% macro engagement_bands() -%}
    {{ return([('24_months_and_more', 24), ('12_to_24_months', 12), ('6_to_12_months', 6), ('3_to_6_months', 3), ('under_3_months', 0)]) }}
{%- endmacro %}

{# Bands of the number of cases that a worker holds, as a list of (name, least, most). #}
{% macro caseload_bands() -%}
    {{ return([('1_to_10', 1, 10), ('11_to_15', 11, 15), ('16_to_20', 16, 20), ('21_to_25', 21, 25), ('26_and_more', 26, 500)]) }}
{%- endmacro %}

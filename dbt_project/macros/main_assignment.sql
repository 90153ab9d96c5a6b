{# Orders a person's assignments, the main one first (docs/counting_rules.md, H1): the more senior job, then the one
   held longer, then the larger, then the lower post number (the shorter is the lower), then team, job and contract in
   alphabetical order. A pseudonym never decides, so another key changes no figure. Two assignments that are equal in
   all of these are equal in every figure. #}
{% macro main_assignment_first(relation='', seniority=none) -%}
{%- set of = relation ~ '.' if relation else '' -%}
    {{ in_turn([
        seniority or of ~ 'seniority', of ~ 'start_date', '-coalesce(' ~ of ~ 'fte, 0)', 'length(' ~ of ~ 'post_id)', of ~ 'post_id',
        of ~ 'team_id', of ~ 'job_role', of ~ 'contract_type',
    ]) }}
{%- endmacro %}

{# Orders the spans of a person's assignments that touch a month: first those held last in it, and among these the main
   one first. `next_month` is the first day after the month. #}
{% macro held_last_first(relation, next_month) -%}
    least({{ relation }}.valid_to, {{ next_month }}) desc, {{ main_assignment_first(relation) }}
{%- endmacro %}

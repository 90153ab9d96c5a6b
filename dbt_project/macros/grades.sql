{# Left join with the council's dated list of grades, Team Manager and below. `grades.job_role` is empty for a grade
   that is not on the list. #}
{% macro join_team_manager_and_below(relation) %}
left join {{ ref('stg_config__post_grades') }} as grades
    on grades.list = 'team_manager_and_below'
    and {{ relation }}.organisation_id = grades.organisation_id
    and {{ relation }}.job_role = grades.job_role
    and {{ relation }}.month_end >= grades.from_date
    and {{ relation }}.month_end <= {{ or_never('grades.to_date') }}
{% endmacro %}

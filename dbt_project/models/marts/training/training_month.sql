-- Grain: one row per organisation, month and scope, for months in which training is in force.
-- Rule: calculated in training_sums.
-- Rule: above a council, the councils' rows add up, for partnerships and for regions and England if they are complete
--   (with_areas).
{% set counts = [
    'attempts', 'completions', 'people_trained', 'places_missed', 'multi_agency_completions', 'multi_agency_occasions',
    'attempts_without_cost',
] %}
with told as (select * from {{ ref('training_sums') }})

select
    unit_key,
    organisation_id,
    month_end,
    scope,
    scope_id,
    attempts,
    completions,
    people_trained,
    places_missed,
    multi_agency_completions,
    100 * {{ ratio('multi_agency_completions', 'completions') }} as multi_agency_per_cent,
    multi_agency_occasions,
    cost,
    attempts_without_cost,
    organisations_counted,
    organisations_left_out
from ({{ with_unit_keys(
    with_areas('told', ['month_end'], numbers=counts, pounds=['cost']),
    month_no('month_end'),
) }}) as figures

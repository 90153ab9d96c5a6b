-- Grain: one row per organisation, month and scope, for months in which training is in force.
-- Rule: attempts recorded in the month; each attempt takes a place, also a failed or a missed one, so each costs one.
--   In the team of the main assignment at the month end; who has none by then counts for the council alone.
-- Rule: multi-agency is an attendance that says so, or a course that the catalogue says is taught together with
--   partners. An occasion is such a course on a day on which somebody completed it.
-- Rule: above a council the councils' rows add up: of partnerships, and of regions and England that are whole
--   (with_areas).
-- Limit: the council's own staff alone; partners' staff on the same course are not in the extract. A course that is not
--   in the catalogue has no cost.
{% set counts = [
    'attempts', 'completions', 'people_trained', 'places_missed', 'multi_agency_completions', 'multi_agency_occasions',
    'attempts_without_cost',
] %}
with told as (select * from {{ ref('training_sums') }})

select
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
from ({{ with_areas('told', ['month_end'], numbers=counts, pounds=['cost']) }}) as figures

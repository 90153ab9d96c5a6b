-- Grain: one row per organisation, month end and scope.
-- Rule: cases and FTE of social workers, agency included, who hold at least one case; those of agency workers shown
--   apart.
-- Rule: the bands say how many of them hold so many cases, whatever their FTE. A limit is for a full-time worker: a
--   part-timer's is by FTE.
-- Rule: limits are the council's own (organisation.yaml); without them the columns that need them are empty.
-- Rule: cases with another worker are those that somebody else held a month before; empty where the case system does
--   not tell.
-- Rule: cases that wait for a worker are in the team in which they wait; empty where the month's extract does not tell
--   of any team, not 0.
-- Rule: above a council the councils' rows add up: of partnerships, and of regions and England that are whole
--   (with_areas).
{% set holders_by_band = [] %}
{% for band, _, _ in caseload_bands() %}{% do holders_by_band.append('holders_of_' ~ band) %}{% endfor %}
with rows_of_councils as (select * from {{ ref('caseload_sums') }})

select
    organisation_id,
    month_end,
    scope,
    scope_id,
    cases,
    case_holders_fte,
    case_holders,
    {{ ratio('cases', 'case_holders_fte') }} as cases_per_fte,
    cases_held_by_agency,
    agency_case_holders_fte,
    {% for holders in holders_by_band %}
    {{ holders }},
    {% endfor %}
    case_limit,
    holders_above_limit,
    asye_case_limit,
    asye_case_holders,
    asye_holders_above_limit,
    unallocated_cases,
    cases_with_another_worker,
    organisations_counted,
    organisations_left_out
from (
    {{ with_areas(
        'rows_of_councils', ['month_end'], fte=['case_holders_fte', 'agency_case_holders_fte'],
        numbers=['cases', 'case_holders', 'cases_held_by_agency', 'holders_above_limit', 'asye_case_holders', 'asye_holders_above_limit',
            'unallocated_cases', 'cases_with_another_worker'] + holders_by_band,
        own=['case_limit', 'asye_case_limit'],
    ) }}
) as figures

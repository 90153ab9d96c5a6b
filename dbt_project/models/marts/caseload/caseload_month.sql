-- Grain: one row per organisation, month end and scope.
-- Rule: calculated in caseload_sums.
-- Rule: above a council, the councils' rows add up, for partnerships and for regions and England if they are complete
--   (with_areas).
{% set holders_by_band = [] %}
{% for band, _, _ in caseload_bands() %}{% do holders_by_band.append('holders_of_' ~ band) %}{% endfor %}
with rows_of_councils as (select * from {{ ref('caseload_sums') }})

select
    unit_key,
    organisation_id,
    month_end,
    scope,
    scope_id,
    cases,
    case_holders_fte,
    case_holders,
    {{ ratio('cases', 'case_holders_fte') }} as cases_per_fte,
    cases_held_by_agency,
    agency_case_holders,
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
    {{ with_unit_keys(with_areas(
        'rows_of_councils', ['month_end'], fte=['case_holders_fte', 'agency_case_holders_fte'],
        numbers=['cases', 'case_holders', 'cases_held_by_agency', 'agency_case_holders', 'holders_above_limit', 'asye_case_holders', 'asye_holders_above_limit',
            'unallocated_cases', 'cases_with_another_worker'] + holders_by_band,
        own=['case_limit', 'asye_case_limit'],
    ), month_no('month_end')) }}
) as figures

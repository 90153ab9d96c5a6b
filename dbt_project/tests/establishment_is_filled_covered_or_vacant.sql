-- Establishment + over-established = permanent + other + kept for a holder without FTE + agency covering a vacancy +
-- unfilled + frozen, if bookings are known.
select *
from {{ ref('establishment_position') }}
where
    agency_vacancy_cover_fte is not null
    and establishment_fte + over_established_fte
    <> permanent_fte + other_fte + kept_fte + agency_vacancy_cover_fte + unfilled_fte + frozen_fte

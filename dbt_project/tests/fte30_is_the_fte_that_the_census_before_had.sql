-- The FTE on the September before is the FTE in the census of that year. Somebody who was not in that census has 0.
select this_year.organisation_id, this_year.census_year
from {{ ref('census_fte') }} as this_year
left join {{ ref('census_fte') }} as year_before
    on this_year.organisation_id = year_before.organisation_id
    and this_year.person_key = year_before.person_key
    and this_year.census_year = year_before.census_year + 1
where
    exists (
        select 1
        from {{ ref('census_fte') }} as any_of_year_before
        where
            any_of_year_before.organisation_id = this_year.organisation_id
            and any_of_year_before.census_year = this_year.census_year - 1
    )
    and this_year.fte30 is distinct from case when year_before.person_key is null then 0 else year_before.fte end

-- Grain: one row per council, strand and group of residents.
-- Rule: shares are of all residents of the council's area who are in any counted group of the strand.
select
    councils.organisation_id, residents.strand, residents.group_name,
    max(residents.year) as resident_year,
    max(residents.population) as resident_population,
    100
    * {{ ratio(
        'sum(residents.residents)',
        'sum(sum(residents.residents)) over (partition by councils.organisation_id, residents.strand)'
    ) }}
        as residents_per_cent
from {{ ref('stg_residents__groups') }} as residents
inner join {{ ref('stg_config__councils') }} as councils
    on {{ is_in_area('councils.new_la_code', 'residents.area_code') }}
group by councils.organisation_id, residents.strand, residents.group_name

-- Grain: one row per area, strand and group of residents.
-- Rule: for each area and strand, the latest year counts. Within it, residents of working age come before all
--   residents. Then the figures received last count.
with
rows_in_force as ({{ in_force('resident_profile') }}),

chosen as (
    select *
    from rows_in_force
    qualify dense_rank() over (
        partition by area_code, strand
        order by year desc, case population when 'working_age' then 1 else 2 end, period_month_no desc, organisation_id
    ) = 1
)

select
    area_code,
    strand,
    group_name,
    year,
    population,
    residents
from chosen

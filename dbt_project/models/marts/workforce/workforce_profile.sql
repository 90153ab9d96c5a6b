-- Grain: one row per organisation, end of a quarter, level of the hierarchy, strand and group, for the whole council,
--   never for a team.
-- Rule: shares are of people whose group is known. Residents are those of the council's area, as shares of all
--   residents in the strand.
with
people as (select * from {{ ref('profile_people') }}),

levels as (
    select organisation_id, month_no, month_end, strand, level, group_name from people
    union all
    select organisation_id, month_no, month_end, strand, 'social_worker', group_name
    from people
    where level <> 'other_staff'
    union all
    select organisation_id, month_no, month_end, strand, 'all_staff', group_name from people
),

level_sums as (
    select
        organisation_id, month_no, month_end, strand, level,
        count(group_name) as people_known,
        count(*) - count(group_name) as people_not_known
    from levels
    group by organisation_id, month_no, month_end, strand, level
),

cells as (
    select organisation_id, month_no, strand, level, group_name, count(*) as people
    from levels
    where group_name is not null
    group by organisation_id, month_no, strand, level, group_name
),

residents as (select * from {{ ref('resident_shares') }}),

strands as (
    select distinct -- a strand has several groups
        organisation_id, strand
    from cells
),

-- Every group of the council's workforce or residents. If nobody at a level is in a group, its row has 0.
groups as (
    select organisation_id, strand, group_name from cells
    union -- removes repeated rows
    select residents.organisation_id, residents.strand, residents.group_name
    from residents
    inner join strands using (organisation_id, strand)
)

select
    of_levels.organisation_id as unit_key,
    of_levels.organisation_id,
    of_levels.month_end,
    of_levels.level,
    of_levels.strand,
    groups.group_name,
    coalesce(cells.people, 0) as people,
    of_levels.people_known,
    of_levels.people_not_known,
    100 * {{ ratio('coalesce(cells.people, 0)', 'of_levels.people_known') }} as per_cent,
    residents.residents_per_cent,
    residents.resident_year,
    residents.resident_population
from level_sums as of_levels
inner join groups
    on of_levels.organisation_id = groups.organisation_id
    and of_levels.strand = groups.strand
left join cells
    on of_levels.organisation_id = cells.organisation_id
    and of_levels.month_no = cells.month_no
    and of_levels.strand = cells.strand
    and of_levels.level = cells.level
    and groups.group_name = cells.group_name
left join residents
    on of_levels.organisation_id = residents.organisation_id
    and of_levels.strand = residents.strand
    and groups.group_name = residents.group_name

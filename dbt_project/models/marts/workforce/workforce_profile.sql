-- Grain: one row per organisation, end of a quarter, level of the hierarchy, strand and group, for the whole council,
--   never for a team.
-- Rule: if fewer than 10 people at a level have a known group, the level is suppressed in every group.
-- Rule: other levels are suppressed too, so that nobody can work it out by subtraction. If the suppressed levels of
--   social workers together have fewer than 10 people, the next smallest level is suppressed with them. If social
--   workers or other staff are suppressed, so are all staff.
-- Rule: shares are of people whose group is known. Residents are those of the council's area, as shares of all
--   residents in the strand.
-- Limit: a cell of a level that is shown may be small. Comparing two quarters may show who came and went, so keep such
--   tables inside the council.
{% set floor = 10 %}
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
        count(*) - count(group_name) as people_not_known,
        case when level in ('other_staff', 'social_worker', 'all_staff') then level else 'part_of_social_worker' end
            as part
    from levels
    group by organisation_id, month_no, month_end, strand, level
),

ranked as (
    select
        *,
        -- People with a known group at the smaller levels that make up social workers.
        coalesce(sum(people_known) over (
            partition by organisation_id, month_no, strand, part order by people_known, level
            rows between unbounded preceding and 1 preceding
        ), 0) as smaller_known,
        min(case when level in ('other_staff', 'social_worker') and people_known > 0 then people_known end) over (
            partition by organisation_id, month_no, strand
        ) as smaller_part_known
    from level_sums
),

judged as (
    select
        *,
        people_known between 1 and {{ floor - 1 }}
        or (part = 'part_of_social_worker' and people_known > 0 and smaller_known between 1 and {{ floor - 1 }})
        or (level = 'all_staff' and smaller_part_known < {{ floor }}) as is_suppressed
    from ranked
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
    judged.organisation_id as unit_key,
    judged.organisation_id,
    judged.month_end,
    judged.level,
    judged.strand,
    groups.group_name,
    case when not judged.is_suppressed then coalesce(cells.people, 0) end as people,
    case when not judged.is_suppressed then judged.people_known end as people_known,
    case when not judged.is_suppressed then judged.people_not_known end as people_not_known,
    case
        when not judged.is_suppressed then 100 * {{ ratio('coalesce(cells.people, 0)', 'judged.people_known') }}
    end as per_cent,
    residents.residents_per_cent,
    residents.resident_year,
    residents.resident_population,
    judged.is_suppressed
from judged
inner join groups
    on judged.organisation_id = groups.organisation_id
    and judged.strand = groups.strand
left join cells
    on judged.organisation_id = cells.organisation_id
    and judged.month_no = cells.month_no
    and judged.strand = cells.strand
    and judged.level = cells.level
    and groups.group_name = cells.group_name
left join residents
    on judged.organisation_id = residents.organisation_id
    and judged.strand = residents.strand
    and groups.group_name = residents.group_name

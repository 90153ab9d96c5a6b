-- Grain: one row per organisation, end of a quarter, level of the hierarchy, strand and group; for the council as a
--   whole, never for a team.
-- Rule: a level whose people of known group are fewer than 10 is suppressed whole, in every group.
-- Rule, so that it cannot be had by subtraction: the suppressed levels of social workers together have 10 people or
--   more, else the next smallest level is suppressed with them; and where social workers or other staff are suppressed,
--   so are all staff.
-- Rule: shares are of those whose group is known; residents are those of the council's area, shares of all residents of
--   the strand.
-- Limit: a cell of a level that is shown may be small. Two quarters compared may tell of those who came and went: keep
--   such tables inside.
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
        -- Known people of the smaller levels that social workers consist of.
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

-- Every group of the council's workforce or of its residents. A group that nobody of a level is in has a row with 0.
groups as (
    select organisation_id, strand, group_name from cells
    union -- takes out the repeated ones
    select residents.organisation_id, residents.strand, residents.group_name
    from residents
    inner join strands using (organisation_id, strand)
)

select
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

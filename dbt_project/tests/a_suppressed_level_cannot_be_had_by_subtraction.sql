-- Social workers less the levels that are shown leaves nobody, or 10 people or more. The same is true of all staff and
-- its two parts.
with
shown as (
    select organisation_id, month_end, strand, level, max(people_known) as people_known
    from {{ ref('workforce_profile') }}
    where not is_suppressed
    group by organisation_id, month_end, strand, level
),

left_over as (
    select
        organisation_id, month_end, strand,
        max(case when level = 'social_worker' then people_known end)
            - coalesce(
                sum(case when level not in ('social_worker', 'other_staff', 'all_staff') then people_known end), 0
            ) as of_social_workers,
        max(case when level = 'all_staff' then people_known end)
            - coalesce(sum(case when level in ('social_worker', 'other_staff') then people_known end), 0)
                as of_all_staff
    from shown
    group by organisation_id, month_end, strand
)

select *
from left_over
where of_social_workers between 1 and 9 or of_all_staff between 1 and 9

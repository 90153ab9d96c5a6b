-- The questions of the rules of staff in post, written by hand as one statement over the raw files: what a person would write who needs
-- no limits of a council, no row numbers and no words. One row a rule and month: how many rows fail, or 1 where the whole delivery does.
-- Given: staff (file name pattern), posts (file name pattern). Both have the months in their hive partition `period`.
with
staff as (
    select
        *,
        last_day(cast(period || '-01' as date)) as month_end,
        cast(period || '-01' as date) as month_start,
        start_date <= last_day(cast(period || '-01' as date)) and (end_date is null or end_date > last_day(cast(period || '-01' as date))) as in_post,
        count(swe_key) over months > 0 as has_registration,
        count(leaving_reason) over months > 0 as has_reason,
        count(start_origin) over months > 0 as has_origin
    from read_parquet('{staff}', hive_partitioning = true, hive_types_autocast = false)
    window months as (partition by period)
),
posts as (
    select period, post_id, max(budgeted_fte) as budgeted_fte
    from read_parquet('{posts}', hive_partitioning = true, hive_types_autocast = false)
    group by period, post_id
),
teams as (
    select distinct period, team_id from read_parquet('{posts}', hive_partitioning = true, hive_types_autocast = false)
),
numbers as (
    select period, swe_key, count(distinct person_key) as people from staff where swe_key is not null group by period, swe_key
),
alike as (
    select period, post_id, start_date, age_band, sex_group, count(distinct person_key) as people
    from staff
    where in_post and post_id is not null
    group by period, post_id, start_date, age_band, sex_group
),
known as (
    select
        staff.*,
        posts.post_id is not null as has_post,
        posts.budgeted_fte,
        teams.team_id is not null as has_team,
        numbers.people as people_of_number,
        alike.people as people_alike,
        sum(fte) filter (in_post) over (partition by staff.period, person_key) as fte_of_person,
        count(*) filter (in_post) over (partition by staff.period, person_key, staff.post_id) as times_in_post,
        sum(fte) filter (in_post) over (partition by staff.period, staff.post_id) as fte_of_post
    from staff
    left join posts on staff.period = posts.period and staff.post_id = posts.post_id
    left join teams on staff.period = teams.period and staff.team_id = teams.team_id
    left join numbers on staff.period = numbers.period and staff.swe_key = numbers.swe_key
    left join alike
        on staff.period = alike.period and staff.post_id = alike.post_id and staff.start_date = alike.start_date
        and staff.age_band is not distinct from alike.age_band and staff.sex_group is not distinct from alike.sex_group
),
counted as (
    select
        period,
        count(*) as n,
        count(*) filter (in_post) as assignments,
        sum(fte) filter (in_post) as fte,
        count(*) filter (in_post and registered_social_worker) as social_workers,
        count(*) filter (in_post and fte is null) as without_fte,
        count(*) filter (in_post and not has_post) as strange_posts,
        sum(cast(hash(person_key, assignment_key, post_id, team_id, fte, start_date, end_date, leaving_reason, start_origin) as hugeint)) as content,
        count(*) filter (in_post and fte_of_person > 1.0001) as hr_007,
        count(*) filter (fte is null) as hr_008,
        count(*) filter (datediff('month', end_date, month_end) > 3) as hr_009,
        count(*) filter (in_post and not has_team) as hr_011,
        count(*) filter (in_post and not has_post) as hr_012,
        count(*) filter (in_post and times_in_post > 1) as hr_021,
        count(*) filter (in_post and swe_key is not null and people_of_number > 1) as hr_023,
        count(*) filter (in_post and people_alike > 1) as hr_024,
        count(*) filter (in_post and registered_social_worker and has_registration and swe_key is null) as hr_025,
        count(*) filter (has_reason and end_date between month_start and month_end and leaving_reason is null) as hr_026,
        count(*) filter (
            has_origin and period > '{first}' and start_date between month_start and month_end and start_origin is null
        ) as hr_027,
        count(*) filter (in_post and team_start_date > month_end) as hr_029,
        count(*) filter (start_date > month_end and datediff('month', month_end, start_date) > 3) as hr_030,
        count(*) filter (in_post and datediff('day', start_date, month_end) / 365.25 > 60) as hr_031,
        count(*) filter (in_post and contract_type = 'fixed_term' and contract_end_date < month_start) as hr_033,
        count(*) filter (in_post and budgeted_fte > 0 and fte_of_post >= budgeted_fte + 1) as hr_034
    from known
    group by period
),
started as (
    select period, max(people) as people
    from (
        select period, start_date, count(*) as people
        from staff
        where in_post and start_date between month_start and month_end
        group by period, start_date
    )
    group by period
),
followed as (
    select
        before.team_id,
        before.person_key,
        now.assignment_key is null as is_gone,
        present.person_key is null as is_lost
    from staff as before
    left join staff as now on now.period = '{last}' and before.assignment_key = now.assignment_key
    left join (select distinct person_key from staff where period = '{last}' and in_post) as present on before.person_key = present.person_key
    where before.period = '{first}' and before.start_date < date '{last}-01' and before.end_date is null
),
gone as (select count(*) as people, count(*) filter (is_gone) as gone from followed),
shrunk as (
    select count(*) as teams
    from (
        select team_id, count(distinct person_key) as people, count(distinct person_key) filter (is_lost) as lost from followed group by team_id
    )
    where lost >= 3 and people - lost < people * 0.85
),
judged as (
    select
        counted.*,
        lag(assignments) over months as assignments_before,
        lag(fte) over months as fte_before,
        lag(social_workers) over months as social_workers_before,
        lag(n) over months as n_before,
        lag(content) over months as content_before,
        started.people as started_same_day,
        case when counted.period = '{last}' then gone.gone end as gone,
        case when counted.period = '{last}' then gone.people end as people_before,
        case when counted.period = '{last}' then shrunk.teams end as teams_shrunk
    from counted
    left join started using (period)
    cross join gone
    cross join shrunk
    window months as (order by period)
),
answered as (
    select
        period,
        cast(n = 0 as bigint) as hr_001,
        cast(assignments / assignments_before not between 0.85 and 1.25 as bigint) as hr_005,
        cast(fte / fte_before not between 0.85 and 1.25 as bigint) as hr_006,
        hr_007,
        hr_008,
        hr_009,
        cast(gone > 0 as bigint) as hr_010,
        hr_011,
        hr_012,
        cast(gone >= 5 and gone / people_before > 0.03 as bigint) as hr_013,
        cast(strange_posts >= 5 and strange_posts / assignments > 0.1 as bigint) as hr_014,
        cast(without_fte >= 3 and without_fte / assignments > 0.05 as bigint) as hr_015,
        cast(social_workers / social_workers_before not between 0.85 and 1.25 as bigint) as hr_016,
        cast(n = n_before and content = content_before as bigint) as hr_017,
        cast(teams_shrunk > 0 as bigint) as hr_020,
        hr_021,
        hr_023,
        hr_024,
        hr_025,
        hr_026,
        hr_027,
        hr_029,
        hr_030,
        hr_031,
        cast(started_same_day >= 5 and started_same_day / assignments > 0.2 as bigint) as hr_032,
        hr_033,
        hr_034
    from judged
)

select period, upper(replace(rule, '_', '-')) as rule_id, answer
from (unpivot answered on columns(* exclude (period)) into name rule value answer)

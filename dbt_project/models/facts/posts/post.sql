-- Grain: one row per post of the establishment and period of days in which its values stayed the same: [valid_from,
--   valid_to). While they still hold, valid_to is in the far future.
-- Rule: the values of an extract hold from the first day of its month to the next extract. A month that never came
--   changes nothing.
-- Rule: a post that is missing from an extract ended with the month before. A number is another post (post_use) if it
--   comes back after an extract without it, or if it changes team and job at once.
-- Rule: a re-organised or renamed team is the same team.
-- Limit: an establishment extract describes a month end and does not report the days between.
with
teams as (select * from {{ ref('stg_config__current_teams') }}),

told as (
    select
        posts.organisation_id, posts.month_no, posts.post_id, posts.team_id, posts.job_role, posts.budgeted_fte,
        posts.post_status,
        coalesce(teams.current_team_id, posts.team_id) as current_team_id
    from {{ ref('stg_establishment__posts') }} as posts
    left join teams
        on posts.organisation_id = teams.organisation_id
        and posts.team_id = teams.team_id
),

extracts as (
    select
        organisation_id, month_no,
        lead(month_no) over (partition by organisation_id order by month_no) as next_month_no,
        row_number() over (partition by organisation_id order by month_no) as extract_no
    from (select distinct organisation_id, month_no from told) as months -- a month has many posts
),

followed as (
    select
        told.*,
        extracts.next_month_no, extracts.extract_no,
        lag(extracts.extract_no) over post as extract_no_before,
        lag(told.current_team_id) over post as team_before,
        lag(told.job_role) over post as job_role_before,
        lag(told.budgeted_fte) over post as budgeted_fte_before,
        lag(told.post_status) over post as post_status_before
    from told
    inner join extracts using (organisation_id, month_no)
    window post as (partition by told.organisation_id, told.post_id order by told.month_no)
),

marked as (
    select
        *,
        case
            when extract_no_before = extract_no - 1 and (current_team_id = team_before or job_role = job_role_before)
                then 0
            else 1
        end as is_new_post,
        case
            when
                extract_no_before = extract_no - 1 and current_team_id = team_before and job_role = job_role_before
                and (budgeted_fte is not distinct from budgeted_fte_before)
                and post_status = post_status_before
                then 0
            else 1
        end as is_new_span
    from followed
),

numbered as (
    select
        *,
        sum(is_new_post) over post as post_use,
        sum(is_new_span) over post as span_no
    from marked
    window post as (
        partition by organisation_id, post_id order by month_no rows between unbounded preceding and current row
    )
)

select
    organisation_id,
    post_id,
    cast(post_use as integer) as post_use,
    max_by(team_id, month_no) as team_id,
    any_value(current_team_id) as current_team_id,
    any_value(job_role) as job_role,
    any_value(budgeted_fte) as budgeted_fte,
    any_value(post_status) as post_status,
    {{ month_start('min(month_no)') }} as valid_from,
    case
        when count(next_month_no) = count(*) then {{ month_start('max(next_month_no)') }}
        else cast('9999-12-31' as date)
    end as valid_to
from numbered
group by organisation_id, post_id, post_use, span_no

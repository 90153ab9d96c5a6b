-- Grain: one row per post and month end. A line that pools posts is one row, with the number of posts in `posts`.
-- Rule: a post whose row was rejected, but whose number can be read, has the values last accepted for it
--   (docs/counting_rules.md, A2).
with
rows_in_force as ({{ in_force('establishment') }}),

told as (
    select
        organisation_id,
        period_month_no as month_no,
        period_month_end as month_end,
        post_id,
        team_id,
        team_name,
        service_id,
        service_name,
        job_role,
        {{ as_fte('budgeted_fte') }} as budgeted_fte,
        post_status,
        coalesce(posts, 1) as posts
    from rows_in_force
),

rejected as (
    select distinct -- a post may be in two rejected rows
        organisation_id, month_no, month_end, post_id
    from {{ ref('stg_rejected__keys') }}
    where source = 'establishment' and post_id is not null
),

kept as (
    select
        told.organisation_id, rejected.month_no, rejected.month_end, told.post_id, told.team_id, told.team_name,
        told.service_id, told.service_name, told.job_role, told.budgeted_fte, told.post_status, told.posts
    from rejected
    anti join told as accepted
        on rejected.organisation_id = accepted.organisation_id
        and rejected.month_no = accepted.month_no
        and rejected.post_id = accepted.post_id
    inner join told
        on rejected.organisation_id = told.organisation_id
        and rejected.post_id = told.post_id
        and rejected.month_no > told.month_no
    qualify row_number() over (
        partition by rejected.organisation_id, rejected.month_no, rejected.post_id
        order by told.month_no desc
    ) = 1
),

told_or_kept as (
    select * from told
    union all
    select * from kept
)

select
    organisation_id,
    month_no,
    month_end,
    post_id,
    team_id,
    team_name,
    service_id,
    service_name,
    job_role,
    budgeted_fte,
    post_status,
    posts
from told_or_kept

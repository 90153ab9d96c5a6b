-- Grain: one row per post and month end, for months in which establishment and staff in post are both in force.
-- Rule: a post's vacancy is its budgeted FTE less the FTE of the people who hold it, never below 0. Frozen posts count.
-- Rule: the part of a joint post that the other council pays is held by other staff.
-- Rule: agency cover is subtracted from the vacancy of the post that the booking names. Cover beyond that vacancy is
--   supernumerary. A project team works on top of the establishment, whatever post it names.
-- Rule: a post is unfilled if nobody of any kind works in it. A frozen post is not unfilled, and is shown separately.
-- Rule: what agency workers cover, and what is unfilled, is empty if the month's bookings are not in force.
-- Rule: people who appear twice count once (docs/decisions/0025). The booking of somebody who is also in post covers
--   nothing. A casual worker who is also booked through an agency holds no post.
-- Rule: somebody whose FTE is not known, or is 0 as in a career break, holds the post. The part of its budget that
--   nobody else holds is kept for that person, and is not vacant (docs/counting_rules.md, G2). A casual contract
--   without FTE holds no post.
-- Rule: each person who holds a pooled line, or is booked for it, fills one of its posts (G5). Somebody whose FTE is
--   not known keeps the average budget of its posts.
-- Limit: secondments out are counted where the post is.
with
in_force as (
    {{ months_in_force(['hr_assignments', 'establishment']) }}
),

agency_known as (
    {{ months_in_force(['agency']) }}
),

teams as (select * from {{ ref('stg_config__current_teams') }}),

established as (
    select
        posts.organisation_id, posts.month_no, posts.month_end, posts.post_id,
        coalesce(teams.current_team_id, posts.team_id) as current_team_id,
        posts.job_role, posts.budgeted_fte, posts.post_status, posts.posts
    from {{ ref('stg_establishment__posts') }} as posts
    inner join in_force using (organisation_id, month_no)
    left join teams
        on posts.organisation_id = teams.organisation_id
        and posts.team_id = teams.team_id
),

held as (
    select
        organisation_id, month_no, month_end, post_id,
        sum(case when contract_type = 'permanent' then agreed_fte else 0 end) as permanent_fte,
        sum(case when contract_type = 'permanent' then fte - agreed_fte else fte end) as other_fte,
        sum(case when contract_type = 'casual' and coalesce(fte, 0) = 0 then 0 else 1 end) as holders,
        sum(case when contract_type <> 'casual' and coalesce(fte, 0) = 0 then 1 else 0 end) as holders_without_fte
    from {{ ref('assignment_month') }}
    inner join in_force using (organisation_id, month_no)
    where not is_booked_as_agency
    group by organisation_id, month_no, month_end, post_id
),

placed as (select * from established where current_team_id is not null and job_role is not null),

-- If the establishment gives a post no team, the main holder's team and job are used.
holders as (
    select
        organisation_id, month_no, post_id,
        min_by(current_team_id, {{ main_assignment_first() }}) as current_team_id,
        min_by(job_role, {{ main_assignment_first() }}) as job_role
    from {{ ref('assignment_month') }}
    anti join placed using (organisation_id, month_no, post_id)
    where not is_booked_as_agency
    group by organisation_id, month_no, post_id
),

-- A person whose post is not in the establishment is over-established: the post counts with no budget.
posts as (
    select
        coalesce(established.organisation_id, held.organisation_id) as organisation_id,
        coalesce(established.month_no, held.month_no) as month_no,
        coalesce(established.month_end, held.month_end) as month_end,
        coalesce(established.post_id, held.post_id) as post_id,
        coalesce(established.current_team_id, holders.current_team_id) as current_team_id,
        coalesce(established.job_role, holders.job_role) as job_role,
        coalesce(established.post_status, 'not_established') as post_status,
        coalesce(established.budgeted_fte, 0) as budgeted_fte,
        coalesce(held.permanent_fte, 0) as permanent_fte,
        coalesce(held.other_fte, 0) as other_fte,
        case when established.post_id is not null then coalesce(established.posts, 1) else 0 end as posts,
        coalesce(held.holders, 0) as holders,
        coalesce(held.holders_without_fte, 0) as holders_without_fte
    from established
    full outer join held
        on established.organisation_id = held.organisation_id
        and established.month_no = held.month_no
        and established.post_id = held.post_id
    left join holders
        on held.organisation_id = holders.organisation_id
        and held.month_no = holders.month_no
        and held.post_id = holders.post_id
),

cover as (
    select
        organisation_id, month_no, post_id,
        sum(case when cover_reason = 'vacancy' then fte else 0 end) as vacancy_cover_fte,
        sum(case when cover_reason = 'absence' then fte else 0 end) as absence_cover_fte,
        sum(case when cover_reason <> 'project_team' then 1 else 0 end) as agency_workers
    from {{ ref('agency_month') }}
    where post_id is not null and not is_also_in_post
    group by organisation_id, month_no, post_id
),

held_or_not as (
    select
        *,
        greatest(budgeted_fte - permanent_fte - other_fte, 0) as not_held_fte,
        coalesce(holders_without_fte * budgeted_fte / nullif(posts, 0), 0) as kept_at_most
    from posts
),

measured as (
    select
        posts.*,
        least(posts.not_held_fte, posts.kept_at_most) as kept_fte,
        greatest(posts.not_held_fte - posts.kept_at_most, 0) as vacancy_fte,
        greatest(posts.permanent_fte + posts.other_fte - posts.budgeted_fte, 0) as over_established_fte,
        case when agency_known.month_no is not null then coalesce(cover.vacancy_cover_fte, 0) end as vacancy_cover_fte,
        case when agency_known.month_no is not null then coalesce(cover.absence_cover_fte, 0) end as absence_cover_fte,
        case when agency_known.month_no is not null then coalesce(cover.agency_workers, 0) end as agency_workers
    from held_or_not as posts
    left join agency_known
        on posts.organisation_id = agency_known.organisation_id
        and posts.month_no = agency_known.month_no
    left join cover
        on posts.organisation_id = cover.organisation_id
        and posts.month_no = cover.month_no
        and posts.post_id = cover.post_id
),

covered as (
    -- Without bookings the cover is not known. `least` and `greatest` would ignore the empty value.
    select
        *,
        case
            when vacancy_cover_fte < vacancy_fte then vacancy_cover_fte when
                vacancy_cover_fte is not null
                then vacancy_fte
        end as covered_fte,
        case when agency_workers is not null then greatest(posts - holders - agency_workers, 0) end as empty_posts
    from measured
)

select
    organisation_id,
    month_end,
    month_no,
    post_id,
    current_team_id,
    job_role,
    post_status,
    {{ as_fte('budgeted_fte') }} as budgeted_fte,
    {{ as_fte('permanent_fte') }} as permanent_fte,
    {{ as_fte('other_fte') }} as other_fte,
    {{ as_fte('kept_fte') }} as kept_fte,
    {{ as_fte('vacancy_fte') }} as vacancy_fte,
    {{ as_fte('covered_fte') }} as agency_vacancy_cover_fte,
    {{ as_fte('vacancy_cover_fte - covered_fte') }} as agency_beyond_vacancy_fte,
    {{ as_fte('absence_cover_fte') }} as agency_absence_cover_fte,
    {{ as_fte("(vacancy_fte - covered_fte) * case when post_status = 'frozen' then 0 else 1 end") }} as unfilled_fte,
    {{ as_fte("(vacancy_fte - covered_fte) * case when post_status = 'frozen' then 1 else 0 end") }} as frozen_fte,
    {{ as_fte('over_established_fte') }} as over_established_fte,
    cast(posts as bigint) as posts,
    cast(empty_posts * case when post_status = 'active' then 1 else 0 end as bigint) as posts_unfilled,
    cast(empty_posts * case when post_status = 'frozen' then 1 else 0 end as bigint) as posts_frozen
from covered

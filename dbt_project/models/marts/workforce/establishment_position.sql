-- Grain: one row per organisation, month end, scope and role group.
-- Rule: establishment + over-established = permanent + other + kept for a holder without FTE + agency covering a
--   vacancy + unfilled + frozen, in FTE, at every scope.
-- Rule: agency counts in the team of the post that it covers. A project team, and cover beyond its post, is
--   supernumerary in the booking's team.
-- Rule: a booking of somebody who is also in post is not counted again (docs/decisions/0025).
-- Rule: teams and services are ranked by the share of their posts that are unfilled, then by how many. Posts are
--   ranked, never people. A frozen post is not unfilled, in posts or in FTE. It is shown separately, and stays a post
--   of the establishment.
-- Rule: above a council, the rows of councils whose posts are known add up, for partnerships and for regions and
--   England if they are complete (with_areas).
-- Rule: if the month's bookings are not in force, these are empty: what agency workers cover, and what is unfilled or
--   frozen, its share and its rank. Above a council they are empty if this is so for one of its councils.
-- Limit: the rows of the printed table need not add up to 100%, because supernumerary agency is on top of the
--   establishment.
{% set measures = [
    'establishment_fte', 'permanent_fte', 'other_fte', 'kept_fte', 'agency_vacancy_cover_fte', 'agency_absence_cover_fte', 'agency_supernumerary_fte',
    'unfilled_fte', 'frozen_fte', 'over_established_fte',
] %}
{% set of_posts = [
    'budgeted_fte', 'permanent_fte', 'other_fte', 'kept_fte', 'agency_vacancy_cover_fte', 'agency_beyond_vacancy_fte', 'unfilled_fte', 'frozen_fte',
    'over_established_fte', 'posts', 'posts_unfilled', 'posts_frozen',
] %}
with
-- Everything adds up: by team and job first, then for the groups of a job, then for the units.
jobs as (
    {{ sums(ref('post_month'), of_posts, ['organisation_id', 'month_no', 'current_team_id', 'job_role']) }}
),

posts as (
    select jobs.*, roles.role_group
    from jobs
    inner join {{ ref('role_groups') }} as roles on jobs.job_role = roles.job_role
),

post_sums as (
    {{ sums_in_each_scope('posts', of_posts, by=['role_group']) }}
),

agency_known as (
    {{ months_in_force(['agency']) }}
),

-- Each post has one row per month (the grain of post_month), so the join below does not multiply rows.
post_ids as (select organisation_id, month_no, post_id from {{ ref('post_month') }}),

position_months as (
    select distinct -- months in which posts are known
        organisation_id, month_no
    from post_ids
),

booked_jobs as (
    select
        bookings.organisation_id, bookings.month_no, bookings.current_team_id, bookings.job_role,
        sum(case when bookings.cover_reason = 'absence' then bookings.fte else 0 end) as absence_cover_fte,
        sum(case
            when
                bookings.cover_reason <> 'absence'
                and not (bookings.cover_reason = 'vacancy' and post_ids.post_id is not null)
                then bookings.fte
            else 0
        end) as without_post_fte
    from {{ ref('agency_month') }} as bookings
    inner join position_months using (organisation_id, month_no)
    left join post_ids
        on bookings.organisation_id = post_ids.organisation_id
        and bookings.month_no = post_ids.month_no
        and bookings.post_id = post_ids.post_id
    where not bookings.is_also_in_post
    group by bookings.organisation_id, bookings.month_no, bookings.current_team_id, bookings.job_role
),

bookings as (
    select booked_jobs.*, roles.role_group
    from booked_jobs
    inner join {{ ref('role_groups') }} as roles on booked_jobs.job_role = roles.job_role
),

booking_sums as (
    {{ sums_in_each_scope('bookings', ['absence_cover_fte', 'without_post_fte'], by=['role_group']) }}
),

joined as (
    select
        coalesce(post_sums.organisation_id, booking_sums.organisation_id) as organisation_id,
        coalesce(post_sums.month_no, booking_sums.month_no) as month_no,
        coalesce(post_sums.scope, booking_sums.scope) as scope,
        coalesce(post_sums.scope_id, booking_sums.scope_id) as scope_id,
        coalesce(post_sums.role_group, booking_sums.role_group) as role_group,
        {% for measure in of_posts %}
        post_sums.{{ measure }},
        {% endfor %}
        coalesce(booking_sums.absence_cover_fte, 0) as agency_absence_cover_fte,
        coalesce(booking_sums.without_post_fte, 0) as agency_without_post_fte
    from post_sums
    full outer join booking_sums
        on post_sums.organisation_id = booking_sums.organisation_id
        and post_sums.month_no = booking_sums.month_no
        and post_sums.scope = booking_sums.scope
        and post_sums.scope_id = booking_sums.scope_id
        and post_sums.role_group = booking_sums.role_group
),

units as (
    select
        joined.organisation_id,
        joined.month_no,
        joined.scope,
        joined.scope_id,
        joined.role_group,
        coalesce(joined.budgeted_fte, 0) as establishment_fte,
        coalesce(joined.permanent_fte, 0) as permanent_fte,
        coalesce(joined.other_fte, 0) as other_fte,
        coalesce(joined.kept_fte, 0) as kept_fte,
        case when agency_known.month_no is not null then coalesce(joined.agency_vacancy_cover_fte, 0) end
            as agency_vacancy_cover_fte,
        case when agency_known.month_no is not null then joined.agency_absence_cover_fte end
            as agency_absence_cover_fte,
        case when agency_known.month_no is not null
            then joined.agency_without_post_fte + coalesce(joined.agency_beyond_vacancy_fte, 0)
        end as agency_supernumerary_fte,
        case when agency_known.month_no is not null then coalesce(joined.unfilled_fte, 0) end as unfilled_fte,
        case when agency_known.month_no is not null then coalesce(joined.frozen_fte, 0) end as frozen_fte,
        coalesce(joined.over_established_fte, 0) as over_established_fte,
        coalesce(joined.posts, 0) as posts,
        case when agency_known.month_no is not null then coalesce(joined.posts_unfilled, 0) end as posts_unfilled,
        case when agency_known.month_no is not null then coalesce(joined.posts_frozen, 0) end as posts_frozen
    from joined
    left join agency_known
        on joined.organisation_id = agency_known.organisation_id
        and joined.month_no = agency_known.month_no
),

positions as (
    {{ with_areas(
        'units', ['month_no', 'role_group'], fte=measures, numbers=['posts', 'posts_unfilled', 'posts_frozen'],
    ) }}
)

select
    unit_key,
    organisation_id,
    {{ month_end('month_no') }} as month_end,
    scope,
    scope_id,
    role_group,
    {% for measure in measures %}
    {{ as_fte(measure) }} as {{ measure }},
    {% endfor %}
    cast(posts as bigint) as posts,
    cast(posts_unfilled as bigint) as posts_unfilled,
    cast(posts_frozen as bigint) as posts_frozen,
    100 * {{ ratio('posts_unfilled', 'posts') }} as posts_unfilled_per_cent,
    case when scope in ('service', 'team') and posts > 0 and posts_unfilled is not null then cast(rank() over (
        partition by organisation_id, month_no, scope, role_group
        order by {{ ratio('posts_unfilled', 'posts') }} desc nulls last, posts_unfilled desc
    ) as integer) end as unfilled_rank,
    organisations_counted,
    organisations_left_out
from ({{ with_unit_keys('select * from positions', 'month_no') }}) as keyed

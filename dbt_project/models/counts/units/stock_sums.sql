-- Grain: one row per organisation, scope and month, with the sums at the month end from which rates are made.
-- Rule: FTE adds up posts, and leaves out people whose FTE is not known. Heads count a person once. Agency workers are
--   never in post.
-- Rule: graded and permanent staff, which only `board` divides by, are counted by the agreed split of a joint post.
-- Rule: `graded` is Team Manager and below: the grades in the council's dated list, the same for staff and agency. In
--   post by `board` means permanent and fixed term. A casual worker is in neither.
with
several_posts as (
    select organisation_id, month_no, person_key from {{ ref('people_with_several_posts') }} where dfe_posts > 1
),

staff as (
    select
        months.organisation_id, months.month_no, months.current_team_id, months.person_key,
        several_posts.person_key is not null as is_in_several,
        months.fte as in_post_fte,
        case
            when grades.job_role is not null and months.contract_type in ('permanent', 'fixed_term')
                then months.agreed_fte
        end as in_post_graded_fte,
        case when months.contract_type = 'permanent' then months.agreed_fte end as permanent_fte,
        case when several_posts.person_key is null then 1 else 0 end as in_post_heads_with_one_post
    from {{ ref('assignment_month') }} as months
    left join several_posts
        on months.organisation_id = several_posts.organisation_id
        and months.month_no = several_posts.month_no
        and months.person_key = several_posts.person_key
    {{ join_team_manager_and_below('months') }}
    where months.is_in_dfe
),

-- Everything except heads adds up, and so do the heads of people with one post.
staff_sums as (
    {{ sums_in_each_scope(
        'staff', ['in_post_fte', 'in_post_graded_fte', 'permanent_fte', 'in_post_heads_with_one_post'],
    ) }}
),

staff_with_several_posts as (select * from staff where is_in_several),

heads_with_several_posts as (
    select organisation_id, month_no, scope, scope_id, count(distinct person_key) as heads
    from ({{ in_each_scope('staff_with_several_posts') }}) as scoped
    group by organisation_id, month_no, scope, scope_id
),

agency as (
    select
        months.organisation_id, months.month_no, months.current_team_id, months.agency_worker_key,
        months.fte, months.cover_reason, grades.job_role is not null as is_graded
    from {{ ref('agency_month') }} as months
    {{ join_team_manager_and_below('months') }}
    where months.is_in_dfe
),

agency_sums as (
    select
        organisation_id, month_no, scope, scope_id,
        sum(fte) as agency_fte,
        count(distinct agency_worker_key) as agency_heads,
        sum(case when is_graded then fte end) as agency_graded_fte,
        sum(case when cover_reason = 'vacancy' then fte end) as agency_cover_fte
    from ({{ in_each_scope('agency') }}) as scoped
    group by organisation_id, month_no, scope, scope_id
),

posts as (
    select
        posts.organisation_id, posts.month_no, posts.current_team_id,
        posts.vacancy_fte, posts.unfilled_fte, posts.budgeted_fte as establishment_fte
    from {{ ref('post_month') }} as posts
    inner join {{ ref('job_role') }} as roles on posts.job_role = roles.job_role and roles.is_in_dfe
),

post_sums as (
    {{ sums_in_each_scope('posts', ['vacancy_fte', 'unfilled_fte', 'establishment_fte']) }}
)

select
    scope_months.organisation_id,
    scope_months.month_no,
    scope_months.month_end,
    scope_months.scope,
    scope_months.scope_id,
    coalesce(staff_sums.in_post_fte, 0) as in_post_fte,
    cast(coalesce(staff_sums.in_post_heads_with_one_post, 0) + coalesce(heads_with_several_posts.heads, 0) as bigint)
        as in_post_heads,
    coalesce(staff_sums.in_post_graded_fte, 0) as in_post_graded_fte,
    coalesce(staff_sums.permanent_fte, 0) as permanent_fte,
    coalesce(agency_sums.agency_fte, 0) as agency_fte,
    coalesce(agency_sums.agency_heads, 0) as agency_heads,
    coalesce(agency_sums.agency_graded_fte, 0) as agency_graded_fte,
    coalesce(agency_sums.agency_cover_fte, 0) as agency_cover_fte,
    coalesce(post_sums.vacancy_fte, 0) as vacancy_fte,
    coalesce(post_sums.unfilled_fte, 0) as unfilled_fte,
    coalesce(post_sums.establishment_fte, 0) as establishment_fte
from {{ ref('scope_months') }} as scope_months
left join staff_sums using (organisation_id, month_no, scope, scope_id)
left join heads_with_several_posts using (organisation_id, month_no, scope, scope_id)
left join agency_sums using (organisation_id, month_no, scope, scope_id)
left join post_sums using (organisation_id, month_no, scope, scope_id)

-- Grain: one row per start, kind of cohort and month end from the start onwards for which there are deliveries, with
--   whether the person is still there.
-- Rule: `all` are starters. `asye` are those who start in the assessed and supported year, `overseas` those who come
--   from a role outside England, and `apprentice` those who qualify in post. They are still there if they are in
--   registered social work for the council's children at the month end, on leave too. Somebody who came back is there
--   again.
-- Rule: `joined_team` are permanent and fixed-term staff who came to their team, from anywhere. They are still there
--   during an unbroken stay in that team, as for tenure (team_tenure). People who were in the team in the first month
--   delivered, or came before that month by their reported date, did not join in it.
-- Rule: starts before the first month delivered are left out, because only the people who stayed are known.
-- Rule: somebody who moves with the function to another council is left out from then on. In `joined_team` they are no
--   longer there.
with
span as (
    select organisation_id, min(month_no) as first_month_no, max(month_no) as last_month_no
    from {{ ref('movement_months') }}
    group by organisation_id
),

starters as (
    select starters.*, span.last_month_no
    from {{ ref('starter') }} as starters
    inner join span
        on starters.organisation_id = span.organisation_id
        and starters.month_no between span.first_month_no and span.last_month_no
    where starters.is_in_dfe
),

members as (
    {% for kind, condition in [
        ('all', "inflow = 'starter'"),
        ('asye', "inflow in ('starter', 'qualified_in_post') and job_role = 'asye_social_worker'"),
        ('overseas', "inflow = 'starter' and start_origin = 'outside_england'"),
        ('apprentice', "inflow = 'qualified_in_post'"),
    ] %}
    select
        organisation_id,
        person_key,
        starting_date,
        month_no,
        last_month_no,
        current_team_id,
        '{{ kind }}' as cohort_kind
    from starters
    where {{ condition }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

moved_with_the_function as (
    select organisation_id, person_key, month_no from {{ ref('leaver') }} where is_structural_transfer
),

observed as (
    select
        members.organisation_id,
        members.cohort_kind,
        members.person_key,
        members.starting_date,
        members.current_team_id,
        members.month_no as start_month_no, months.month_no, months.month_end
    from members
    inner join {{ ref('months') }} as months on months.month_no between members.month_no and members.last_month_no
    left join moved_with_the_function as moved
        on members.organisation_id = moved.organisation_id
        and members.person_key = moved.person_key
        and moved.month_no between members.month_no and months.month_no
    where moved.person_key is null
),

in_team as (
    select tenure.*, span.first_month_no, span.last_month_no
    from {{ ref('team_tenure') }} as tenure
    inner join span on tenure.organisation_id = span.organisation_id
),

joined as (
    select organisation_id, person_key, current_team_id, joined_month_no, last_month_no, team_start
    from in_team
    where
        month_no = joined_month_no and joined_month_no > first_month_no and team_start >= {{ month_start('month_no') }}
)

select
    observed.organisation_id,
    observed.cohort_kind,
    observed.person_key,
    observed.current_team_id,
    observed.starting_date,
    observed.start_month_no,
    observed.month_no,
    observed.month_no - observed.start_month_no as months_since_start,
    count(spells.person_key) > 0 as is_still_there
from observed
left join {{ ref('registered_spells') }} as spells
    on observed.organisation_id = spells.organisation_id
    and observed.person_key = spells.person_key
    and observed.month_end >= spells.spell_from
    and observed.month_end < {{ or_never('spells.left_on') }}
group by
    observed.organisation_id,
    observed.cohort_kind,
    observed.person_key,
    observed.current_team_id,
    observed.starting_date,
    observed.start_month_no,
    observed.month_no
union all
select
    joined.organisation_id,
    'joined_team' as cohort_kind,
    joined.person_key,
    joined.current_team_id,
    joined.team_start,
    joined.joined_month_no,
    months.month_no,
    months.month_no - joined.joined_month_no,
    in_team.person_key is not null
from joined
inner join {{ ref('months') }} as months on months.month_no between joined.joined_month_no and joined.last_month_no
left join in_team
    on joined.organisation_id = in_team.organisation_id
    and joined.person_key = in_team.person_key
    and joined.current_team_id = in_team.current_team_id
    and joined.joined_month_no = in_team.joined_month_no
    and months.month_no = in_team.month_no

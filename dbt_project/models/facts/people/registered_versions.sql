-- Grain: one row per assignment number and period of days of registered social work for the council, [valid_from,
--   valid_to).
-- Rule: people seconded in are employed by a partner and are left out. So are holders of a joint post that another
--   council pays in full. The Director is included, with is_in_dfe false.
-- Rule: days off the register in a social work job count if the person was registered before in the same unbroken work,
--   and is registered again later in it (docs/counting_rules.md F). If a span goes on before or after these days, only
--   these days count. A person is on the register while any of their assignments is.
with
social_work as (
    select
        versions.*,
        {{ agreed_fte('versions') }} as agreed_fte,
        roles.seniority,
        roles.is_in_dfe,
        coalesce(versions.registered_social_worker, false) as is_registered
    from {{ ref('assignment') }} as versions
    inner join {{ ref('job_role') }} as roles on versions.job_role = roles.job_role
    where roles.is_social_work and {{ is_paid_here('versions') }}
),

-- People with any day off the register. Nearly everybody has none.
off_register as (
    select distinct -- several spans of a person
        organisation_id, person_key
    from social_work
    where not is_registered
),

of_people_off_register as (
    select
        social_work.*,
        max(social_work.valid_to) over (
            partition by social_work.organisation_id, social_work.person_key
            order by social_work.valid_from, social_work.valid_to
            rows between unbounded preceding and 1 preceding
        ) as covered_until
    from social_work
    inner join off_register using (organisation_id, person_key)
),

stretches as (
    select
        *,
        sum(case when covered_until >= valid_from then 0 else 1 end) over (
            partition by organisation_id, person_key
            order by valid_from, valid_to rows between unbounded preceding and current row
        ) as stretch_no
    from of_people_off_register
),

-- The days between two spans on the register, on which none of the person's assignments is on it.
gaps as (
    select *
    from (
        select
            organisation_id, person_key, stretch_no,
            max(valid_to) over (stretch rows between unbounded preceding and current row) as gap_from,
            lead(valid_from) over stretch as gap_to
        from stretches
        where is_registered
        window stretch as (partition by organisation_id, person_key, stretch_no order by valid_from, valid_to)
    ) as registered_spans
    where gap_from < gap_to
),

lapses as (
    select
        stretches.organisation_id, stretches.assignment_key, stretches.valid_from,
        greatest(stretches.valid_from, gaps.gap_from) as counts_from,
        least(stretches.valid_to, gaps.gap_to) as counts_to
    from stretches
    inner join gaps
        on stretches.organisation_id = gaps.organisation_id
        and stretches.person_key = gaps.person_key
        and stretches.stretch_no = gaps.stretch_no
        and stretches.valid_to > gaps.gap_from
        and stretches.valid_from < gaps.gap_to
    where not stretches.is_registered
)

select
    social_work.organisation_id,
    social_work.assignment_key,
    social_work.spell_no,
    social_work.person_key,
    social_work.swe_key,
    social_work.delivery_id,
    social_work.post_id,
    social_work.team_id,
    social_work.current_team_id,
    social_work.job_role,
    social_work.registered_social_worker,
    social_work.contract_type,
    social_work.fte,
    social_work.cost_share_percent,
    social_work.start_date,
    social_work.end_date,
    social_work.end_is_inferred,
    social_work.leaving_reason,
    social_work.leaver_destination,
    social_work.start_origin,
    social_work.team_start_date,
    social_work.long_absence,
    social_work.agreed_fte,
    social_work.seniority,
    social_work.is_in_dfe,
    social_work.is_registered,
    coalesce(lapses.counts_from, social_work.valid_from) as valid_from,
    coalesce(lapses.counts_to, social_work.valid_to) as valid_to,
    case when lapses.counts_to < social_work.valid_to then lapses.counts_to else social_work.in_post_to end
        as in_post_to
from social_work
left join lapses
    on social_work.organisation_id = lapses.organisation_id
    and social_work.assignment_key = lapses.assignment_key
    and social_work.valid_from = lapses.valid_from
where social_work.is_registered or lapses.assignment_key is not null

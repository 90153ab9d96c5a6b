-- What a careful analyst would write by hand for agency and vacancy rates by `dfe`, of every council and team at every month end, from the raw
-- files alone: $raw is their folder, $seeds that of the roles. The same rules as the models, without what other figures need.
create view roles as select job_role, is_in_dfe from read_csv('$seeds/job_role.csv');

create table hr as
select
    organisation as organisation_id, year * 12 + month - 1 as month_no, assignment_key, person_key, post_id, team_id, job_role,
    registered_social_worker, contract_type, cast(fte as decimal(18, 6)) as fte, start_date, end_date, effective_from, effective_to
from (
    select *, cast(left(period, 4) as integer) as year, cast(right(period, 2) as integer) as month
    from read_parquet('$raw/hr_assignments/*/*/*.parquet', hive_partitioning = true, hive_types_autocast = false, union_by_name = true)
);

-- The latest that is known of an assignment holds for all its months. Of a full history the last file tells all.
create table spans as
with snapshots as (
    select
        * exclude (start_date, end_date),
        last_value(start_date) over whole as start_date, last_value(end_date) over whole as end_date,
        row_number() over (partition by organisation_id, assignment_key order by month_no) = 1 as is_first
    from hr
    where effective_from is null
    window whole as (
        partition by organisation_id, assignment_key order by month_no rows between unbounded preceding and unbounded following
    )
),

histories as (
    select * from hr where effective_from is not null
    qualify month_no = max(month_no) over (partition by organisation_id)
)

select
    organisation_id, person_key, post_id, team_id, job_role, registered_social_worker, contract_type, fte, start_date, end_date,
    case when is_first then least(month_no, year(start_date) * 12 + month(start_date) - 1) else month_no end as from_month_no,
    month_no + 1 as to_month_no
from snapshots
union all
select
    organisation_id, person_key, post_id, team_id, job_role, registered_social_worker, contract_type, fte, start_date, end_date,
    year(effective_from) * 12 + month(effective_from) - 1,
    -- Held at a month end while the day after its last day lies beyond it.
    coalesce(year(effective_to + 1) * 12 + month(effective_to + 1) - 1, month_no + 1)
from histories;

create table in_post as
with months as (select distinct organisation_id, month_no from hr)

select
    spans.organisation_id, months.month_no, spans.person_key, spans.post_id, spans.team_id, spans.fte,
    spans.registered_social_worker and roles.is_in_dfe and spans.contract_type <> 'seconded_in' as is_counted
from spans
inner join roles using (job_role)
inner join months
    on spans.organisation_id = months.organisation_id and months.month_no >= spans.from_month_no and months.month_no < spans.to_month_no
where
    spans.start_date <= last_day(make_date(months.month_no // 12, months.month_no % 12 + 1, 1))
    and (spans.end_date is null or spans.end_date > last_day(make_date(months.month_no // 12, months.month_no % 12 + 1, 1)));

create table agency as
select organisation as organisation_id, month_no, team_id, cast(weekly_hours / standard_hours as decimal(18, 6)) as fte
from (
    select *, cast(left(period, 4) as integer) * 12 + cast(right(period, 2) as integer) - 1 as month_no
    from read_parquet('$raw/agency/*/*/*.parquet', hive_partitioning = true, hive_types_autocast = false, union_by_name = true)
    -- A month that came twice: the second file.
    qualify source_file = max(source_file) over (partition by organisation, period)
) as bookings
inner join roles using (job_role)
where
    registered_social_worker and is_in_dfe
    and start_date <= last_day(make_date(month_no // 12, month_no % 12 + 1, 1))
    and (end_date is null or end_date > last_day(make_date(month_no // 12, month_no % 12 + 1, 1)));

create table vacancies as
with held as (select organisation_id, month_no, post_id, sum(fte) as fte from in_post group by all)

select posts.organisation as organisation_id, posts.month_no, posts.team_id, greatest(posts.budgeted_fte - coalesce(held.fte, 0), 0) as fte
from (
    select *, cast(left(period, 4) as integer) * 12 + cast(right(period, 2) as integer) - 1 as month_no
    from read_parquet('$raw/establishment/*/*/*.parquet', hive_partitioning = true, hive_types_autocast = false, union_by_name = true)
) as posts
inner join roles using (job_role)
left join held on posts.organisation = held.organisation_id and posts.month_no = held.month_no and posts.post_id = held.post_id
where is_in_dfe;

create table rates as
with
stocks as (
    select organisation_id, month_no, team_id, sum(fte) as in_post, 0 as agency, 0 as vacancy from in_post where is_counted group by all
    union all
    select organisation_id, month_no, team_id, 0, sum(fte), 0 from agency group by all
    union all
    select organisation_id, month_no, team_id, 0, 0, sum(fte) from vacancies group by all
),

sums as (
    select
        organisation_id, month_no, case grouping(team_id) when 1 then 'organisation' else 'team' end as scope, team_id,
        sum(in_post) as in_post, sum(agency) as agency, sum(vacancy) as vacancy
    from stocks
    group by grouping sets ((organisation_id, month_no), (organisation_id, month_no, team_id))
)

select organisation_id, last_day(make_date(month_no // 12, month_no % 12 + 1, 1)) as month_end, scope, team_id, 'agency_rate' as indicator_id,
    cast(agency as decimal(18, 6)) as numerator, cast(agency + in_post as decimal(18, 6)) as denominator
from sums
union all
select organisation_id, last_day(make_date(month_no // 12, month_no % 12 + 1, 1)), scope, team_id, 'vacancy_rate',
    cast(vacancy as decimal(18, 6)), cast(vacancy + in_post as decimal(18, 6))
from sums;

-- Grain: one row per organisation, month end, scope and role group.
-- Rule: workers and FTE are those in place at the month end. A worker with two bookings is one worker, and counts in
--   the cover and length of each.
-- Rule: a booking of somebody who is also in post does not make an agency worker at the month end
--   (docs/decisions/0025). Its cost is paid, so it counts.
-- Rule: the cost is that of all bookings that were live in the month, of workers_of_month people: charge rate times
--   booked hours. It is told of registered social workers alone. A second group, such as all staff, differs from them
--   by few people, and by subtraction their invoices would be known.
-- Rule: only months for which agency bookings are in force. A council has its row for every role group even if nobody
--   is booked.
-- Rule: above a council, the councils' rows add up, for partnerships and for regions and England if they are complete
--   (with_areas).
-- Limit: bookings without a charge rate are not in the cost. They are counted.
{% set reasons = ['vacancy', 'absence', 'project_team', 'other'] %}
{% set workers_by_reason, fte_by_reason, engaged = [], [], [] %}
{% for reason in reasons %}
    {% do workers_by_reason.append(reason ~ '_workers') %}
    {% do fte_by_reason.append(reason ~ '_fte') %}
{% endfor %}
{% for band, _ in engagement_bands() %}
    {% do engaged.append('engaged_' ~ band) %}
{% endfor %}
{# What a booking counts, and what is added up. #}
{% set numbers_of = {'workers': 'is_in_place'} %}
{% set sums_of = {'fte': 'case when is_in_place then fte end', 'fte_of_month': 'fte_of_month', 'cost': 'cost'} %}
{% for reason in reasons %}
    {% do numbers_of.update({reason ~ '_workers': "is_in_place and cover_reason = '" ~ reason ~ "'"}) %}
    {% do sums_of.update({reason ~ '_fte': "case when is_in_place and cover_reason = '" ~ reason ~ "' then fte end"}) %}
{% endfor %}
{% for band, _ in engagement_bands() %}
    {% do numbers_of.update({'engaged_' ~ band: "is_in_place and engaged_for = '" ~ band ~ "'"}) %}
{% endfor %}
{% set summed = ['organisation_id', 'month_no', 'scope', 'scope_id', 'role_group']
    + numbers_of.keys() | list + sums_of.keys() | list
    + ['workers_of_month', 'bookings_without_rate'] %}
with
known as (
    {{ months_in_force(['agency']) }}
),

role_groups as (select * from {{ ref('role_groups') }}),

bookings as (
    select
        bookings.organisation_id, bookings.month_no, bookings.current_team_id, bookings.agency_worker_key,
        bookings.cover_reason, bookings.fte, bookings.engaged_for, bookings.fte_of_month, bookings.cost,
        bookings.is_in_place and counted_as_staff.booking_key is null as is_in_place,
        role_groups.role_group
    from {{ ref('agency_bookings') }} as bookings
    inner join known using (organisation_id, month_no)
    inner join role_groups on bookings.job_role = role_groups.job_role
    left join {{ ref('agency_month') }} as counted_as_staff
        on bookings.organisation_id = counted_as_staff.organisation_id
        and bookings.month_no = counted_as_staff.month_no
        and bookings.booking_key = counted_as_staff.booking_key
        and counted_as_staff.is_also_in_post
),

of_several_bookings as (
    select organisation_id, month_no, agency_worker_key
    from {{ ref('agency_bookings') }}
    group by organisation_id, month_no, agency_worker_key
    having count(*) > 1
),

-- A worker counts once in each unit and role group, and once in each cover and length there. A worker with one booking
-- is in one team, so teams add up.
with_one_booking as (
    select
        organisation_id, month_no, current_team_id, role_group,
        {% for number, sql in numbers_of.items() %}
        sum(case when {{ sql }} then 1 else 0 end) as {{ number }},
        {% endfor %}
        {% for total, sql in sums_of.items() %}
        sum({{ sql }}) as {{ total }},
        {% endfor %}
        count(*) as workers_of_month,
        sum(case when cost is null then 1 else 0 end) as bookings_without_rate
    from bookings
    anti join of_several_bookings using (organisation_id, month_no, agency_worker_key)
    group by organisation_id, month_no, current_team_id, role_group
),

with_several_bookings as (
    select * from bookings semi join of_several_bookings using (organisation_id, month_no, agency_worker_key)
),

of_workers as (
    select
        organisation_id, month_no, scope, scope_id, role_group, agency_worker_key,
        {% for number, sql in numbers_of.items() %}
        max(case when {{ sql }} then 1 else 0 end) as {{ number }},
        {% endfor %}
        {% for total, sql in sums_of.items() %}
        sum({{ sql }}) as {{ total }},
        {% endfor %}
        1 as workers_of_month,
        sum(case when cost is null then 1 else 0 end) as bookings_without_rate
    from ({{ in_each_scope('with_several_bookings') }}) as scoped
    group by organisation_id, month_no, scope, scope_id, role_group, agency_worker_key
),

sums as (
    select
        organisation_id, month_no, scope, scope_id, role_group,
        {% for number in numbers_of %}
        cast(sum({{ number }}) as bigint) as {{ number }},
        {% endfor %}
        {% for total in sums_of %}
        sum({{ total }}) as {{ total }},
        {% endfor %}
        cast(sum(workers_of_month) as bigint) as workers_of_month,
        sum(bookings_without_rate) as bookings_without_rate
    from (
        select {{ summed | join(', ') }} from ({{ in_each_scope('with_one_booking') }}) as scoped
        union all
        select {{ summed | join(', ') }} from of_workers
    ) as parts
    group by organisation_id, month_no, scope, scope_id, role_group
),

councils as (
    select distinct -- a group has several roles
        known.organisation_id,
        known.month_no,
        'organisation' as scope,
        known.organisation_id as scope_id,
        role_groups.role_group
    from known
    cross join role_groups
),

grid as (
    select organisation_id, month_no, scope, scope_id, role_group from sums
    union -- removes repeated rows
    select organisation_id, month_no, scope, scope_id, role_group from councils
),

units as (
    select
        grid.organisation_id,
        {{ month_end('grid.month_no') }} as month_end,
        grid.scope,
        grid.scope_id,
        grid.role_group,
        coalesce(sums.workers, 0) as workers,
        {{ as_fte('coalesce(sums.fte, 0)') }} as fte,
        {% for reason in reasons %}
        coalesce(sums.{{ reason }}_workers, 0) as {{ reason }}_workers,
        {{ as_fte('coalesce(sums.' ~ reason ~ '_fte, 0)') }} as {{ reason }}_fte,
        {% endfor %}
        {% for band, _ in engagement_bands() %}
        coalesce(sums.engaged_{{ band }}, 0) as engaged_{{ band }},
        {% endfor %}
        {{ as_fte('coalesce(sums.fte_of_month, 0)') }} as fte_of_month,
        coalesce(sums.workers_of_month, 0) as workers_of_month,
        -- If nobody is booked, the cost is 0. If no booking has a rate, it is not known.
        cast(case
            when grid.role_group <> 'social_worker' then null
            when sums.workers_of_month is null then 0
            else sums.cost
        end as decimal(18, 2)) as cost,
        cast(coalesce(sums.bookings_without_rate, 0) as bigint) as bookings_without_rate
    from grid
    left join sums using (organisation_id, month_no, scope, scope_id, role_group)
)

select
    unit_key,
    organisation_id,
    month_end,
    scope,
    scope_id,
    role_group,
    workers,
    fte,
    {% for reason in reasons %}
    {{ reason }}_workers,
    {{ reason }}_fte,
    {% endfor %}
    {% for band, _ in engagement_bands() %}
    engaged_{{ band }},
    {% endfor %}
    fte_of_month,
    workers_of_month,
    cost,
    bookings_without_rate,
    organisations_counted,
    organisations_left_out
from ({{ with_unit_keys(with_areas(
    'units', ['month_end', 'role_group'],
    fte=['fte', 'fte_of_month'] + fte_by_reason,
    numbers=['workers', 'workers_of_month', 'bookings_without_rate'] + workers_by_reason + engaged,
    pounds=['cost'],
), month_no('month_end')) }}) as positions

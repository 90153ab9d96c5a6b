-- Grain: one row per organisation, census year to 30 September, scope, movement, breakdown and category.
-- Rule: starters by origin, and leavers by reason, by destination and by length of service, as `dfe` counts them, in
--   the team of the main post.
-- Rule: only complete years for which movements are counted, so that nobody can work out a month from two sums.
-- Rule: the categories of a breakdown add up to `people`, the number who made the movement. A person with no known
--   category has the category not_known.
-- Rule: above a council, the councils' rows add up, for partnerships and for regions and England if they are complete
--   (with_areas).
with
years as (
    select told.organisation_id, months.census_year
    from {{ ref('movement_months') }} as told
    inner join {{ ref('months') }} as months on told.month_no = months.month_no
    group by told.organisation_id, months.census_year
    having count(*) = 12
),

months as (
    select months.month_no, months.census_year, years.organisation_id
    from {{ ref('months') }} as months
    inner join years on months.census_year = years.census_year
),

moves as (
    {% for movement, breakdown, relation, category, condition in [
        ('leaver', 'reason', 'leaver', 'leaving_reason', 'is_dfe_leaver'),
        ('leaver', 'destination', 'leaver', 'leaver_destination', 'is_dfe_leaver'),
        ('leaver', 'length_of_service', 'leaver', 'length_of_service', 'is_dfe_leaver'),
        ('starter', 'origin', 'starter', 'start_origin', "is_dfe_starter"),
    ] %}
    select
        moved.organisation_id, moved.month_no, months.census_year, moved.current_team_id, moved.fte,
        '{{ movement }}' as movement, '{{ breakdown }}' as breakdown, moved.{{ category }} as category
    from {{ ref(relation) }} as moved
    inner join months using (organisation_id, month_no)
    where {{ condition }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

told as (
    select
        organisation_id,
        cast(census_year as integer) as census_year,
        scope,
        scope_id,
        movement,
        breakdown,
        coalesce(category, 'not_known') as category,
        count(*) as headcount,
        {{ as_fte('coalesce(sum(fte), 0)') }} as fte
    from ({{ in_each_scope('moves') }}) as moves_by_scope
    group by organisation_id, census_year, scope, scope_id, movement, breakdown, coalesce(category, 'not_known')
)

select
    unit_key,
    organisation_id,
    census_year,
    scope,
    scope_id,
    movement,
    breakdown,
    category,
    headcount,
    fte,
    cast(sum(headcount) over (
        partition by organisation_id, scope, scope_id, census_year, movement, breakdown
    ) as bigint) as people,
    organisations_counted,
    organisations_left_out
from ({{ with_unit_keys(
    with_areas(
        'told', ['census_year', 'movement', 'breakdown', 'category'], fte=['fte'], numbers=['headcount']
    ),
    'census_year * 12 + 8',
) }}) as figures

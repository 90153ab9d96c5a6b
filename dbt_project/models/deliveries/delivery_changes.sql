-- Grain: one row per delivery and publication in which it came into force or stopped being in force. The present build
--   is numbered after the last publication.
-- Rule: a delivery that was replaced by another delivery of its source is not named. The other one is.
with
publications as (select * from {{ ref('publications') }}),

last_publication as (select coalesce(max(publication_no), 0) as publication_no from publications),

in_force as (
    select
        publications.publication_no,
        delivered.organisation_id,
        delivered.source,
        delivered.period,
        delivered.delivery_id
    from {{ ref('stg_ledger__published_deliveries') }} as delivered
    inner join publications on delivered.publication = publications.publication
    union all
    select
        last_publication.publication_no + 1,
        delivered.organisation_id,
        delivered.source,
        delivered.period,
        delivered.delivery_id
    from {{ ref('deliveries_in_force') }} as delivered
    cross join last_publication
),

marked as (
    select
        *,
        lag(publication_no) over same_delivery as earlier_no,
        lead(publication_no) over same_delivery as later_no
    from in_force
    window same_delivery as (partition by organisation_id, source, delivery_id order by publication_no)
),

came as (
    select publication_no, organisation_id, source, period, delivery_id, true as is_in_force
    from marked
    where publication_no > 1 and (earlier_no is null or earlier_no < publication_no - 1)
),

went as (
    select
        marked.publication_no + 1 as publication_no,
        marked.organisation_id,
        marked.source,
        marked.period,
        marked.delivery_id
    from marked
    cross join last_publication
    where
        marked.publication_no <= last_publication.publication_no
        and (marked.later_no is null or marked.later_no > marked.publication_no + 1)
),

changes as (
    select publication_no, organisation_id, source, period, delivery_id, is_in_force from came
    union all
    select went.publication_no, went.organisation_id, went.source, went.period, went.delivery_id, false
    from went
    left join came
        on went.publication_no = came.publication_no
        and went.organisation_id = came.organisation_id
        and went.source = came.source
        and came.period >= went.period
    where came.delivery_id is null
)

select
    changes.publication_no,
    changes.organisation_id,
    changes.source,
    {{ period_month_no('changes.period') }} as month_no,
    changes.delivery_id,
    changes.is_in_force,
    case when not changes.is_in_force then 'no longer in force: ' else '' end
    || changes.source || ' ' || changes.period
    || coalesce(
        ', received ' || cast(cast(known.received_at as date) as {{ dbt.type_string() }}) || ', ' || known.source_file,
        ''
    ) as told
from changes
left join {{ ref('stg_ledger__deliveries') }} as known
    on changes.organisation_id = known.organisation_id
    and changes.source = known.source
    and changes.delivery_id = known.delivery_id

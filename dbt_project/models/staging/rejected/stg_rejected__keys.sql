-- Grain: one row per rejected row of a delivery in force whose number can be read.
-- Rule: a rejected row is not absence. The numbers that it reports have the values last accepted
--   (docs/counting_rules.md, A2). The models of each source say which numbers these are.
with read_of_rejected as (
    select
        deliveries.source,
        deliveries.month_no,
        deliveries.month_end,
        rejected_rows.organisation_id, rejected_rows.delivery_id, rejected_rows.source_row, rejected_rows.person_key,
        rejected_rows.assignment_key, rejected_rows.post_id, rejected_rows.booking_key, rejected_rows.agency_worker_key
    from {{ source('raw', 'rejected_key') }} as rejected_rows
    inner join {{ ref('deliveries_in_force') }} as deliveries
        on rejected_rows.organisation_id = deliveries.organisation_id
        and rejected_rows.source = deliveries.source
        and rejected_rows.delivery_id = deliveries.delivery_id
)

select
    read_of_rejected.organisation_id,
    read_of_rejected.source,
    read_of_rejected.month_no,
    read_of_rejected.month_end,
    read_of_rejected.delivery_id,
    read_of_rejected.source_row,
    {{ linked_person('read_of_rejected') }} as person_key,
    read_of_rejected.person_key as told_person_key,
    read_of_rejected.assignment_key,
    read_of_rejected.post_id,
    read_of_rejected.booking_key,
    read_of_rejected.agency_worker_key
from read_of_rejected
{{ join_person_links('read_of_rejected') }}

-- Grain: one row per authority and statistical neighbour, by the latest model.
-- Rule: if a model was received twice, from any sender, the one received last counts.
with
rows_in_force as ({{ in_force('statistical_neighbours') }}),

deliveries as (select organisation_id, source, delivery_id, received_at from {{ ref('deliveries_in_force') }})

select
    rows_in_force.model,
    rows_in_force.old_la_code,
    rows_in_force.place,
    rows_in_force.neighbour_old_la_code
from rows_in_force
inner join deliveries
    on rows_in_force.organisation_id = deliveries.organisation_id
    and rows_in_force.delivery_id = deliveries.delivery_id
    and deliveries.source = 'statistical_neighbours'
qualify dense_rank() over (
    order by rows_in_force.model desc, deliveries.received_at desc, rows_in_force.organisation_id
) = 1

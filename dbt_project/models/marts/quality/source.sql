-- Grain: one row per source. One more row, `marts`, stands for the figures themselves, which are checked too.
select
    source,
    title,
    purpose,
    grain as one_row_per,
    owner as usual_owner
from {{ ref('sources') }}
union all
select
    'marts',
    'The figures themselves',
    'Counts and rates after they are calculated, before they are published.',
    'One row per rule and council.',
    'data engineering'

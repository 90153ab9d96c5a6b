-- Grain: one row per publication made before this build.
-- Rule: publications are numbered in order of time. The present build comes after the last.
select
    publication,
    published_at,
    cast(row_number() over (order by published_at, publication) as integer) as publication_no
from {{ ref('stg_ledger__publications') }}

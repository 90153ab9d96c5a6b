-- Grain: one row per publication made before this build.
-- Rule: publications are numbered in the order in which they were made; what is built now comes after the last.
select
    publication,
    published_at,
    cast(row_number() over (order by published_at, publication) as integer) as publication_no
from {{ ref('stg_ledger__publications') }}

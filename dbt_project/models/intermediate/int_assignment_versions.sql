-- Grain: one row an assignment and span of days over which its values held, [valid_from, valid_to): the spans that count.
-- Rule: an assignment that is written twice counts once, see int_assignment_spans.
{{ config(materialized='view') }}
select * exclude (is_written_twice)
from {{ ref('int_assignment_spans') }}
where not is_written_twice

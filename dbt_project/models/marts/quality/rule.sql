-- Grain: one row per rule that found something, was tested, was accepted or holds a figure.
-- Rule: the words are those of the latest run.
-- Rule: the marts are checked after they are built. Their rules are then added to this table
--   (expectations/marts_check.py).
with
tested as (
    select
        rule_id, source, severity, says, fix, indicators, put_right_in,
        row_number() over (partition by rule_id order by run_at desc, source) as age
    from {{ ref('check_results') }}
),

named as (
    select rule_id from tested
    union -- also removes repeated rows
    select rule_id from {{ ref('accepted_exceptions') }}
    union
    select rule_id from {{ ref('changed_limits') }}
    union
    select reason_rule from {{ ref('indicator_figures') }} where reason_rule is not null
)

select
    named.rule_id,
    tested.source,
    tested.severity,
    tested.says,
    tested.fix,
    tested.indicators,
    tested.put_right_in
from named
left join tested
    on named.rule_id = tested.rule_id
    and tested.age = 1

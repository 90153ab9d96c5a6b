-- Grain: one row per organisation, month end and kind of repetition of people in the extracts. No row if there is none.
-- Rule: a stated rule (column counted_as) counts each of these people once. They are reported here so that HR can
--   correct them.
-- Limit: numbers of people who are registered social workers, whatever the reason. Who they are is in the restricted
--   tables.
select
    organisation_id as unit_key,
    organisation_id,
    {{ month_end('month_no') }} as month_end,
    found,
    count(distinct person_key) as people,
    case found
        when 'two_posts' then 'one head, in the more senior post; the FTE of both'
        when 'fte_above_1' then 'one head; the FTE as contracted'
        when 'post_written_twice' then 'one assignment, the longer or else the larger; the other is left out'
        when 'two_employee_numbers' then 'one head; the assignments of both numbers'
        when 'registration_number_shared' then 'as many heads as employee numbers: the number is taken for a filler'
        when 'staff_and_agency' then 'one head and FTE, as staff; the booking is left out of rates'
        when 'casual_and_agency' then 'one head and FTE, as agency; the assignment is left out of rates'
    end as counted_as
from {{ ref('people_there_twice') }}
group by organisation_id, month_no, found

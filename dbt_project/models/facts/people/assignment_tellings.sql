-- Grain: one row per assignment number and extract that reports it. For a full history, one row per effective date.
-- Rule: what an extract reports holds from told_from until the next extract that reports the number
--   (docs/counting_rules.md C1).
-- Rule: if an extract's row of a number was rejected, the extract still reports the number, with the values last
--   accepted (A2, is_read_again).
-- Rule: a new number continues an old one that is no longer reported, if both have the same person, post and start
--   date. It then goes on under the old number (A4).
-- Rule: a number begins a new spell if it comes back with a later start date, after an end, after a gap or for another
--   person (B1).
{% set told_columns = [
    'organisation_id', 'delivers', 'delivery_id', 'person_key', 'told_person_key', 'swe_key',
    'assignment_key', 'post_id', 'team_id', 'job_role', 'registered_social_worker', 'contract_type',
    'fte', 'fte_from', 'cost_share_percent', 'start_date', 'end_date', 'leaving_reason',
    'leaver_destination', 'start_origin', 'team_start_date', 'long_absence', 'is_seconded_out', 'effective_from',
] %}
with
assignments as (select * from {{ ref('stg_hr__assignments') }}),

extracts as (select * from {{ ref('staff_extracts') }}),

-- Numbers of rejected rows. In a full history they stop the number's other rows from ending (see below).
unread as (
    select distinct -- a number can be in several rejected rows
        organisation_id, month_no, person_key, assignment_key
    from {{ ref('stg_rejected__keys') }}
    where source = 'hr_assignments'
),

unread_numbers as (
    select organisation_id, assignment_key, month_no from unread where assignment_key is not null
    union -- removes repeated rows
    -- If only the person of a row can be read: the numbers in the last extract with accepted rows of the person, unless
    -- they had ended.
    select people.organisation_id, before.assignment_key, people.month_no
    from (
        select
            unread.organisation_id,
            unread.person_key,
            unread.month_no,
            max(assignments.period_month_no) as last_month_no
        from unread
        inner join assignments
            on unread.organisation_id = assignments.organisation_id
            and unread.person_key = assignments.person_key
            and unread.month_no > assignments.period_month_no
        where unread.assignment_key is null
        group by unread.organisation_id, unread.person_key, unread.month_no
    ) as people
    inner join assignments as before
        on people.organisation_id = before.organisation_id
        and people.person_key = before.person_key
        and people.last_month_no = before.period_month_no
        and {{ or_never('before.end_date') }} > {{ month_end('before.period_month_no') }}
),

read_again as (
    select
        {% for column in told_columns %}before.{{ column }},
        {% endfor %}unread_numbers.month_no as period_month_no
    from unread_numbers
    inner join assignments as before
        on unread_numbers.organisation_id = before.organisation_id
        and unread_numbers.assignment_key = before.assignment_key
        and unread_numbers.month_no > before.period_month_no
        and before.delivers = 'snapshot'
    left join assignments as own
        on unread_numbers.organisation_id = own.organisation_id
        and unread_numbers.assignment_key = own.assignment_key
        and unread_numbers.month_no = own.period_month_no
    where own.assignment_key is null
    qualify row_number() over (
        partition by unread_numbers.organisation_id, unread_numbers.assignment_key, unread_numbers.month_no
        order by before.period_month_no desc
    ) = 1
),

accepted_and_read_again as (
    select
        {% for column in told_columns %}assignments.{{ column }},
        {% endfor %}assignments.period_month_no,
        case when unread_numbers.assignment_key is null then assignments.effective_to end as effective_to,
        false as is_read_again
    from assignments
    left join unread_numbers
        on assignments.organisation_id = unread_numbers.organisation_id
        and assignments.assignment_key = unread_numbers.assignment_key
        and assignments.period_month_no = unread_numbers.month_no
        and assignments.delivers = 'history'
    union all
    select {{ told_columns | join(', ') }}, period_month_no, cast(null as date), true from read_again
),

-- A4: what the first and the last extract report about a number.
told_first_and_last as (
    select
        organisation_id, assignment_key,
        min(period_month_no) as first_month_no,
        max(period_month_no) as last_month_no,
        {%- for column in ['person_key', 'post_id', 'start_date', 'fte', 'job_role', 'contract_type'] %}
        min_by({{ column }}, period_month_no) as first_{{ column }},
        max_by({{ column }}, period_month_no) as last_{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from accepted_and_read_again
    where delivers = 'snapshot'
    group by organisation_id, assignment_key
),

-- A4: numbers that appear, or disappear, in one extract are put in the order of their values. If these are equal, any
-- order gives the same figures.
numbers as (
    select
        *,
        {%- for end in ['first', 'last'] %}
        row_number() over (
            partition by
                {{ end }}_person_key, {{ end }}_post_id, {{ end }}_start_date, organisation_id, {{ end }}_month_no
            order by {{ end }}_fte, {{ end }}_job_role, {{ end }}_contract_type, assignment_key
        ) as {{ end }}_place,
        count(*) over (
            partition by
                {{ end }}_person_key, {{ end }}_post_id, {{ end }}_start_date, organisation_id, {{ end }}_month_no
        ) as {{ end }}_together{{ ',' if not loop.last }}
        {%- endfor %}
    from told_first_and_last
),

-- A4: each number with the number that it continues. If there are several, the latest one.
followed as (
    select numbers.organisation_id, numbers.assignment_key, earlier.assignment_key as earlier_key
    from numbers
    inner join numbers as earlier
        on numbers.organisation_id = earlier.organisation_id
        and numbers.first_person_key = earlier.last_person_key
        and numbers.first_post_id = earlier.last_post_id
        and numbers.first_start_date = earlier.last_start_date
        and numbers.first_month_no > earlier.last_month_no
        and numbers.first_place = earlier.last_place
        and numbers.first_together = earlier.last_together
    qualify
        rank() over (partition by numbers.organisation_id, numbers.assignment_key order by earlier.last_month_no desc)
        = 1
        and rank() over (partition by numbers.organisation_id, earlier.assignment_key order by numbers.first_month_no)
        = 1
),

told as (
    select
        {% for column in told_columns if column not in ('assignment_key', 'effective_to') %}assignments.{{ column }},
        {% endfor %}assignments.period_month_no, assignments.effective_to, assignments.is_read_again,
        coalesce(first_number.earlier_key, followed.earlier_key, assignments.assignment_key) as assignment_key,
        extracts.extract_no,
        case
            when assignments.delivers = 'history' then coalesce(assignments.effective_from, assignments.start_date)
            else {{ month_start('assignments.period_month_no') }}
        end as told_from
    from accepted_and_read_again as assignments
    left join extracts
        on assignments.organisation_id = extracts.organisation_id
        and assignments.period_month_no = extracts.month_no
        and assignments.delivers = 'snapshot'
    left join followed
        on assignments.organisation_id = followed.organisation_id
        and assignments.assignment_key = followed.assignment_key
        and assignments.delivers = 'snapshot'
    -- A number can change twice.
    left join followed as first_number
        on followed.organisation_id = first_number.organisation_id
        and followed.earlier_key = first_number.assignment_key
),

compared as (
    select
        *,
        case
            when lag(told_from) over number is null then 1
            when
                start_date > lag(start_date) over number
                and (
                    lag(end_date) over number < start_date
                    or extract_no > lag(extract_no) over number + 1
                    or told_from > {{ add_days('lag(effective_to) over number', 1) }}
                    or person_key <> lag(person_key) over number
                )
                then 1
            else 0
        end as is_new_spell,
        coalesce(
            extract_no > lag(extract_no) over number + 1
            or told_from > {{ add_days('lag(effective_to) over number', 1) }},
            false
        ) as is_after_gap
    from told
    window number as (partition by organisation_id, assignment_key order by told_from)
)

select
    *,
    sum(is_new_spell) over (number rows between unbounded preceding and current row) as spell_no,
    case when lead(is_new_spell) over number = 0 then lead(told_from) over number end as next_told_from
from compared
window number as (partition by organisation_id, assignment_key order by told_from)

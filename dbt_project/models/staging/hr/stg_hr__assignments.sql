-- Grain: one row per assignment and delivery in force. For a full history, one row per assignment and effective date.
-- Rule: if a full history has only rejected rows for a number, the number has the values of the last history with
--   accepted rows for it (docs/counting_rules.md A2).
-- Rule: people who work only in term time have the FTE of the year: contracted share of full time, times weeks a year
--   over 52.143. A contract of 52 weeks or more is full time.
-- Rule: for a casual or zero-hours contract, FTE is hours worked divided by standard hours, and 0 if none were worked.
--   If either is missing, it is the reported FTE. A contract of no hours reports none.
with
accepted as ({{ in_force('hr_assignments') }}),

unread_numbers as (
    select distinct -- a number can be in several rejected rows
        unread.organisation_id, unread.assignment_key, unread.month_no
    from {{ ref('stg_rejected__keys') }} as unread
    inner join {{ ref('deliveries_in_force') }} as deliveries
        on unread.organisation_id = deliveries.organisation_id
        and unread.source = deliveries.source
        and unread.delivery_id = deliveries.delivery_id
        and deliveries.delivers = 'history'
    left join accepted
        on unread.organisation_id = accepted.organisation_id
        and unread.assignment_key = accepted.assignment_key
        and unread.month_no = accepted.period_month_no
    where unread.source = 'hr_assignments' and accepted.assignment_key is null
),

earlier_histories as (
    select
        unread_numbers.organisation_id, unread_numbers.assignment_key, unread_numbers.month_no,
        max_by(deliveries.delivery_id, deliveries.month_no) as delivery_id
    from unread_numbers
    inner join {{ source('raw', 'hr_assignments') }} as extract_rows
        on unread_numbers.organisation_id = extract_rows.organisation_id
        and unread_numbers.assignment_key = extract_rows.assignment_key
    inner join {{ ref('stg_ledger__deliveries') }} as deliveries
        on extract_rows.organisation_id = deliveries.organisation_id
        and extract_rows.delivery_id = deliveries.delivery_id
        and deliveries.source = 'hr_assignments'
        and deliveries.delivers = 'history'
        and deliveries.is_in_force
        and deliveries.month_no < unread_numbers.month_no
    group by unread_numbers.organisation_id, unread_numbers.assignment_key, unread_numbers.month_no
),

rows_in_force as (
    select * from accepted
    union all
    select
        earlier_histories.month_no as period_month_no,
        {{ month_end('earlier_histories.month_no') }} as period_month_end,
        'history' as delivers,
        extract_rows.*
    from earlier_histories
    inner join {{ source('raw', 'hr_assignments') }} as extract_rows
        on earlier_histories.organisation_id = extract_rows.organisation_id
        and earlier_histories.assignment_key = extract_rows.assignment_key
        and earlier_histories.delivery_id = extract_rows.delivery_id
)

select
    rows_in_force.organisation_id,
    rows_in_force.period_month_no,
    rows_in_force.delivers,
    rows_in_force.delivery_id,
    {{ linked_person('rows_in_force') }} as person_key,
    rows_in_force.person_key as told_person_key,
    rows_in_force.swe_key,
    rows_in_force.assignment_key,
    rows_in_force.post_id,
    rows_in_force.team_id,
    rows_in_force.job_role,
    rows_in_force.registered_social_worker,
    rows_in_force.contract_type,
    {{ as_fte("case
        when contract_type = 'casual' then coalesce(hours_worked / standard_hours, nullif(fte, 0))
        when weeks_a_year < 52 then fte * weeks_a_year / 52.143
        else fte
    end") }} as fte,
    rows_in_force.fte_from,
    rows_in_force.cost_share_percent,
    rows_in_force.start_date,
    rows_in_force.end_date,
    rows_in_force.leaving_reason,
    rows_in_force.leaver_destination,
    rows_in_force.start_origin,
    rows_in_force.team_start_date,
    rows_in_force.long_absence,
    coalesce(rows_in_force.secondment = 'out' or rows_in_force.long_absence = 'seconded_out', false) as is_seconded_out,
    rows_in_force.effective_from,
    rows_in_force.effective_to
from rows_in_force
{{ join_person_links('rows_in_force') }}

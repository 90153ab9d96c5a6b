-- Grain: one row per assignment number and spell: one stretch of work under the number, from its first day to its last.
-- Rule: docs/counting_rules.md B2 to B10 say when a spell starts and ends, and when it never happened (is_withdrawn).
-- Limit: if an extract no longer reports a number, the spell ends on the last day of that extract's month
--   (end_is_inferred).
with
tellings as (select * from {{ ref('assignment_tellings') }}),

extracts as (select * from {{ ref('staff_extracts') }}),

first_told as (select * from tellings where is_new_spell = 1),

last_told as (select * from tellings where next_told_from is null),

-- B2: the month whose extract is the first to show that the spell has begun.
seen as (
    select
        organisation_id, assignment_key, spell_no,
        min(case when start_date <= {{ month_end('period_month_no') }} then period_month_no end) as first_seen_month_no,
        min(start_date) as earliest_start_date,
        max(start_date) as latest_start_date,
        max(case when is_new_spell = 0 and is_after_gap then 1 else 0 end) = 1 as was_missing
    from tellings
    group by organisation_id, assignment_key, spell_no
),

-- B2: if the start date changed, the one reported last, of those that had passed when the spell was first seen.
changed_starts as (
    select
        tellings.organisation_id, tellings.assignment_key, tellings.spell_no,
        max_by(tellings.start_date, tellings.told_from) as start_date
    from tellings
    inner join seen
        on tellings.organisation_id = seen.organisation_id
        and tellings.assignment_key = seen.assignment_key
        and tellings.spell_no = seen.spell_no
        and tellings.start_date <= {{ month_end('seen.first_seen_month_no') }}
    where seen.earliest_start_date < seen.latest_start_date and tellings.delivers = 'snapshot'
    group by tellings.organisation_id, tellings.assignment_key, tellings.spell_no
),

told as (
    select
        last_told.organisation_id,
        last_told.assignment_key,
        last_told.spell_no,
        last_told.person_key,
        last_told.delivers,
        last_told.is_seconded_out,
        last_told.post_id as last_told_post_id,
        first_told.post_id as first_told_post_id,
        first_told.contract_type as first_told_contract_type,
        last_told.contract_type as last_told_contract_type,
        first_told.told_from as first_told_from,
        first_told.period_month_no as first_told_month_no,
        first_told.start_date as first_told_start_date,
        last_told.start_date as last_told_start_date,
        first_told.end_date as first_told_end_date,
        first_told.start_origin,
        last_told.period_month_no as last_told_month_no,
        last_told.leaving_reason,
        last_told.leaver_destination,
        coalesce(
            changed_starts.start_date,
            case when last_told.delivers = 'history' then seen.earliest_start_date else last_told.start_date end
        ) as start_date,
        seen.first_seen_month_no,
        seen.was_missing,
        seen.latest_start_date,
        -- B9: in a history, a spell may also end on the day until which its last row holds.
        coalesce(
            last_told.end_date,
            case
                when last_told.effective_to <= {{ month_end('last_told.period_month_no') }} then last_told.effective_to
            end
        ) as told_end_date,
        last_told.end_date is null
        and last_told.effective_to <= {{ month_end('last_told.period_month_no') }} as is_end_of_rows,
        extracts.next_month_no as missing_month_no,
        extracts.second_next_month_no as still_missing_month_no
    from last_told
    inner join first_told
        on last_told.organisation_id = first_told.organisation_id
        and last_told.assignment_key = first_told.assignment_key
        and last_told.spell_no = first_told.spell_no
    inner join seen
        on last_told.organisation_id = seen.organisation_id
        and last_told.assignment_key = seen.assignment_key
        and last_told.spell_no = seen.spell_no
    left join changed_starts
        on last_told.organisation_id = changed_starts.organisation_id
        and last_told.assignment_key = changed_starts.assignment_key
        and last_told.spell_no = changed_starts.spell_no
    left join extracts
        on last_told.organisation_id = extracts.organisation_id
        and last_told.extract_no = extracts.extract_no
),

followed as (
    select
        *,
        lead(start_date) over number as next_start_date,
        lead(first_told_month_no) over number as next_first_told_month_no
    from told
    window number as (partition by organisation_id, assignment_key order by spell_no)
),

-- B4: whether the reported end counts. B5: if not, the spell is missing from the extract of missing_month_no.
judged as (
    select
        *,
        (first_seen_month_no is null and missing_month_no is not null)
        or coalesce(told_end_date < start_date, false) as is_withdrawn,
        missing_month_no is not null and not coalesce(
            told_end_date <= {{ month_end('missing_month_no') }}
            or (next_first_told_month_no = missing_month_no and told_end_date < next_start_date),
            false
        ) as is_gone
    from followed
),

gone as (select * from judged where is_gone and not is_withdrawn),

-- B10: numbers that disappear for good, and had no reported end before the month of the first extract without them.
disappeared as (
    select *
    from judged
    where
        missing_month_no is not null
        and not is_withdrawn
        and next_first_told_month_no is null
        and not coalesce(told_end_date < {{ month_start('missing_month_no') }}, false)
),

-- B10: a number that first appears in the extract from which another number of the person is missing, and began before
-- that extract's month.
come as (
    select
        organisation_id, assignment_key, person_key, first_told_post_id, first_told_month_no as month_no,
        last_told_start_date, told_end_date, coalesce(first_told_end_date < first_told_from, false) as had_ended
    from judged
    where spell_no = 1 and delivers = 'snapshot' and first_told_start_date < first_told_from and not is_withdrawn
),

taken_over as (
    select distinct -- two numbers can be replaced by two others at once
        disappeared.organisation_id, disappeared.assignment_key, disappeared.spell_no
    from disappeared
    inner join come
        on disappeared.organisation_id = come.organisation_id
        and disappeared.person_key = come.person_key
        and disappeared.missing_month_no = come.month_no
    where not come.had_ended
),

taking_over as (
    select
        come.organisation_id, come.assignment_key,
        -- In the same post, the post is held since the old number's start.
        min(disappeared.start_date) filter (where come.first_told_post_id = disappeared.last_told_post_id) as held_since
    from come
    inner join disappeared
        on come.organisation_id = disappeared.organisation_id
        and come.person_key = disappeared.person_key
        and come.month_no = disappeared.missing_month_no
    where not come.had_ended
    group by come.organisation_id, come.assignment_key
),

-- B10: a new number that has already ended, with the start and end of a number that is no longer reported, adds
-- nothing.
repeated as (
    select distinct -- two posts can have the same first and last day
        come.organisation_id, come.assignment_key
    from come
    inner join judged as before
        on come.organisation_id = before.organisation_id
        and come.person_key = before.person_key
        and come.assignment_key <> before.assignment_key
        and come.month_no > before.last_told_month_no
        and come.told_end_date = before.told_end_date
        and come.last_told_start_date = before.last_told_start_date
    where come.had_ended
),

-- B6: the person is missing from the whole extract, while another source still has the person.
people_there as (
    select distinct -- a person can have two numbers
        organisation_id, person_key, period_month_no
    from tellings
),

gone_people as (
    select gone.*
    from gone
    left join people_there as others
        on gone.organisation_id = others.organisation_id
        and gone.person_key = others.person_key
        and gone.missing_month_no = others.period_month_no
    where others.person_key is null
),

unconfirmed as (
    select organisation_id, assignment_key, spell_no from gone_people where is_seconded_out
    union -- removes repeated rows
    select gone_people.organisation_id, gone_people.assignment_key, gone_people.spell_no
    from gone_people
    inner join {{ ref('stg_payroll__elements') }} as paid
        on gone_people.organisation_id = paid.organisation_id
        and gone_people.person_key = paid.person_key
        and gone_people.missing_month_no = paid.month_no
    union
    select gone_people.organisation_id, gone_people.assignment_key, gone_people.spell_no
    from gone_people
    inner join {{ ref('stg_absence__spells') }} as absences
        on gone_people.organisation_id = absences.organisation_id
        and gone_people.person_key = absences.person_key
        and gone_people.missing_month_no = absences.month_no
        and absences.start_date <= {{ month_end('gone_people.missing_month_no') }}
        and {{ or_never('absences.end_date') }} > {{ month_end('gone_people.missing_month_no') }}
),

-- B7: a new number of the person in the same post, such as a fixed-term contract that becomes permanent.
next_in_post as (
    select gone.organisation_id, gone.assignment_key, gone.spell_no, min(others.start_date) as starts_on
    from gone
    inner join judged as others
        on gone.organisation_id = others.organisation_id
        and gone.person_key = others.person_key
        and gone.last_told_post_id = others.first_told_post_id
        and gone.assignment_key <> others.assignment_key
        and gone.last_told_month_no < others.first_told_month_no
        and gone.start_date < others.start_date
        and not others.is_withdrawn
    group by gone.organisation_id, gone.assignment_key, gone.spell_no
),

confirmed as (
    select
        judged.*,
        least(
            {{ or_never('judged.next_start_date') }},
            {{ or_never('next_in_post.starts_on') }}
        ) as followed_on,
        taken_over.assignment_key is not null as is_taken_over,
        taking_over.assignment_key is not null and judged.spell_no = 1 as takes_over,
        case when judged.spell_no = 1 and judged.start_date <= judged.first_told_from then taking_over.held_since end
            as held_since,
        repeated.assignment_key is not null and judged.spell_no = 1 as is_repeated,
        unconfirmed.assignment_key is not null and taken_over.assignment_key is null as is_unconfirmed,
        case
            when unconfirmed.assignment_key is not null then judged.still_missing_month_no else judged.missing_month_no
        end as ended_by_month_no
    from judged
    left join taken_over
        on judged.organisation_id = taken_over.organisation_id
        and judged.assignment_key = taken_over.assignment_key
        and judged.spell_no = taken_over.spell_no
    left join taking_over
        on judged.organisation_id = taking_over.organisation_id
        and judged.assignment_key = taking_over.assignment_key
    left join repeated
        on judged.organisation_id = repeated.organisation_id
        and judged.assignment_key = repeated.assignment_key
    left join unconfirmed
        on judged.organisation_id = unconfirmed.organisation_id
        and judged.assignment_key = unconfirmed.assignment_key
        and judged.spell_no = unconfirmed.spell_no
    left join next_in_post
        on judged.organisation_id = next_in_post.organisation_id
        and judged.assignment_key = next_in_post.assignment_key
        and judged.spell_no = next_in_post.spell_no
),

ended as (
    select
        *,
        case
            when is_taken_over then null
            when not is_gone then told_end_date
            when told_end_date <= {{ month_end('ended_by_month_no') }} or ended_by_month_no is null then told_end_date
            else least({{ month_end('ended_by_month_no') }}, {{ add_days('followed_on', -1) }})
        end as end_date
    from confirmed
)

select
    organisation_id,
    assignment_key,
    cast(spell_no as integer) as spell_no,
    person_key,
    delivers,
    least(ended.start_date, coalesce(ended.held_since, ended.start_date)) as start_date,
    end_date,
    coalesce((is_gone and end_date is distinct from told_end_date) or is_end_of_rows, false) as end_is_inferred,
    case
        when takes_over or is_repeated then ended.first_told_from else least(ended.start_date, ended.first_told_from)
    end as first_told_from,
    case when takes_over then greatest(ended.start_date, ended.first_told_from) else ended.start_date end as first_day,
    case when is_taken_over then {{ month_start('missing_month_no') }} end as taken_over_on,
    last_told_month_no,
    leaving_reason,
    leaver_destination,
    start_origin,
    is_withdrawn,
    first_told_contract_type = 'seconded_in' as begins_seconded_in,
    last_told_contract_type = 'seconded_in' as ends_seconded_in,
    is_unconfirmed and ended_by_month_no is null as is_unconfirmed,
    is_gone
    and coalesce(told_end_date > {{ month_end('missing_month_no') }}, false)
    and not is_taken_over as is_plan_outweighed,
    was_missing,
    latest_start_date > ended.start_date as start_was_restarted
from ended

-- Grain: one row per assignment spell that ended but goes on, because another assignment of the same person begins
--   without a whole week between.
-- Rule: the spell goes on until the day before the other begins, so nobody left and nobody started
--   (docs/counting_rules.md D1).
with spells as (select * from {{ ref('assignment_spells') }} where not is_withdrawn)

select
    ended.organisation_id,
    ended.assignment_key,
    ended.spell_no,
    min(following.first_day) as goes_on_until
from spells as ended
inner join spells as following
    on ended.organisation_id = following.organisation_id
    and ended.person_key = following.person_key
    and ended.end_date < following.first_day
    -- Fourteen days always hold a whole week.
    and following.first_day <= {{ add_days('ended.end_date', 14) }}
where
    not {{ has_whole_week_between('ended.end_date', 'following.first_day') }}
    and coalesce(ended.leaving_reason, 'not_known') <> 'structural_transfer'
    -- Somebody seconded in works for a partner.
    and coalesce(ended.ends_seconded_in, false) = coalesce(following.begins_seconded_in, false)
group by ended.organisation_id, ended.assignment_key, ended.spell_no

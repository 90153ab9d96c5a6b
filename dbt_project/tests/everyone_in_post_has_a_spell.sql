-- Staff in post and spells show the same people in two ways. Everybody who counts as in post at a month end is in a
-- spell that day.
select months.organisation_id, months.month_end, months.person_key
from {{ ref('assignment_month') }} as months
left join {{ ref('registered_spells') }} as spells
    on months.organisation_id = spells.organisation_id
    and months.person_key = spells.person_key
    and months.month_end >= spells.spell_from
    and months.month_end < {{ or_never('spells.left_on') }}
where months.is_in_dfe and spells.person_key is null

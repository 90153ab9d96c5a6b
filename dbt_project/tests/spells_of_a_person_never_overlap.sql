-- A person's spells of registered work follow one another: what overlaps or adjoins is one spell.
select organisation_id, person_key, spell_from
from {{ ref('registered_spells') }}
qualify
    spell_from
    <= lag(coalesce(spell_to, cast('9999-12-31' as date)))
        over (partition by organisation_id, person_key order by spell_from)

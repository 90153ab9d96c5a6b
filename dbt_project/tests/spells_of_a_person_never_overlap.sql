-- A person's spells of registered work follow one another. Days that overlap or adjoin are one spell.
select organisation_id, person_key, spell_from
from {{ ref('registered_spells') }}
qualify
    spell_from
    <= lag(coalesce(spell_to, cast('9999-12-31' as date)))
        over (partition by organisation_id, person_key order by spell_from)

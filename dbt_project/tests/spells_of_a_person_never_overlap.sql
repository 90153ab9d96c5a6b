-- A person is in one spell of registered social work at a time, and a spell ends before the next begins.
select organisation_id, person_key, spell_from
from {{ ref('int_registered_spells') }}
where next_spell_from is not null and (spell_to is null or spell_to >= next_spell_from)

-- Grain: one row per publication, indicator, definition, month and scope for which the publication differs from the one
--   before.
-- Rule: a publication's figure is its own row. If it has none, it is the row of the latest earlier publication.
-- Rule: if a publication no longer has a figure, such as that of a team under an earlier id, its row is `withdrawn`.
-- Rule: rows are read from the publications themselves, which never change. No delivery and no model alters them.
with
publications as (select * from {{ ref('publications') }}),

said as (
    select
        publications.publication_no,
        figures.*,
        {{ in_turn([
            'figures.numerator',
            'figures.denominator',
            'figures.target',
            'figures.status',
            'figures.status_reason',
            'figures.as_at_month',
        ]) }} as says
    from {{ ref('stg_ledger__published_values') }} as figures
    inner join publications on figures.publication = publications.publication
),

compared as (
    select
        *,
        lag(publication_no) over figure as earlier_no,
        lag(says) over figure as said_before,
        lead(publication_no) over figure as later_no
    from said
    window figure as (
        partition by organisation_id, indicator_id, definition_id, month_end, scope, scope_id order by publication_no
    )
),

new_or_changed as (
    select * from compared
    where earlier_no is null or earlier_no < publication_no - 1 or says is distinct from said_before
),

withdrawn as (
    select
        next_publications.publication_no, compared.organisation_id, compared.indicator_id, compared.definition_id,
        compared.month_end, compared.scope, compared.scope_id, compared.unit
    from compared
    inner join publications as next_publications on compared.publication_no + 1 = next_publications.publication_no
    where compared.later_no is null or compared.later_no > compared.publication_no + 1
),

lines as (
    select
        publication_no, organisation_id, indicator_id, definition_id, month_end, scope, scope_id,
        numerator, denominator, value, unit, target, status, status_reason, as_at_month
    from new_or_changed
    union all
    select
        publication_no, organisation_id, indicator_id, definition_id, month_end, scope, scope_id,
        null, null, null, unit, null, 'withdrawn', 'no_longer_shown', null
    from withdrawn
)

select
    publications.publication,
    publications.published_at,
    publications.publication_no,
    lines.organisation_id,
    lines.indicator_id,
    lines.definition_id,
    lines.month_end,
    lines.scope,
    lines.scope_id,
    lines.numerator,
    lines.denominator,
    lines.value,
    lines.unit,
    lines.target,
    lines.status,
    lines.status_reason,
    lines.as_at_month
from lines
inner join publications on lines.publication_no = publications.publication_no

-- Grain: one row per publication, indicator, definition, month and scope of which it said something else than the
--   publication before.
-- Rule: what a publication said of a figure is its own row or, without one, that of the latest earlier publication.
-- Rule: what a publication no longer has, such as a team under the id of an earlier structure, is `withdrawn` in it.
-- Rule: read from the publications themselves, which never change: no delivery and no model alters a row.
select
    publication,
    published_at,
    publication_no,
    organisation_id,
    indicator_id,
    definition_id,
    month_end,
    scope,
    scope_id,
    numerator,
    denominator,
    value,
    unit,
    target,
    status,
    status_reason,
    as_at_month
from {{ ref('figures_as_published') }}

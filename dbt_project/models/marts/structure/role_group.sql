-- Grain: one row per group of job roles.
-- Rule: a job role belongs to several groups (role_in_group), so the rows of different groups never add up.
select
    role_group,
    title,
    description,
    cast(order_no as integer) as order_no
from {{ ref('role_group_titles') }}

-- How many hold more cases than the limit, and how many cases wait for a worker?
select
    unit.unit_name as council,
    caseload.case_limit,
    caseload.holders_above_limit,
    caseload.asye_case_limit,
    caseload.asye_holders_above_limit,
    caseload.cases_held_by_agency,
    caseload.unallocated_cases,
    caseload.cases_with_another_worker
from marts.caseload_month as caseload
inner join marts.unit as unit using (unit_key)
where unit.scope = 'organisation' and caseload.month_end = (select max(month_end) from marts.caseload_month)
order by unit.unit_name;

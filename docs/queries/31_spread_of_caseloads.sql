-- How are caseloads spread?
select
    unit.unit_name as council,
    caseload.holders_of_1_to_10 as up_to_10,
    caseload.holders_of_11_to_15 as up_to_15,
    caseload.holders_of_16_to_20 as up_to_20,
    caseload.holders_of_21_to_25 as up_to_25,
    caseload.holders_of_26_and_more as more
from marts.caseload_month as caseload
inner join marts.unit as unit using (unit_key)
where unit.scope = 'organisation' and caseload.month_end = (select max(month_end) from marts.caseload_month)
order by unit.unit_name;

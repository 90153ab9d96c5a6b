-- How many of those who started in each census year are still there?
select
    cohort.census_year,
    any_value(round(cohort.per_cent_still_there)) filter (cohort.months_since_start = 6) as after_6_months,
    any_value(round(cohort.per_cent_still_there)) filter (cohort.months_since_start = 12) as after_12_months,
    any_value(round(cohort.per_cent_still_there)) filter (cohort.months_since_start = 24) as after_24_months
from marts.cohort_retention_month as cohort
where cohort.unit_key = 'cambridgeshire' and cohort.cohort_kind = 'all'
group by cohort.census_year
order by cohort.census_year;

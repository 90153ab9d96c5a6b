-- How much training was taken with partners, and what did it cost?
select
    month.financial_year,
    sum(training.multi_agency_occasions) as occasions,
    round(100 * sum(training.multi_agency_completions) / sum(training.completions), 1) as per_cent_of_completions,
    sum(training.cost) as pounds
from marts.training_month as training
inner join marts.month as month using (month_end)
where training.unit_key = 'leicestershire'
group by month.financial_year
order by month.financial_year;

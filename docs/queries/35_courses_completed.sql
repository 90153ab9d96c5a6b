-- How many courses were completed in each academic year?
select month.academic_year, course.course_name, sum(training.completions) as completions
from marts.training_completion_month as training
inner join marts.course as course using (course_key)
inner join marts.month as month using (month_end)
where training.unit_key = 'leicestershire' and month.academic_year >= '2023/24'
group by month.academic_year, course.course_name
order by month.academic_year, course.course_name;

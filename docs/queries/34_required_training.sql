-- Who holds each required course in date, and whose runs out within three months?
select course.course_name, training.people_required, training.people_in_date, training.people_expiring
from marts.training_compliance_month as training
inner join marts.course as course using (course_key)
where training.unit_key = 'leicestershire' and training.month_end = (select max(month_end) from marts.training_compliance_month)
order by course.course_name;

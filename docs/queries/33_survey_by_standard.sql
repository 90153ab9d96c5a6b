-- What does the survey say, by employer standard?
select survey.standard, round(survey.score) as score, survey.band, survey.respondents
from marts.survey_result as survey
where survey.unit_key = 'leicestershire' and survey.standard is not null
    and survey.month_end = (select max(month_end) from marts.survey_result where unit_key = 'leicestershire')
order by survey.standard, survey.told_by;

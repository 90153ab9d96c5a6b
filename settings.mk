# Settings of Airflow, dbt and Great Expectations that do not depend on the folder. The Makefile exports them, and so does tests/own_airflow.py.
AIRFLOW__CORE__LOAD_EXAMPLES ?= False
AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION ?= False
AIRFLOW__LOGGING__LOGGING_LEVEL ?= WARNING
AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS ?= 0o700
AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS ?= 0o600
AIRFLOW__USAGE_DATA_COLLECTION__ENABLED ?= False
AIRFLOW__OPENLINEAGE__DISABLED ?= True
AIRFLOW__API__HOST ?= 127.0.0.1
DBT_SEND_ANONYMOUS_USAGE_STATS ?= False
GX_ANALYTICS_ENABLED ?= False
DO_NOT_TRACK ?= 1
# Airflow 3.3 starts its in-process API with a client that warns of its own successor, and its sensors import what it warns of.
PYTHONWARNINGS ?= ignore:Using,ignore:The `airflow.utils.operator_helpers

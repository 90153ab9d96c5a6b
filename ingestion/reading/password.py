"""Passwords of ZIP files. Each is in an Airflow connection, which the mapping names, and in no file of the project."""

from __future__ import annotations

from foundation.storage import use_own_airflow
from ingestion.refusal import refuse


def password(connection_id: str) -> str:
    """The password of an Airflow connection, also of one in the environment variable AIRFLOW_CONN_<ID>.

    Raises FileRefused if there is no such connection, or if it has no password.
    """
    # Airflow takes seconds to import, and most mappings need no password.
    use_own_airflow()
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException, AirflowRuntimeError

    advice = f"Add the connection '{connection_id}' with its password in Airflow, or as AIRFLOW_CONN_{connection_id.upper()}"
    try:
        found = Connection.get(connection_id).password
    except (AirflowNotFoundException, AirflowRuntimeError):
        found = None
    if not found:
        raise refuse("unreadable_file", f"the ZIP file has a password, and there is none at hand. {advice}")
    return str(found)

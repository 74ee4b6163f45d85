"""The steps of a batch as an Airflow DAG, for those who have Composer: what terraform/workflows/batch.yaml does with Cloud Workflows.

upload seen -> load -> transform -> checks -> done. Each step is a run of the Cloud Run job batch-loader; the next one begins when all its
tasks have succeeded. A run that fails is tried again and goes on where it was: the ledger of loads passes over what is done.

Airflow variables: tablestream_project, tablestream_environment (dev), tablestream_region (us-central1), tablestream_tasks (1). The account of
the environment needs roles/run.jobsExecutorWithOverrides on the job and roles/storage.objectViewer on the bucket of loads.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow import DAG
from airflow.models import Variable
from airflow.providers.google.cloud.operators.cloud_run import CloudRunExecuteJobOperator
from airflow.providers.google.cloud.sensors.gcs import GCSObjectsWithPrefixExistenceSensor

PROJECT = Variable.get("tablestream_project", default_var="my-project")
ENVIRONMENT = Variable.get("tablestream_environment", default_var="dev")
REGION = Variable.get("tablestream_region", default_var="us-central1")
TASKS = int(Variable.get("tablestream_tasks", default_var="1"))


def step(name: str, tasks: int = 1) -> CloudRunExecuteJobOperator:
    """A run of the job with this step as its argument."""
    return CloudRunExecuteJobOperator(
        task_id=name,
        project_id=PROJECT,
        region=REGION,
        job_name="batch-loader",
        overrides={
            "container_overrides": [{"args": ["batch.cjs", name]}],
            "task_count": tasks,
        },
    )


with DAG(
    dag_id="tablestream_batch",
    description="Loads what is in raw/, makes processed/ of it, and checks both",
    schedule="30 4 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=5)},
) as dag:
    seen = GCSObjectsWithPrefixExistenceSensor(
        task_id="seen",
        bucket=f"{PROJECT}-{ENVIRONMENT}-loads",
        prefix="raw/",
        mode="reschedule",
        timeout=60 * 60,
        soft_fail=True,
    )
    seen >> step("load", TASKS) >> step("transform") >> step("checks")

"""A normal day with Google's BigQuery client for Python: what people do, each step checked. Prints a line for each step."""

import datetime
import decimal
import os
import urllib.request

import grpc
import pandas
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery, bigquery_storage
from google.cloud.bigquery_storage_v1.services.big_query_read.transports import BigQueryReadGrpcTransport

PROJECT = "python-day"
client = bigquery.Client(project=PROJECT, credentials=AnonymousCredentials(), location="US")
storage = os.environ["STORAGE_EMULATOR_HOST"]
read_host = os.environ["STORAGE_WRITE_ENDPOINT"].removeprefix("http://")
read_client = bigquery_storage.BigQueryReadClient(
    transport=BigQueryReadGrpcTransport(channel=grpc.insecure_channel(read_host))
)


def done(step: str) -> None:
    print(f"ok {step}", flush=True)


def equal(found: object, wanted: object) -> None:
    assert found == wanted, f"{found!r} is not {wanted!r}"


def rows_of(table: str, order: str = "id") -> list:
    return [dict(row) for row in client.query_and_wait(f"SELECT * FROM {table} ORDER BY {order}")]


dataset = client.create_dataset(bigquery.Dataset(f"{PROJECT}.day"))
equal([each.dataset_id for each in client.list_datasets()], ["day"])
done("create_dataset")

frame = pandas.DataFrame(
    {
        "id": [1, 2, 3],
        "name": ["a", None, "ü"],
        "price": [1.5, 2.25, float("nan")],
        "ok": [True, False, True],
        "created": pandas.to_datetime(["2026-01-01T00:00:00Z", "2026-01-02T03:04:05.678Z", None], format="ISO8601"),
        "tags": [["x", "y"], [], ["z"]],
    }
)
schema = [bigquery.SchemaField("tags", "STRING", mode="REPEATED")]
job = client.load_table_from_dataframe(frame, "day.frame", job_config=bigquery.LoadJobConfig(schema=schema))
job.result()
equal(job.output_rows, 3)
loaded = client.query_and_wait("SELECT * FROM day.frame ORDER BY id").to_dataframe(create_bqstorage_client=False)
equal(list(loaded.columns), list(frame.columns))
equal(loaded["name"].fillna("none").tolist(), ["a", "none", "ü"])
equal(loaded["created"][1], pandas.Timestamp("2026-01-02T03:04:05.678Z"))
equal([list(tags) for tags in loaded["tags"]], [["x", "y"], [], ["z"]])
done("load_table_from_dataframe, query to_dataframe")

records = [
    {"id": 1, "amount": "12.345", "day": "2026-01-31", "item": {"sku": "s1", "n": 2}},
    {"id": 2, "amount": None, "day": None, "item": None},
]
fields = [
    bigquery.SchemaField("id", "INTEGER", mode="REQUIRED"),
    bigquery.SchemaField("amount", "NUMERIC"),
    bigquery.SchemaField("day", "DATE"),
    bigquery.SchemaField(
        "item", "RECORD", fields=[bigquery.SchemaField("sku", "STRING"), bigquery.SchemaField("n", "INTEGER")]
    ),
]
client.load_table_from_json(records, "day.records", job_config=bigquery.LoadJobConfig(schema=fields)).result()
equal(
    rows_of("day.records"),
    [
        {
            "id": 1,
            "amount": decimal.Decimal("12.345"),
            "day": datetime.date(2026, 1, 31),
            "item": {"sku": "s1", "n": 2},
        },
        {"id": 2, "amount": None, "day": None, "item": None},
    ],
)
done("load_table_from_json")

config = bigquery.QueryJobConfig(
    query_parameters=[
        bigquery.ScalarQueryParameter("least", "INT64", 2),
        bigquery.ArrayQueryParameter("names", "STRING", ["a", "ü"]),
        bigquery.ScalarQueryParameter("until", "TIMESTAMP", datetime.datetime(2027, 1, 1, tzinfo=datetime.timezone.utc)),
    ]
)
found = client.query(
    "SELECT id FROM day.frame WHERE id >= @least OR name IN UNNEST(@names) AND created < @until ORDER BY id", job_config=config
).result()
equal([row.id for row in found], [1, 2, 3])
done("query parameters")

table = client.create_table(bigquery.Table(f"{PROJECT}.day.streamed", schema=fields[:2]))
equal(client.insert_rows_json(table, [{"id": n, "amount": str(n)} for n in range(5)]), [])
errors = client.insert_rows_json(table, [{"id": "x"}, {"id": 9}])
equal([(each["index"], each["errors"][0]["reason"]) for each in errors], [(0, "invalid"), (1, "stopped")])
equal(sorted(row["id"] for row in client.list_rows(table, page_size=2)), [0, 1, 2, 3, 4])
equal(sorted(client.list_rows(table).to_dataframe(create_bqstorage_client=False)["id"]), [0, 1, 2, 3, 4])
equal(client.list_rows(table, max_results=2).to_arrow(create_bqstorage_client=False).num_rows, 2)
done("insert_rows_json, list_rows")

arrow = client.list_rows(client.get_table("day.frame")).to_arrow(bqstorage_client=read_client)
equal(arrow.num_rows, 3)
equal(sorted(arrow["tags"].to_pylist()), [[], ["x", "y"], ["z"]])
done("list_rows through Storage Read")

client.copy_table("day.frame", "day.copied").result()
equal(client.get_table("day.copied").num_rows, 3)
done("copy_table")

urllib.request.urlopen(
    urllib.request.Request(
        f"{storage}/storage/v1/b?project={PROJECT}",
        data=b'{"name":"python-day"}',
        headers={"content-type": "application/json"},
    )
)
extract = bigquery.ExtractJobConfig(destination_format="NEWLINE_DELIMITED_JSON")
client.extract_table("day.records", "gs://python-day/records.json", job_config=extract).result()
text = urllib.request.urlopen(f"{storage}/storage/v1/b/python-day/o/records.json?alt=media").read().decode()
equal(len(text.splitlines()), 2)
again = bigquery.LoadJobConfig(source_format="NEWLINE_DELIMITED_JSON", schema=fields)
client.load_table_from_uri("gs://python-day/records.json", "day.back", job_config=again).result()
equal(rows_of("day.back"), rows_of("day.records"))
done("extract_table, load_table_from_uri")

table = client.get_table("day.streamed")
table.schema = [*table.schema, bigquery.SchemaField("note", "STRING", description="what was said")]
table.labels = {"team": "data"}
table.description = "rows that were streamed"
table = client.update_table(table, ["schema", "labels", "description"])
equal([field.name for field in table.schema], ["id", "amount", "note"])
equal((table.labels, table.description), ({"team": "data"}, "rows that were streamed"))
done("update_table")

csv = b"id,name\n1,one\n2,\"two, too\"\n"
import io

config = bigquery.LoadJobConfig(source_format="CSV", skip_leading_rows=1, autodetect=True)
client.load_table_from_file(io.BytesIO(csv), "day.csv", job_config=config, size=len(csv)).result()
equal(rows_of("day.csv"), [{"id": 1, "name": "one"}, {"id": 2, "name": "two, too"}])
truncate = bigquery.LoadJobConfig(source_format="CSV", skip_leading_rows=1, write_disposition="WRITE_TRUNCATE")
client.load_table_from_file(io.BytesIO(csv), "day.csv", job_config=truncate).result()
equal(client.get_table("day.csv").num_rows, 2)
done("load_table_from_file")

config = bigquery.QueryJobConfig(destination=f"{PROJECT}.day.made", write_disposition="WRITE_TRUNCATE", labels={"a": "b"})
job = client.query("SELECT id, COUNT(*) AS n FROM day.frame GROUP BY id", job_config=config)
equal(job.result().total_rows, 3)
equal(client.get_job(job.job_id).labels, {"a": "b"})
equal(client.query("SELECT id FROM day.frame", job_config=bigquery.QueryJobConfig(dry_run=True)).total_bytes_processed, 24)
done("destination tables, labels, dry run")

try:
    client.query_and_wait("SELECT nothing FROM day.frame")
    raise AssertionError("a column that is not there was found")
except Exception as error:
    assert "nothing" in str(error), error
try:
    client.get_table("day.nowhere")
    raise AssertionError("a table that is not there was found")
except Exception as error:
    equal(error.code, 404)
done("errors")

client.delete_table("day.csv")
equal("csv" in [each.table_id for each in client.list_tables("day")], False)
client.delete_dataset("day", delete_contents=True)
equal(list(client.list_datasets()), [])
done("delete_table, delete_dataset")

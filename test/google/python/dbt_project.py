"""A dbt project from its seeds to its documentation, twice: the second time what is incremental has something to do.

usage: dbt_project.py FOLDER, which it writes to
"""

import json
import pathlib
import sys

from dbt.cli.main import dbtRunner
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

folder = pathlib.Path(sys.argv[1])
client = bigquery.Client(project="demo", credentials=AnonymousCredentials(), location="US")


def dbt(*arguments: str) -> None:
    done = dbtRunner().invoke([*arguments, "--project-dir", str(folder), "--profiles-dir", str(folder), "--quiet"])
    if done.success:
        return
    told = [f"{each.node.name}: {each.message}" for each in getattr(done.result, "results", [])] if done.result else []
    raise AssertionError(f"dbt {' '.join(arguments)}: {done.exception or told}")


def rows_of(query: str) -> list[tuple]:
    return [tuple(str(value) for value in row.values()) for row in client.query_and_wait(query)]


def equal(found: object, wanted: object) -> None:
    assert found == wanted, f"{found!r} is not {wanted!r}"


def main() -> None:
    dbt("build")
    equal(
        rows_of("SELECT customer, orders, total, ARRAY_LENGTH(first_orders) FROM shop_dbt.customers ORDER BY 1"),
        [("ada", "2", "15.75", "2"), ("bob", "1", "20", "1")],
    )
    equal(rows_of("SELECT day, orders FROM shop_dbt.days ORDER BY 1"), [("2026-11-28", "1"), ("2026-11-29", "2")])
    table = client.get_table("shop_dbt.customers")
    equal(table.time_partitioning.type_, "MONTH")
    equal((table.clustering_fields, table.labels), (["customer"], {"team": "data"}))
    equal(table.schema[0].mode, "REQUIRED")
    equal(table.schema[0].description, "Its name")
    equal(client.get_table("shop_dbt.orders").description, "Orders, one a row, with the day they came")
    print("ok seeds, views, tables, snapshots, tests", flush=True)

    orders = folder / "seeds" / "raw_orders.csv"
    text = orders.read_text().replace("2,bob,open", "2,bob,sent").replace("1,ada,paid,10.50,2026-11-28 10:00:00\n", "")
    orders.write_text(text + "4,eve,open,7,2026-11-29 13:00:00\n5,eve,open,8,2026-11-30 09:00:00\n")
    dbt("build", "--vars", '{"with_customer": true}')
    equal(
        rows_of("SELECT id, status, IFNULL(customer, '-') FROM shop_dbt.order_lines ORDER BY id"),
        [("1", "paid", "-"), ("2", "sent", "bob"), ("3", "paid", "ada"), ("4", "open", "eve"), ("5", "open", "eve")],
    )
    days = [("2026-11-28", "1"), ("2026-11-29", "3"), ("2026-11-30", "1")]
    equal(rows_of("SELECT day, orders FROM shop_dbt.days ORDER BY 1"), days)
    equal(rows_of("SELECT day, orders FROM shop_dbt.copied_days ORDER BY 1"), days)
    equal(
        rows_of("SELECT id, status, dbt_valid_to IS NULL FROM shop_dbt.orders_history ORDER BY id, dbt_valid_from"),
        [
            ("1", "paid", "False"),
            ("2", "open", "False"),
            ("2", "sent", "True"),
            ("3", "paid", "True"),
            ("4", "open", "True"),
            ("5", "open", "True"),
        ],
    )
    print("ok incremental merge, insert_overwrite, copy_partitions, new columns, snapshots", flush=True)

    dbt("docs", "generate")
    catalog = json.loads((folder / "target" / "catalog.json").read_text())
    equal(catalog["errors"], None)
    customers = catalog["nodes"]["model.shop.customers"]
    equal(customers["columns"]["customer"]["comment"], "Its name")
    equal(customers["stats"]["num_rows"]["value"], 3)
    equal(customers["metadata"]["type"], "table")
    print("ok docs generate", flush=True)


# dbt starts processes that import this file again
if __name__ == "__main__":
    main()

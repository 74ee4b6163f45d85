{{ config(materialized='view') }}
select id, customer, status, amount, ordered_at, date(ordered_at) as day
from {{ ref('raw_orders') }}

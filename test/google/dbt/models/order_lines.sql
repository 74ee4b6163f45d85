{{ config(materialized='incremental', unique_key='id', on_schema_change='append_new_columns') }}
select id, status, amount
{%- if var('with_customer', false) %}, customer{% endif %}
from {{ ref('orders') }}
{% if is_incremental() %}
where ordered_at >= (select timestamp_sub(max(ordered_at), interval 2 day) from {{ ref('orders') }})
{% endif %}

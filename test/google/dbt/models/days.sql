{{ config(
    materialized='incremental',
    incremental_strategy='insert_overwrite',
    partition_by={'field': 'day', 'data_type': 'date'},
) }}
select day, count(*) as orders, sum(amount) as total
from {{ ref('orders') }}
{% if is_incremental() %}
where day >= date_sub(_dbt_max_partition, interval 0 day)
{% endif %}
group by 1

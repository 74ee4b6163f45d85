{{ config(
    materialized='table',
    partition_by={'field': 'last_order', 'data_type': 'timestamp', 'granularity': 'month'},
    cluster_by=['customer'],
    labels={'team': 'data'},
    contract={'enforced': true},
) }}
select
    customer,
    count(*) as orders,
    sum(amount) as total,
    max(ordered_at) as last_order,
    array_agg(struct(id, status) order by id limit 2) as first_orders
from {{ ref('orders') }}
group by 1

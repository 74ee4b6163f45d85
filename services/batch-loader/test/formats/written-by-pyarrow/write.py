# Writes the files beside it by pyarrow 26: python3 written-by-pyarrow.py
import datetime, decimal, os, sys
import pyarrow as pa, pyarrow.parquet as pq

here = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
path = lambda name: os.path.join(here, name)
at = datetime.datetime(2026, 11, 29, 10, 11, 12, 123456)


def nested(n):
    """Row n of the files of many pages: parquet-pages.test.ts makes the same."""
    return {
        'n': n,
        'name': None if n % 7 == 3 else 'name %d' % (n % 10),
        'lists': None if n % 11 == 5 else [
            None if inner % 5 == 4 else [None if value % 3 == 2 else value * 2**52 for value in range(inner % 4)]
            for inner in range(n % 6)],
        'lines': [{'sku': 's%d' % line, 'tags': ['t'] * (line % 3)} for line in range(n % 4)],
        'deep': None if n % 13 == 6 else {'maybe': None if n % 2 else {'x': n / 4}},
        'counts': [('k%d' % key, None if key == 2 else key) for key in range(n % 5)],
    }


inner = pa.list_(pa.int64())
schema = pa.schema([
    pa.field('n', pa.int32(), nullable=False),
    ('name', pa.string()),
    ('lists', pa.list_(inner)),
    ('lines', pa.list_(pa.struct([('sku', pa.string()), ('tags', pa.list_(pa.string()))]))),
    ('deep', pa.struct([('maybe', pa.struct([('x', pa.float64())]))])),
    ('counts', pa.map_(pa.string(), pa.int64())),
])
table = pa.Table.from_pylist([nested(n) for n in range(500)], schema=schema)
pages = {'data_page_size': 64, 'write_batch_size': 7, 'row_group_size': 300}
pq.write_table(table, path('pages-1.parquet'), **pages, compression='snappy', use_dictionary=['name'], write_page_checksum=True)
pq.write_table(table, path('pages-2.parquet'), **pages, compression='zstd', data_page_version='2.0', write_page_index=True)
pq.write_table(table, path('deltas.parquet'), **pages, compression='gzip', data_page_version='2.0', use_dictionary=False,
    column_encoding={'n': 'DELTA_BINARY_PACKED', 'name': 'DELTA_BYTE_ARRAY', 'lines.list.element.sku': 'DELTA_LENGTH_BYTE_ARRAY',
                     'deep.maybe.x': 'BYTE_STREAM_SPLIT', 'lists.list.element.list.element': 'DELTA_BINARY_PACKED'})

types = pa.table({
    'u8': pa.array([255], pa.uint8()),
    'u64': pa.array([2**64 - 1], pa.uint64()),
    'half': pa.array([1.5], pa.float16()),
    'large': pa.array([decimal.Decimal('12345678901234567890123456789012345678.90123456789012345678901234567890123456')], pa.decimal256(76, 38)),
    'nanos': pa.array([1764410294000000001], pa.timestamp('ns')),
    'zoned': pa.array([at], pa.timestamp('us', 'Europe/Berlin')),
    'millis': pa.array([1764410294001], pa.timestamp('ms')),
    'clock': pa.array([1], pa.time64('ns')),
    'tenth': pa.array([0.1], pa.float64()),
    'fixed': pa.array([b'\x00\xff'], pa.binary(2)),
    'wide': pa.array(['x' * 3], pa.large_string()),
    'truth': pa.array([True]),
    'word': pa.array(['b']).dictionary_encode(),
    'nothing': pa.array([None], pa.null()),
    'none': pa.array([[]], pa.list_(pa.int8())),
})
pq.write_table(types, path('types.parquet'))
pq.write_table(pa.table({'at': pa.array([at, datetime.datetime(1969, 12, 31, 23, 59, 59, 999999)], pa.timestamp('ns'))}),
    path('int96.parquet'), use_deprecated_int96_timestamps=True)

none = pa.table({'n': pa.array([1, 2]), 'name': pa.array([None, None], pa.string()), 'part': pa.array([None, None], pa.int32())})
pq.write_table(none, path('none-lz4.parquet'), compression='lz4', data_page_version='2.0', use_dictionary=['name'])

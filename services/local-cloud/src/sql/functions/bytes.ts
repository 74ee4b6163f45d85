import { fail } from '../fail.ts'
import { signatures, type Template } from './signature.ts'

/** What a text function does to letters, done to the two digits of each byte. */
const padded =
  (name: string): Template =>
  ([bytes, size, pattern = `CAST(' ' AS BLOB)`]) =>
    `(CASE WHEN ${size} < 0 THEN ${fail(`'${name}: the length must not be negative'`, 'BLOB')} WHEN octet_length(${pattern}) = 0 THEN ${fail(`'${name}: the pattern must not be empty'`, 'BLOB')} ELSE unhex(${name.toLowerCase()}(hex(${bytes}), CAST(2 * ${size} AS INTEGER), hex(${pattern}))) END)`

const trims = (name: string, sides: string): Readonly<Record<string, Template>> => ({
  [`${name}(BYTES, BYTES) BYTES`]: `trim_bytes($1, $2, '${sides}')`,
})

const ONE = 'CAST(1 AS BIGINT)'

/** Functions of BYTES whose namesakes take a STRING. */
export const BYTES = signatures({
  'LPAD(BYTES, INT64) BYTES': padded('LPAD'),
  'LPAD(BYTES, INT64, BYTES) BYTES': padded('LPAD'),
  'RPAD(BYTES, INT64) BYTES': padded('RPAD'),
  'RPAD(BYTES, INT64, BYTES) BYTES': padded('RPAD'),
  'LOWER(BYTES) BYTES': `bytes_in_case($1, 'lower')`,
  'UPPER(BYTES) BYTES': `bytes_in_case($1, 'upper')`,
  'REVERSE(BYTES) BYTES': 'reverse_bytes($1)',
  'REPEAT(BYTES, INT64) BYTES': `(CASE WHEN $2 < 0 THEN ${fail(`'REPEAT: the length must not be negative'`, 'BLOB')} ELSE unhex(repeat(hex($1), $2)) END)`,
  'REPLACE(BYTES, BYTES, BYTES) BYTES': 'replace_bytes($1, $2, $3)',
  ...trims('TRIM', 'lr'),
  ...trims('LTRIM', 'l'),
  ...trims('RTRIM', 'r'),
  'STRPOS(BYTES, BYTES) INT64': `(CASE WHEN $1 IS NULL THEN NULL WHEN octet_length($2) = 0 THEN 1 ELSE place_of_bytes($1, $2, ${ONE}, ${ONE}) END)`,
  'INSTR(BYTES, BYTES) INT64': `place_of_bytes($1, $2, ${ONE}, ${ONE})`,
  'INSTR(BYTES, BYTES, INT64) INT64': `place_of_bytes($1, $2, $3, ${ONE})`,
  'INSTR(BYTES, BYTES, INT64, INT64) INT64': 'place_of_bytes($1, $2, $3, $4)',
  'SPLIT(BYTES, BYTES) ARRAY<BYTES>': 'split_bytes($1, $2)',
  'TO_CODE_POINTS(BYTES) ARRAY<INT64>': 'bytes_as_numbers($1)',
  'CODE_POINTS_TO_BYTES(ARRAY<INT64>) BYTES': 'bytes_of_numbers($1)',
  'BIT_COUNT(BYTES) INT64': 'bits_in_bytes($1)',
  'SHA512(STRING) BYTES': 'sha512_of(encode($1))',
  'SHA512(BYTES) BYTES': 'sha512_of($1)',
  'FROM_BASE32(STRING) BYTES': 'bytes_of_base32($1)',
})

/** What is no aggregate of HLL_COUNT. */
export const SKETCHES = signatures({
  'HLL_COUNT.EXTRACT(BYTES) INT64': 'coalesce(count_of_sketches(CASE WHEN $1 IS NOT NULL THEN [$1] END), 0)',
})

/** NET.…: addresses as bytes in network order, and the hosts of URLs. */
export const NET = signatures({
  'NET.IP_FROM_STRING(STRING) BYTES': 'ip_of_text($1)',
  'NET.SAFE_IP_FROM_STRING(STRING) BYTES': 'ip_or_null($1)',
  'NET.IP_TO_STRING(BYTES) STRING': 'text_of_ip($1)',
  'NET.IP_NET_MASK(INT64, INT64) BYTES': 'ip_mask($1, $2)',
  'NET.IP_TRUNC(BYTES, INT64) BYTES': 'ip_truncated($1, $2)',
  'NET.IPV4_FROM_INT64(INT64) BYTES': 'ip_of_number($1)',
  'NET.IPV4_TO_INT64(BYTES) INT64': 'number_of_ip($1)',
  'NET.HOST(STRING) STRING': 'host_of_url($1)',
  'NET.PUBLIC_SUFFIX(STRING) STRING': 'public_suffix_of_url($1)',
  'NET.REG_DOMAIN(STRING) STRING': 'domain_of_url($1)',
})

import { BigQueryError, notImplemented } from '../../bigquery/errors.ts'
import { quoteText } from '../../bigquery/values/fields.ts'
import { parseJsonCall } from '../duck/json-of-text.ts'
import { fail } from '../fail.ts'
import { once } from '../once.ts'
import { floatText, utcText } from '../duck/text-of-value.ts'
import { endOfRange, textOf } from '../typing/casts.ts'
import { anonymous, spelling, type SqlType } from '../typing/sql-type.ts'
import { stepsOf, type PathWay } from '../json-path.ts'
import { signatures, type Template } from './signature.ts'

/** DuckDB's path for it. */
function pathOf(path: string, way: PathWay): string {
  const steps = stepsOf(path, way).map((step) => (typeof step === 'number' ? `[${step}]` : `."${step}"`))
  return quoteText(`$${steps.join('')}`)
}

/** A number of a text that DuckDB would write anew, and anything else as it is. */
function asWritten(json: string, path: string, way: PathWay, from: string, value: string): string {
  const steps = quoteText(JSON.stringify(stepsOf(path, way)))
  const isOther = `json_type(${from}, ${pathOf(path, way)}) = 'DOUBLE' OR (${value} = '0' AND contains(${json}, '-0'))`
  return `(CASE WHEN ${isOther} THEN number_in_json(${json}, ${steps}, ${value}) ELSE ${value} END)`
}

// malformed JSON in a text has no values
const valid = (json: string, { kind }: SqlType): string =>
  kind === 'JSON' ? json : `TRY_CAST(${json} AS JSON)`

/** Bytes of a text from which on it is read without DuckDB's functions for JSON. */
const LONG = 16_384
/** The same of a text that may be long. @param name of the function for a long one */
const orLong = (json: string, path: string, way: PathWay, name: string, otherwise: string): string =>
  `(CASE WHEN strlen(${json}) > ${LONG} THEN ${name}(${json}, ${quoteText(JSON.stringify(stepsOf(path, way)))}) ELSE ${otherwise} END)`

/** Whether a text may hold numbers or escapes that DuckDB writes anew, where it takes an object or array out of it. */
const isRewritten = (json: string): string => `regexp_matches(${json}, '[0-9][.eE]|-0|\\\\')`

const scalarAt =
  (way: PathWay): Template =>
  ([json, path = '$'], types) => {
    const [from, at] = [valid(json!, types[0]!), pathOf(path, way)]
    const value = `json_extract_string(${from}, ${at})`
    const scalar = (shown: string) =>
      `(CASE WHEN json_type(${from}, ${at}) IN ('OBJECT', 'ARRAY') THEN NULL ELSE ${shown} END)`
    if (types[0]!.kind === 'JSON') return scalar(value)
    return orLong(json!, path, way, 'long_json_value', scalar(asWritten(json!, path, way, from, value)))
  }
const textAt =
  (way: PathWay): Template =>
  ([json, path = '$'], types) => {
    const from = valid(json!, types[0]!)
    const found = `json_extract(${from}, ${pathOf(path, way)})`
    if (types[0]!.kind === 'JSON') return found
    const text = `NULLIF(${asWritten(json!, path, way, from, `CAST(${found} AS VARCHAR)`)}, 'null')`
    const exact = `long_json_query(${json}, ${quoteText(JSON.stringify(stepsOf(path, way)))})`
    const part = `(CASE WHEN ${isRewritten(json!)} AND json_type(${found}) IN ('OBJECT', 'ARRAY') THEN ${exact} ELSE ${text} END)`
    return orLong(json!, path, way, 'long_json_query', part)
  }
/** The elements of an array in a text, each as it is written there. */
const exactItems = (json: string, path: string, way: PathWay, isText: boolean): string =>
  `json_items(${json}, ${quoteText(JSON.stringify(stepsOf(path, way)))}, ${isText})`

const arrayAt =
  (way: PathWay): Template =>
  ([json, path = '$'], types) => {
    if (types[0]!.kind === 'STRING') return exactItems(json!, path, way, false)
    const found = `json_extract(${valid(json!, types[0]!)}, ${pathOf(path, way)})`
    return `(CASE WHEN json_type(${found}) = 'ARRAY' THEN CAST(${found} AS JSON[]) END)`
  }
const textsAt =
  (way: PathWay): Template =>
  ([json, path = '$'], types) => {
    if (types[0]!.kind === 'STRING') return exactItems(json!, path, way, true)
    const found = `json_extract(${valid(json!, types[0]!)}, ${pathOf(path, way)})`
    const items = `list_transform(CAST(${found} AS JSON[]), lambda each_item: json_extract_string(each_item, '$'))`
    const isPlain = `len(list_filter(CAST(${found} AS JSON[]), lambda each_item: json_type(each_item) IN ('OBJECT', 'ARRAY'))) = 0`
    return `(CASE WHEN json_type(${found}) = 'ARRAY' AND ${isPlain} THEN ${items} END)`
  }

/** Of JSON and of text that holds it, with a path or without. */
function ofBoth(
  name: string,
  template: Template,
  ofJson: string,
  ofText: string,
): Readonly<Record<string, Template>> {
  return {
    [`${name}(JSON) ${ofJson}`]: template,
    [`${name}(JSON, TEXT) ${ofJson}`]: template,
    [`${name}(STRING) ${ofText}`]: template,
    [`${name}(STRING, TEXT) ${ofText}`]: template,
  }
}

/** SQL for a value as JSON text. @param isText whether whole numbers that JavaScript cannot hold become texts */
function jsonText(sql: string, type: SqlType, isText: boolean, depth = 0): string {
  const orNull = (text: string): string => `coalesce(${text}, 'null')`
  switch (type.kind) {
    case 'BOOL':
      return orNull(`CAST(${sql} AS VARCHAR)`)
    case 'JSON':
      // DuckDB writes the digits of some escapes large
      return orNull(
        `(CASE WHEN contains(CAST(${sql} AS VARCHAR), '\\u00') THEN lower_escapes(CAST(${sql} AS VARCHAR)) ELSE CAST(${sql} AS VARCHAR) END)`,
      )
    case 'INT64':
      return orNull(
        isText
          ? `(CASE WHEN ${sql} BETWEEN -9007199254740992 AND 9007199254740992 THEN CAST(${sql} AS VARCHAR) ELSE '"' || ${sql} || '"' END)`
          : `CAST(${sql} AS VARCHAR)`,
      )
    case 'FLOAT64':
      return orNull(
        `(CASE WHEN ${sql} IS NULL THEN NULL WHEN isfinite(${sql}) THEN ${floatText(sql)} WHEN isnan(${sql}) THEN '"NaN"' WHEN ${sql} > 0 THEN '"Infinity"' ELSE '"-Infinity"' END)`,
      )
    case 'NUMERIC':
      return orNull(
        isText
          ? `(CASE WHEN ${sql} BETWEEN -9007199254740992 AND 9007199254740992 AND ${sql} = trunc(${sql}) THEN ${textOf({ sql, type })} ELSE '"' || ${textOf({ sql, type })} || '"' END)`
          : textOf({ sql, type }),
      )
    case 'BIGNUMERIC':
      if (!isText) throw notImplemented('a BIGNUMERIC in JSON (CAST it to STRING)')
      return orNull(
        once(
          textOf({ sql, type }),
          (text) =>
            `(CASE WHEN regexp_full_match(${text}, '-?[0-9]{1,16}') AND CAST(${text} AS HUGEINT) BETWEEN -9007199254740992 AND 9007199254740992 THEN ${text} ELSE '"' || ${text} || '"' END)`,
        ),
      )
    case 'STRING':
      // DuckDB writes some that are escaped in another way
      return orNull(
        `(CASE WHEN regexp_matches(${sql}, '[\\x00-\\x1f\\x{2028}\\x{2029}]') THEN json_of_string(${sql}) ELSE CAST(to_json(${sql}) AS VARCHAR) END)`,
      )
    case 'BYTES':
      return orNull(`'"' || to_base64(${sql}) || '"'`)
    case 'DATE':
    case 'TIME':
      return orNull(`'"' || ${textOf({ sql, type })} || '"'`)
    case 'DATETIME':
      return orNull(`'"' || replace(${textOf({ sql, type })}, ' ', 'T') || '"'`)
    case 'TIMESTAMP':
      return orNull(`'"' || replace(${utcText(sql)}, ' ', 'T') || 'Z"'`)
    case 'NULL':
      return `'null'`
    case 'ARRAY': {
      const item = `item_${depth}`
      const each = jsonText(item, type.element!, isText, depth + 1)
      const items = `coalesce(array_to_string(list_transform(${sql}, lambda ${item}: ${each}), ','), '')`
      return `(CASE WHEN ${sql} IS NULL THEN 'null' ELSE '[' || ${items} || ']' END)`
    }
    case 'STRUCT': {
      if (!isText && type.fields!.filter(({ name }, index) => name === anonymous(index)).length > 1)
        throw notImplemented('a STRUCT with several fields without names in JSON')
      const textIn = (struct: string): string => {
        const fields = type.fields!.map(
          ({ name, type: of }, index) =>
            `${quoteText(`${JSON.stringify(name === anonymous(index) ? '' : name)}:`)} || ${jsonText(`struct_extract(${struct}, ${quoteText(name)})`, of, isText, depth)}`,
        )
        return `(CASE WHEN ${struct} IS NULL THEN NULL ELSE '{' || ${fields.join(` || ',' || `)} || '}' END)`
      }
      return orNull(once(sql, textIn))
    }
    case 'RANGE': {
      const end = (name: 'range_start' | 'range_end', range: string): string =>
        jsonText(endOfRange(name, range, type.element!.kind), type.element!, isText)
      return orNull(
        once(
          sql,
          (range) =>
            `(CASE WHEN ${range} IS NOT NULL THEN '{"start":' || ${end('range_start', range)} || ',"end":' || ${end('range_end', range)} || '}' END)`,
        ),
      )
    }
    case 'GEOGRAPHY':
      throw notImplemented('a GEOGRAPHY in a text or in JSON (ST_ASTEXT and ST_ASGEOJSON make texts of it)')
    default:
      throw notImplemented(`a ${spelling(type)} in a text or in JSON (CAST it to STRING)`)
  }
}

const TEXT_IN = `json_extract_string($1, '$')`
const NUMBER = String.raw`[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?`
const lax = (arms: Readonly<Record<string, string>>): string =>
  `(CASE json_type($1) ${Object.entries(arms)
    .flatMap(([types, sql]) => types.split(' ').map((type) => `WHEN '${type}' THEN ${sql}`))
    .join(' ')} END)`
/** A number that a text in JSON says, digit by digit. */
const decimal = `(CASE WHEN regexp_full_match(${TEXT_IN}, '${NUMBER}') THEN TRY_CAST(TRY(plain_number('NUMERIC', ${TEXT_IN}, 9, 0)) AS DECIMAL(38,9)) END)`

/** What JSON says of another type, NULL where it says nothing (JSON functions: LAX_…). */
const LAX: Readonly<Record<string, Template>> = {
  'LAX_BOOL(JSON) BOOL': lax({
    BOOLEAN: 'CAST($1 AS BOOLEAN)',
    VARCHAR: `(CASE lower(${TEXT_IN}) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END)`,
    'BIGINT UBIGINT DOUBLE': 'CAST($1 AS DOUBLE) <> 0',
  }),
  'LAX_INT64(JSON) INT64': lax({
    BOOLEAN: 'CAST(CAST($1 AS BOOLEAN) AS BIGINT)',
    'BIGINT UBIGINT': `TRY_CAST(${TEXT_IN} AS BIGINT)`,
    DOUBLE: 'TRY_CAST(round(CAST($1 AS DOUBLE)) AS BIGINT)',
    VARCHAR: `TRY_CAST(round(${decimal}) AS BIGINT)`,
  }),
  'LAX_FLOAT64(JSON) FLOAT64': lax({
    'BIGINT UBIGINT DOUBLE': 'CAST($1 AS DOUBLE)',
    VARCHAR: `(CASE WHEN regexp_full_match(${TEXT_IN}, '${NUMBER}') THEN TRY_CAST(${TEXT_IN} AS DOUBLE) WHEN regexp_full_match(lower(${TEXT_IN}), '[+-]?inf(inity)?|nan') THEN TRY_CAST(ltrim(lower(${TEXT_IN}), '+') AS DOUBLE) END)`,
  }),
  'LAX_STRING(JSON) STRING': lax({
    'VARCHAR BOOLEAN BIGINT UBIGINT': TEXT_IN,
    DOUBLE: floatText('CAST($1 AS DOUBLE)'),
  }),
}

/** Names and values in pairs, or an array of each (JSON functions: JSON_OBJECT). */
const objectOf: Template = (args, types) => {
  if (args.length === 2 && types.every(({ kind }) => kind === 'ARRAY')) return objectOfArrays(args, types)
  const wrong = types.some(({ kind }, index) => index % 2 === 0 && kind !== 'STRING' && kind !== 'NULL')
  if (wrong || args.length % 2 === 1)
    throw new BigQueryError(
      'invalidQuery',
      `No matching signature for function JSON_OBJECT for argument types: ${types.map(spelling).join(', ')}`,
    )
  const names = args.filter((_, index) => index % 2 === 0).map((sql) => `CAST(${sql} AS VARCHAR)`)
  const texts = args.flatMap((sql, index) => (index % 2 === 1 ? [jsonText(sql, types[index]!, false)] : []))
  return `CAST(object_of_pairs([${names.join(', ')}], [${texts.join(', ')}]) AS JSON)`
}

function objectOfArrays([names, values]: readonly string[], [ofNames, ofValues]: readonly SqlType[]): string {
  if (!ofNames!.isUntyped && ofNames!.element!.kind !== 'STRING')
    throw new BigQueryError(
      'invalidQuery',
      `No matching signature for function JSON_OBJECT for argument types: ${spelling(ofNames!)}, ${spelling(ofValues!)}`,
    )
  const text = jsonText('each_item', ofValues!.element!, false)
  const texts = ofValues!.isUntyped
    ? 'CAST([] AS VARCHAR[])'
    : `list_transform(${values}, lambda each_item: ${text})`
  const arrays = [`CAST(${names} AS VARCHAR[])`, texts].map(
    (sql, index) =>
      `coalesce(${sql}, ${fail(`'JSON_OBJECT: the array of ${index === 0 ? 'keys' : 'values'} is NULL'`, 'VARCHAR[]')})`,
  )
  return `CAST(object_of_pairs(${arrays.join(', ')}) AS JSON)`
}

/** JSON of values. */
const MADE: Readonly<Record<string, Template>> = {
  'JSON_ARRAY() JSON': `CAST('[]' AS JSON)`,
  'JSON_ARRAY(ANY, ANY...) JSON': (args, types) =>
    `CAST('[' || ${args.map((sql, index) => jsonText(sql, types[index]!, false)).join(` || ',' || `)} || ']' AS JSON)`,
  'JSON_OBJECT() JSON': `CAST('{}' AS JSON)`,
  'JSON_OBJECT(ANY, ANY, ANY...) JSON': objectOf,
}

/** Changes JSON at paths. @param of the name of the function in DuckDB */
const edited =
  (name: string, of: string): Template =>
  ([option, json, ...pairs], [, , ...types]) => {
    const isPath = (index: number): boolean => index % 2 === 0
    if (
      pairs.length % 2 === 1 ||
      types.some(({ kind }, index) => isPath(index) && kind !== 'STRING' && kind !== 'NULL')
    )
      throw new BigQueryError('invalidQuery', `${name} takes pairs of a path and a value`)
    // behind a value stands what an array is made of
    const parts = pairs.map((sql, index) => {
      const type = types[index]!
      if (isPath(index)) return `CAST(${sql} AS VARCHAR)`
      const text = jsonText(sql, type, false)
      if (of === 'json_set') return text
      return type.kind === 'ARRAY' ? `('[' || ${text} || ',' || ${text} || ']')` : `('[' || ${text} || ']')`
    })
    const made = `CAST(${of}(CAST(${json} AS VARCHAR), ${option}, [${parts.join(', ')}]) AS JSON)`
    return `(CASE WHEN ${option} IS NULL THEN ${json} ELSE ${made} END)`
  }
const stripped: Template = ([inArrays, empties, json, path = `'$'`]) => {
  const anyNull = [inArrays, empties, path].map((sql) => `${sql} IS NULL`).join(' OR ')
  return `(CASE WHEN ${anyNull} THEN ${json} ELSE CAST(json_strip_nulls(CAST(${json} AS VARCHAR), ${path}, ${inArrays}, ${empties}) AS JSON) END)`
}

/** JSON with some of it changed; options that have names come first. */
const EDITS: Readonly<Record<string, Template>> = {
  'JSON_SET(BOOL, JSON, ANY, ANY, ANY...) JSON': edited('JSON_SET', 'json_set'),
  'JSON_ARRAY_APPEND(BOOL, JSON, ANY, ANY, ANY...) JSON': edited('JSON_ARRAY_APPEND', 'json_append'),
  'JSON_ARRAY_INSERT(BOOL, JSON, ANY, ANY, ANY...) JSON': edited('JSON_ARRAY_INSERT', 'json_insert'),
  'JSON_REMOVE(JSON, STRING, STRING...) JSON': ([json, ...paths]) =>
    `CAST(json_remove(CAST(${json} AS VARCHAR), TRUE, [${paths.map((path) => `CAST(${path} AS VARCHAR), 'null'`).join(', ')}]) AS JSON)`,
  'JSON_STRIP_NULLS(BOOL, BOOL, JSON) JSON': stripped,
  'JSON_STRIP_NULLS(BOOL, BOOL, JSON, STRING) JSON': stripped,
}

/** A value of JSON that is of this type. @param types DuckDB's names for it */
function typedJson(name: string, types: string, sql: string, duckType: string): string {
  const wrong = fail(`'The provided JSON input is not of the type that ${name} takes'`, duckType)
  return `(CASE WHEN $1 IS NULL THEN NULL WHEN json_type($1) IN (${types}) THEN ${sql} ELSE ${wrong} END)`
}

const DEEPEST = 'CAST(9223372036854775807 AS BIGINT)'
const keysIn = (depth: string, mode: string): string => `keys_in_json(CAST($1 AS VARCHAR), ${depth}, ${mode})`

/** @param isWide SQL of whether numbers that a FLOAT64 does not hold become texts */
const jsonOf: Template = ([sql, isWide], [type]) =>
  `CAST((CASE WHEN ${isWide} THEN ${jsonText(sql!, type!, true)} WHEN NOT ${isWide} THEN ${jsonText(sql!, type!, false)} END) AS JSON)`

/** FLOAT64 of a number of JSON, which may be rounded or not. */
const floatIn = typedJson(
  'FLOAT64',
  `'BIGINT', 'UBIGINT', 'DOUBLE'`,
  `CASE $2 WHEN 'round' THEN CAST($1 AS DOUBLE) WHEN 'exact' THEN CASE WHEN json_type($1) = 'DOUBLE' OR CAST(CAST($1 AS DOUBLE) AS HUGEINT) = CAST(CAST($1 AS VARCHAR) AS HUGEINT) THEN CAST($1 AS DOUBLE) ELSE ${fail(`'The provided JSON number cannot be converted to FLOAT64 without loss of precision'`, 'DOUBLE')} END ELSE ${fail(`'wide_number_mode is exact or round, and not ' || $2`, 'DOUBLE')} END`,
  'DOUBLE',
)

export const JSON_FUNCTIONS = signatures({
  ...LAX,
  ...MADE,
  ...EDITS,
  ...ofBoth('JSON_VALUE', scalarAt('quotes'), 'STRING', 'STRING'),
  ...ofBoth('JSON_EXTRACT_SCALAR', scalarAt('brackets'), 'STRING', 'STRING'),
  ...ofBoth('JSON_QUERY', textAt('quotes'), 'JSON', 'STRING'),
  ...ofBoth('JSON_EXTRACT', textAt('brackets'), 'JSON', 'STRING'),
  ...ofBoth('JSON_QUERY_ARRAY', arrayAt('quotes'), 'ARRAY<JSON>', 'ARRAY<STRING>'),
  ...ofBoth('JSON_EXTRACT_ARRAY', arrayAt('brackets'), 'ARRAY<JSON>', 'ARRAY<STRING>'),
  ...ofBoth('JSON_VALUE_ARRAY', textsAt('quotes'), 'ARRAY<STRING>', 'ARRAY<STRING>'),
  ...ofBoth('JSON_EXTRACT_STRING_ARRAY', textsAt('brackets'), 'ARRAY<STRING>', 'ARRAY<STRING>'),
  'JSON_FLATTEN(JSON) ARRAY<JSON>': 'CAST(flat_json(CAST($1 AS VARCHAR)) AS JSON[])',
  'JSON_KEYS(JSON) ARRAY<STRING>': keysIn(DEEPEST, `'strict'`),
  'JSON_KEYS(JSON, INT64) ARRAY<STRING>': keysIn('$2', `'strict'`),
  'JSON_KEYS(JSON, INT64, STRING) ARRAY<STRING>': ([json, depth, mode]) =>
    keysIn(depth === 'CAST(NULL AS BIGINT)' ? DEEPEST : depth!, mode!).replace('$1', () => json!),
  'JSON_TYPE(JSON) STRING': `(CASE json_type($1) WHEN 'VARCHAR' THEN 'string' WHEN 'BIGINT' THEN 'number' WHEN 'UBIGINT' THEN 'number' WHEN 'HUGEINT' THEN 'number' WHEN 'DOUBLE' THEN 'number' ELSE lower(json_type($1)) END)`,
  'PARSE_JSON(STRING) JSON': ([text]) => parseJsonCall(text!),
  'PARSE_JSON(STRING, STRING) JSON': 'CAST(json_of_text_in_mode($1, $2) AS JSON)',
  'TO_JSON(ANY, BOOL) JSON': jsonOf,
  'TO_JSON(ANY) JSON': ([sql], [type]) => `CAST(${jsonText(sql!, type!, false)} AS JSON)`,
  'TO_JSON_STRING(ANY) STRING': ([sql], [type]) => jsonText(sql!, type!, true),
  'TO_JSON_STRING(ANY, BOOL) STRING': ([sql, isPretty], [type]) =>
    `(CASE WHEN ${isPretty} THEN pretty_json(${jsonText(sql!, type!, true)}) WHEN NOT ${isPretty} THEN ${jsonText(sql!, type!, true)} END)`,
  'INT64(JSON) INT64': typedJson(
    'INT64',
    `'BIGINT', 'UBIGINT', 'DOUBLE'`,
    `CASE WHEN json_type($1) <> 'DOUBLE' OR CAST($1 AS DOUBLE) = trunc(CAST($1 AS DOUBLE)) THEN CAST(json_extract_string($1, '$') AS BIGINT) ELSE ${fail(`'The provided JSON number is not an integer'`, 'BIGINT')} END`,
    'BIGINT',
  ),
  'FLOAT64(JSON) FLOAT64': typedJson(
    'FLOAT64',
    `'BIGINT', 'UBIGINT', 'DOUBLE'`,
    'CAST($1 AS DOUBLE)',
    'DOUBLE',
  ),
  'FLOAT64(JSON, STRING) FLOAT64': floatIn,
  'STRING(JSON) STRING': typedJson('STRING', `'VARCHAR'`, `json_extract_string($1, '$')`, 'VARCHAR'),
  'BOOL(JSON) BOOL': typedJson('BOOL', `'BOOLEAN'`, 'CAST($1 AS BOOLEAN)', 'BOOLEAN'),
})

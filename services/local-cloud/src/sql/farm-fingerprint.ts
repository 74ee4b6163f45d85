import { ANY, BIGINT, DuckDBScalarFunction, DuckDBTypeId, type DuckDBBlobValue } from '@duckdb/node-api'
import { bigqueryFingerprint } from 'farmhash-modern'
import { quoteText } from '../bigquery/fields.ts'

const WRONG_TYPE =
  'No matching signature for function FARM_FINGERPRINT: it takes STRING or BYTES, but was given'

/** FARM_FINGERPRINT for DuckDB, which has no FarmHash: one function for STRING and BYTES, NULL for NULL. */
export function farmFingerprint(): DuckDBScalarFunction {
  return DuckDBScalarFunction.create({
    name: 'farm_fingerprint',
    parameterTypes: [ANY],
    returnType: BIGINT,
    mainFunction: (info, input, output) => {
      const values = input.getColumnVector(0)
      const { typeId } = values.type
      if (typeId !== DuckDBTypeId.VARCHAR && typeId !== DuckDBTypeId.BLOB) {
        info.setError(`${WRONG_TYPE} ${String(values.type)}`)
        return
      }
      for (let row = 0; row < input.rowCount; row++) {
        const value = values.getItem(row) as string | DuckDBBlobValue | null
        output.setItem(row, value === null ? null : fingerprintOf(value))
      }
      output.flush()
    },
  })
}

/** The call. JSON is a VARCHAR where the function looks at it, so that it is refused before. */
export function farmFingerprintCall(value: string): string {
  return `farm_fingerprint(CASE WHEN typeof(${value}) = 'JSON' THEN error(${quoteText(`${WRONG_TYPE} JSON`)}) ELSE ${value} END)`
}

function fingerprintOf(value: string | DuckDBBlobValue): bigint {
  return bigqueryFingerprint(typeof value === 'string' ? value : value.bytes)
}

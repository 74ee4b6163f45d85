import { ANY, BIGINT, DuckDBScalarFunction, DuckDBTypeId, type DuckDBBlobValue } from '@duckdb/node-api'
import { bigqueryFingerprint } from 'farmhash-modern'

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

/** The call. */
export function farmFingerprintCall(value: string): string {
  return `farm_fingerprint(${value})`
}

function fingerprintOf(value: string | DuckDBBlobValue): bigint {
  return bigqueryFingerprint(typeof value === 'string' ? value : value.bytes)
}

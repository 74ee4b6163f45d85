/** A number that neither a double nor a bigint stands for: `12345678.123456789`, `1e400`, `1e-400`. It prints as it was written. */
// no interface: those are no JsonObject
export type RawNumber = { readonly rawJSON: string }

// TypeScript's library does not describe JSON.rawJSON and JSON.isRawJSON yet (ES2026, in V8 since 11.4)
export const { rawJSON: rawNumber, isRawJSON } = JSON as unknown as {
  rawJSON: (text: string) => RawNumber
  isRawJSON: (value: unknown) => boolean
}

export function isRawNumber(value: unknown): value is RawNumber {
  return typeof value === 'object' && value !== null && isRawJSON(value)
}

export { compileBytePath } from './row/compile-byte-path.ts'
export { compileEncoder } from './row/compile-encoder.ts'
export { takeFingerprint } from './judge/fingerprint.ts'
export { newRow, releaseRow, rowBytes } from './row/row-chunk.ts'

export { compileBytePath } from './row/compile-byte-path.ts'
export { compileEncoder } from './row/compile-encoder.ts'
export { takeFingerprint } from './row/fingerprint.ts'
export { newRow, releaseRow, rowBytes } from './row/row-chunk.ts'

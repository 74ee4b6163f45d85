export { compileBytePath } from './encoder/compile-byte-path.ts'
export { compileEncoder } from './encoder/compile-encoder.ts'
export { rowDescriptor } from './encoder/descriptor.ts'
export { newRow, releaseRow, rowBytes } from './encoder/row-chunk.ts'

export { compileEncoder } from './encoder/compile-encoder.ts'
export { rowDescriptor } from './encoder/descriptor.ts'

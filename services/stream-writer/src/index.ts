export { compileEncoder } from './encoder/compile-encoder.ts'

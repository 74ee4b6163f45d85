// What the commands read before anything is done, without Google's clients: who asks how one is used does not wait for them.
export { checkLoadArguments, LOAD_OPTIONS, LOAD_USAGE } from './load-arguments.ts'
export { checkRewindArguments, REWIND_OPTIONS, REWIND_USAGE } from './rewind/rewind-arguments.ts'
export { fixedSource } from './sources/recorded-span.ts'

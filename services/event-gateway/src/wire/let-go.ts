import { isMarkedAsUntransferable } from 'node:worker_threads'

/**
 * Gives the memory of a piece of a body back at once. It lies outside of the engine's heap: left to the garbage collector, some
 * megabytes of it make that look through the whole heap, which stops everybody for 10 ms and more. The piece is empty afterwards.
 */
export function letGo({ buffer, byteLength }: Uint8Array): void {
  // what shares its memory with others, as Buffer's pool does, is not ours alone
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength !== byteLength) return
  // a thread that took it has it: nothing is left of it here
  if (buffer.detached) return
  if (!isMarkedAsUntransferable(buffer)) buffer.transfer(0)
}

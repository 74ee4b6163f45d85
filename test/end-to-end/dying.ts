import type { LoadParts } from '@tablestream/batch-loader'

export class Killed extends Error {}

/** Everything that a load does outside of itself, and after how many of these calls it is as if the process were gone. */
export function dyingAfter(parts: LoadParts, calls: number): LoadParts & { readonly made: () => number } {
  let made = 0
  const dying = <T extends object>(edge: T): T =>
    new Proxy(edge, {
      get(target, name, receiver) {
        const method = Reflect.get(target, name, receiver) as unknown
        if (typeof method !== 'function' || name === 'uriOf' || name === 'name') return method
        return async (...given: unknown[]) => {
          if (made >= calls) throw new Killed()
          const answer = await (method as (...all: unknown[]) => Promise<unknown>).apply(target, given)
          // it was done, and nobody hears of it
          if (++made >= calls) throw new Killed()
          return answer
        }
      },
    })
  const { ledger, warehouse, streams } = parts
  const edges = { ledger: dying(ledger), warehouse: dying(warehouse), streams: dying(streams) }
  const { publishLetters } = dying({ publishLetters: parts.publishLetters })
  return {
    ...parts,
    ...edges,
    publishLetters,
    workshopOf: (prefix) => dying(parts.workshopOf(prefix)),
    made: () => made,
  }
}

/** Whether an error says that the process is gone, in whatever it is wrapped. */
export function isKill(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof Killed) return true
  return false
}

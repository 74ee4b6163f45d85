import { isSymbol, isWord, type Token } from '../tokens.ts'

/** What may follow a query in brackets that is a part of another one. */
const SETS = ['UNION', 'INTERSECT', 'EXCEPT']
/** `LEFT OUTER UNION ALL BY NAME`, and no join. */
const BEFORE_SETS = ['FULL', 'LEFT', 'INNER', 'OUTER']

/** Round brackets of a statement. Each is looked at once, however many stand in one another. */
export class Brackets {
  readonly #tokens: readonly Token[]
  /** Where the counterpart of a bracket stands, by the places of both among the tokens. */
  #closing: ReadonlyMap<number, number> | undefined
  /** For a bracket, where the first token is that is none. */
  readonly #inside = new Map<number, number>()
  /** Brackets that, with all that follow them at once, are around queries, if one stands inside. */
  readonly #aroundQueries = new Set<number>()

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  /** The first token from here on that opens no bracket. */
  inside(at: number): number {
    if (!isSymbol(this.#tokens[at], '(')) return at
    if (!this.#inside.has(at)) this.#look(at)
    return this.#inside.get(at)!
  }

  /** Whether the brackets that begin here, one behind another, may all be around a query. `((SELECT 1) + 1)` is a value. */
  mayHoldQuery(at: number): boolean {
    return this.inside(at) === at || this.#aroundQueries.has(at)
  }

  #look(from: number): void {
    let end = from
    while (isSymbol(this.#tokens[end], '(')) end++
    let isQuery = true
    for (let at = end - 1; at >= from; at--) {
      isQuery &&= this.#goesOnAsQuery(at)
      this.#inside.set(at, end)
      if (isQuery) this.#aroundQueries.add(at)
    }
  }

  /** Whether what stands behind the counterpart of a bracket goes on, or ends, a query that the brackets are around. */
  #goesOnAsQuery(open: number): boolean {
    this.#closing ??= counterparts(this.#tokens)
    const behind = (this.#closing.get(open) ?? this.#tokens.length) + 1
    const token = this.#tokens[behind]
    if (token === undefined || [')', ';', '|>'].some((symbol) => isSymbol(token, symbol))) return true
    let set = behind
    while (isWord(this.#tokens[set], ...BEFORE_SETS)) set++
    return isWord(token, 'ORDER', 'LIMIT') || isWord(this.#tokens[set], ...SETS)
  }
}

function counterparts(tokens: readonly Token[]): Map<number, number> {
  const pairs = new Map<number, number>()
  const open: number[] = []
  for (const [at, token] of tokens.entries()) {
    if (isSymbol(token, '(')) open.push(at)
    const begun = isSymbol(token, ')') ? open.pop() : undefined
    if (begun !== undefined) pairs.set(begun, at)
  }
  return pairs
}

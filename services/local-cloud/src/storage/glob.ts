import { StorageError } from './errors.ts'

/** Whether a character goes from one state to another. */
type Test = (character: string) => boolean

interface State {
  readonly by: [takes: Test, to: State][]
  /** Where one is as well as here. */
  readonly also: State[]
}

/** Braces in braces: each is a call within a call. */
const MOST_BRACES = 100

const newState = (): State => ({ by: [], also: [] })
const any: Test = () => true
const isSlash: Test = (character) => character === '/'
const isNoSlash: Test = (character) => character !== '/'

/**
 * What `matchGlob` means (docs: list objects, filter results by glob): one star is anything but "/", two are anything, and with "/"
 * behind them any folders or none; `?` is one character but "/", `[abc]`, `[a-z]` and `[!a]` one of a class, `{a,b}` one of several.
 *
 * A name is read once, whatever the glob: all states are gone through side by side. A regular expression would try one way after the
 * other, and twenty stars have a million of them.
 *
 * @throws StorageError where a bracket is not closed
 */
export function globMatcher(glob: string): (name: string) => boolean {
  const characters = Array.from(glob)
  const first = newState()
  let at = 0
  const last = readSequence(first, 0)
  return (name) => {
    let states = reached([first])
    for (const character of name)
      states = reached(
        [...states].flatMap(({ by }) => by.filter(([takes]) => takes(character)).map(([, to]) => to)),
      )
    return states.has(last)
  }

  /** @param depth of braces around it. @returns the state behind it */
  function readSequence(from: State, depth: number): State {
    if (depth > MOST_BRACES) throw wrong(glob)
    let state = from
    for (; at < characters.length; at++) {
      const character = characters[at]!
      if (depth > 0 && (character === ',' || character === '}')) return state
      if (character === '*') state = readStars(state)
      else if (character === '{') state = readBraces(state, depth + 1)
      else
        state = step(state, character === '?' ? isNoSlash : character === '[' ? readClass() : is(character))
    }
    if (depth > 0) throw wrong(glob)
    return state
  }

  function readStars(from: State): State {
    const isDeep = characters[at + 1] === '*'
    // folders as many as there are, none among them
    const isFolders = isDeep && characters[at + 2] === '/' && (at === 0 || characters[at - 1] === '/')
    at += isFolders ? 2 : isDeep ? 1 : 0
    // stars behind these take nothing that these do not
    if (isFolders) while (characters.slice(at + 1, at + 4).join('') === '**/') at += 3
    else if (isDeep) while (characters[at + 1] === '*') at++
    const inside = newState()
    from.also.push(inside)
    inside.by.push([isDeep ? any : isNoSlash, inside])
    if (!isFolders) return inside
    const behind = step(inside, isSlash)
    from.also.push(behind)
    return behind
  }

  function readBraces(from: State, depth: number): State {
    const behind = newState()
    do {
      at++
      const one = newState()
      from.also.push(one)
      readSequence(one, depth).also.push(behind)
    } while (characters[at] === ',')
    return behind
  }

  function readClass(): Test {
    const end = characters.indexOf(']', at + 2)
    if (end === -1) throw wrong(glob)
    const inner = characters
      .slice(at + 1, end)
      .join('')
      .replaceAll('\\', '\\\\')
    at = end
    try {
      const pattern = new RegExp(`^[${inner.startsWith('!') ? `^${inner.slice(1)}` : inner}]$`, 'su')
      return (character) => pattern.test(character)
    } catch (error) {
      throw wrong(glob, error)
    }
  }
}

function is(wanted: string): Test {
  return (character) => character === wanted
}

function step(from: State, takes: Test): State {
  const to = newState()
  from.by.push([takes, to])
  return to
}

/** These, and all where one is as well. */
function reached(states: readonly State[]): Set<State> {
  const all = new Set(states)
  // what is added while it is gone through is gone through, too
  for (const { also } of all) for (const state of also) all.add(state)
  return all
}

function wrong(glob: string, cause?: unknown): StorageError {
  return new StorageError('invalidParameter', `Invalid glob pattern: ${glob}`, {
    location: 'matchGlob',
    cause,
  })
}

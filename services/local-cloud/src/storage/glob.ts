import { StorageError } from './errors.ts'

const SPECIAL = /[.+^$()|\\]/

/**
 * What `matchGlob` means (docs: list objects, filter results by glob): one star is anything but "/", two are anything, and with "/"
 * behind them any folders or none; `?` is one character but "/", `[abc]`, `[a-z]` and `[!a]` one of a class, `{a,b}` one of several.
 *
 * @throws StorageError where a bracket is not closed
 */
export function globPattern(glob: string): RegExp {
  let source = ''
  let depth = 0
  for (let at = 0; at < glob.length; at++) {
    const character = glob[at]!
    if (character === '*') {
      const isDeep = glob[at + 1] === '*'
      // folders as many as there are, none among them
      const isFolders = isDeep && glob[at + 2] === '/' && (at === 0 || glob[at - 1] === '/')
      source += isFolders ? '(?:.*/)?' : isDeep ? '.*' : '[^/]*'
      at += isFolders ? 2 : isDeep ? 1 : 0
    } else if (character === '?') source += '[^/]'
    else if (character === '[') {
      const end = glob.indexOf(']', at + 2)
      if (end === -1) throw wrong(glob)
      const inner = glob.slice(at + 1, end).replaceAll('\\', '\\\\')
      source += `[${inner.startsWith('!') ? `^${inner.slice(1)}` : inner}]`
      at = end
    } else if (character === '{') {
      depth++
      source += '(?:'
    } else if (character === '}' && depth > 0) {
      depth--
      source += ')'
    } else if (character === ',' && depth > 0) source += '|'
    else
      source += SPECIAL.test(character)
        ? `\\${character}`
        : /[{}[\]]/.test(character)
          ? `\\${character}`
          : character
  }
  if (depth > 0) throw wrong(glob)
  try {
    return new RegExp(`^${source}$`, 'su')
  } catch (error) {
    throw wrong(glob, error)
  }
}

function wrong(glob: string, cause?: unknown): StorageError {
  return new StorageError('invalidParameter', `Invalid glob pattern: ${glob}`, {
    location: 'matchGlob',
    cause,
  })
}

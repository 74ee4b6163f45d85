const REFUSED: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'it is read-only',
  ENOSPC: 'there is no space left on its disk',
  EDQUOT: 'there is no space left on its disk',
  EEXIST: 'it is a file',
  ENOTDIR: 'a part of its path is a file',
}

/** The reason in one sentence, where it is one that people meet; undefined: something else. */
export function whyNotStarted(error: unknown, dataFolder: string | undefined): string | undefined {
  const {
    code = '',
    message = '',
    syscall,
    port,
  } = error as Partial<NodeJS.ErrnoException & { port: number }>
  if (code === 'EADDRINUSE') return `port ${port} is in use: is local-cloud running already?`
  if (dataFolder === undefined) return undefined
  const isNoPlace = code === 'ENOENT' && syscall === 'mkdir'
  const reason = isNoPlace ? 'no folder can be made there' : (REFUSED[code] ?? reasonOfDuckDb(message))
  return reason && `the data folder ${dataFolder} cannot be used: ${reason}.`
}

/** DuckDB opens its file in native code: its errors have words and no code. */
function reasonOfDuckDb(message: string): string | undefined {
  if (/could not set lock|conflicting lock|being used by another process/i.test(message)) {
    const pid = /PID (\d+)/.exec(message)?.[1]
    return pid ? `another process uses it (${pid})` : 'another process uses it'
  }
  if (/read-only file system/i.test(message)) return REFUSED['EROFS']
  if (/permission denied/i.test(message)) return REFUSED['EACCES']
  if (/no space left/i.test(message)) return REFUSED['ENOSPC']
  return undefined
}

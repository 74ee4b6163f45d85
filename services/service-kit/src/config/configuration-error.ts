/** A setting that can never work: its message says which, and what it has to be. */
export class ConfigurationError extends Error {}

/**
 * What a variable says, read by its own rules.
 *
 * @throws ConfigurationError with the variable's name and what those rules say
 */
export function readSetting<T>(variable: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new ConfigurationError(`configuration: ${variable}: ${(error as Error).message}`, { cause: error })
  }
}

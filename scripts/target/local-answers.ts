/** Milliseconds within which the local BigQuery answers, if anybody does. */
const PATIENCE_MS = 5000

/**
 * Asks the local BigQuery for anything. Google's clients would try for many seconds, and then print an address.
 *
 * @throws Error that says what to do where nobody answers
 */
export async function localAnswers(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const host = env['BIGQUERY_EMULATOR_HOST']
  if (host === undefined || host === '') return
  try {
    const answer = await fetch(/^https?:\/\//.test(host) ? host : `http://${host}`, {
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    await answer.text()
  } catch (error) {
    throw new Error(`BigQuery does not answer at ${host}: is \`npm start\` running?`, { cause: error })
  }
}

import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { launch, troubleOf } from './browser.ts'
import { startStandIn } from './stand-in.ts'

/** Every page, with what stands there once it has loaded. */
export const PAGES: Readonly<Record<string, string>> = {
  flow: 'Events a second',
  event: 'By the event itself',
  'event/1001': 'Value by value',
  tables: 'Tables of events',
  'tables/orders': 'items.product_id',
  'dead-letters': 'By reason, path and type',
  'dead-letters/8821': 'Mend it',
  send: 'As JSON',
  'sql?sql=SELECT+1': 'Begin with a table',
  reconcile: 'By event type',
}
const DEADLINE_MS = 15_000

/** A browser, and a stand-in for the API that serves the page. */
export async function openBrowser(t: Test) {
  const [standIn, browser] = await Promise.all([startStandIn(), launch()])
  t.teardown(() => Promise.all([standIn.close(), browser.close()]))

  const open = async (path: string, options: Parameters<typeof browser.newContext>[0] = {}) => {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      reducedMotion: 'reduce',
      ...options,
    })
    context.setDefaultTimeout(DEADLINE_MS)
    const page = await context.newPage()
    const trouble = troubleOf(page)
    await page.goto(`${standIn.url}/#/${path}`)
    return { page, trouble, context }
  }
  const come = async (page: Page, path: string) => {
    await page.evaluate(`location.hash = ${JSON.stringify(`#/${path}`)}`)
    await page.locator('.loading').first().waitFor({ state: 'detached' })
  }
  const main = (page: Page) => page.locator('main').innerText()
  return { standIn, open, come, main }
}

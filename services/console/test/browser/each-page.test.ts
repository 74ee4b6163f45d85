import axe from 'axe-core'
import t from 'tap'
import { skipped } from '../../../../test/skipped.ts'
import { noBrowser } from './browser.ts'
import { hostile, HOSTILE } from './hostile.ts'
import { openBrowser, PAGES } from './pages.ts'

const skip = skipped(noBrowser)
/** In the dark the same page has other colours, and nothing else. */
const RULES = { light: '', dark: `, runOnly: ['color-contrast']` } as const
const seriousFindings = (
  colours: keyof typeof RULES,
) => `axe.run({ resultTypes: ['violations']${RULES[colours]} }).then(({ violations }) =>
  violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => id + ': ' + nodes[0].html + ' ' + nodes[0].failureSummary))`

t.test('each page in a browser', { skip }, async (t) => {
  const { standIn, open, come } = await openBrowser(t)

  await t.test('each page shows what the API answers, and asks nobody else', async (t) => {
    const { page, trouble, context } = await open('flow')
    const elsewhere: string[] = []
    page.on('request', (request) => {
      if (!request.url().startsWith(standIn.url)) elsewhere.push(request.url())
    })
    for (const [path, text] of Object.entries(PAGES)) {
      await come(page, path)
      const shown = page.locator('main').getByText(text).or(page.getByLabel(text)).first()
      await shown.waitFor()
      t.pass(`${path} shows ${text}`)
    }
    t.same(elsewhere, [])
    t.same(trouble, [])
    await context.close()
  })

  await t.test('what fails is named on each page, and can be tried again', async (t) => {
    const { page, trouble, context } = await open('send')
    for (const [path, api] of [
      ['flow', '/api/flow'],
      ['tables', '/api/tables'],
      ['dead-letters', '/api/dead-letters'],
      ['reconcile', '/api/reconcile'],
    ] as const) {
      standIn.broken.add(api)
      await come(page, path)
      await page.getByRole('alert').first().waitFor()
      t.match(await page.getByRole('alert').first().innerText(), /failed\..*nothing is known of/, path)
      standIn.broken.clear()
      await page.getByRole('button', { name: 'Try again' }).first().click()
      await page.getByRole('alert').waitFor({ state: 'detached' })
    }
    t.same(trouble, [])
    await context.close()
  })

  await t.test('hostile text as names, types, keys and values stays text', async (t) => {
    standIn.through = hostile
    const { page, trouble, context } = await open('flow')
    const paths = [
      ...Object.keys(PAGES),
      `tables/${encodeURIComponent(HOSTILE[1])}`,
      `event/${encodeURIComponent(HOSTILE[0])}`,
      encodeURIComponent(HOSTILE[2]),
    ]
    for (const path of paths) {
      await come(page, path)
      for (const tab of await page.getByRole('tab').all()) await tab.click()
    }
    await come(page, 'event/1001')
    await page.getByText('Value by value').waitFor()
    const shown = await page.locator('body').innerText()
    for (const text of HOSTILE.slice(0, 4)) t.ok(shown.includes(text), `${text} is shown as it is`)
    t.equal(await page.evaluate('globalThis.hacked'), undefined)
    const strangers = page.locator(
      'iframe, main img, math, body script, main style, a[href^="javascript:"], [onerror], [onload]',
    )
    t.equal(await strangers.count(), 0, 'no element came of it')
    t.same(trouble, [])
    standIn.through = (answer) => answer
    await context.close()
  })

  await t.test('no page has a serious finding of axe-core, dark or light', async (t) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      // axe is run by the test, which the page's policy must not forbid
      const { page, context } = await open('flow', { colorScheme, bypassCSP: true })
      await page.evaluate(axe.source)
      for (const [path, text] of Object.entries(PAGES)) {
        await come(page, path)
        await page.locator('main').getByText(text).or(page.getByLabel(text)).first().waitFor()
        const found = await page.evaluate(seriousFindings(colorScheme))
        t.same(found, [], `${path}, ${colorScheme}`)
      }
      await context.close()
    }
  })

  await t.test('on a phone nothing is wider than the screen', async (t) => {
    const { page, trouble, context } = await open('flow', {
      viewport: { width: 360, height: 740 },
      hasTouch: true,
    })
    for (const [path, text] of Object.entries(PAGES)) {
      await come(page, path)
      await page.locator('main').getByText(text).or(page.getByLabel(text)).first().waitFor()
      t.equal(await page.evaluate('document.documentElement.scrollWidth'), 360, path)
    }
    t.same(trouble, [])
    await context.close()
  })

  await t.test('colours follow the system, and the switch', async (t) => {
    const { page, context } = await open('flow', { colorScheme: 'dark' })
    const background = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor')
    const dark = await background()
    await page.getByRole('button', { name: /^Colours/ }).click()
    t.not(await background(), dark, 'light, whatever the system says')
    await page.reload()
    t.not(await background(), dark, 'the choice is kept')
    await context.close()
  })
})

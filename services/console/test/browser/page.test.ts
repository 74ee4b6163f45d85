import axe from 'axe-core'
import type { Page } from 'playwright-core'
import t from 'tap'
import { skipped } from '../../../../test/skipped.ts'
import { launch, noBrowser, troubleOf } from './browser.ts'
import { hostile, HOSTILE } from './hostile.ts'
import { startStandIn } from './stand-in.ts'

const skip = skipped(noBrowser)
/** Every page, with what stands there once it has loaded. */
const PAGES: Readonly<Record<string, string>> = {
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

/** Whether what has the focus can be seen to have it; run in the page. */
const HAS_OUTLINE = `(() => {
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement)
  return document.activeElement === document.body || (outlineStyle !== 'none' && outlineWidth !== '0px')
})()`
/** In the dark the same page has other colours, and nothing else. */
const RULES = { light: '', dark: `, runOnly: ['color-contrast']` } as const
const seriousFindings = (
  colours: keyof typeof RULES,
) => `axe.run({ resultTypes: ['violations']${RULES[colours]} }).then(({ violations }) =>
  violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => id + ': ' + nodes[0].html + ' ' + nodes[0].failureSummary))`

t.test('the page in a browser', { skip }, async (t) => {
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

  await t.test(
    'a dead letter is mended, judged while it is typed, replayed, and found as a row',
    async (t) => {
      const { page, trouble, context } = await open('dead-letters')
      await page.getByLabel('Dead letters, newest first').getByRole('link').first().click()
      const original = page.getByLabel('The original event, wrong places marked')
      t.same(await original.locator('mark').allInnerTexts(), ['"maybe"', '[]'], 'the wrong places are marked')
      const editor = page.getByLabel('The event, to be mended')
      await page.getByText('refused: contract').waitFor()
      await editor.fill((await editor.inputValue()).replace('maybe', 'pending'))
      await page.getByText('would land').waitFor()
      await page.getByRole('button', { name: 'Replay the mended event' }).click()
      await page.getByText('will be published again in').waitFor()
      await page.getByText('1 dead letter published again.').waitFor()
      const { what, body } = standIn.changes.at(-1)!
      t.equal(what, 'POST /api/dead-letters/replay')
      t.match(body, { id: '8821', text: /"pending"/, undo_seconds: 5 })
      await page.getByRole('link', { name: 'Where is it now?' }).click()
      await page.locator('.step-title', { hasText: 'Landed' }).waitFor()
      t.match(await main(page), /Its row/i)
      t.same(trouble, [])
      await context.close()
    },
  )

  await t.test('what matches a filter is replayed after a preview, and can be undone', async (t) => {
    const { page, trouble, context } = await open('dead-letters?reason=contract')
    await page.getByRole('button', { name: 'Replay what matches' }).click()
    await page.getByRole('heading', { name: 'Replay 2 dead letters?' }).waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Replay', exact: true }).click()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('Undone: nothing was published.').waitFor()
    t.match(
      standIn.changes.slice(-3).map(({ what, body }) => [what, (body as { filters?: unknown }).filters]),
      [
        ['POST /api/dead-letters/replay/preview', { reason: ['contract'] }],
        ['POST /api/dead-letters/replay', { reason: ['contract'] }],
        [/^DELETE \/api\/dead-letters\/replay\//, undefined],
      ],
    )
    t.same(trouble, [])
    await context.close()
  })

  await t.test(
    'a replay is begun once, whoever clicks how often, and is followed over a failed look',
    async (t) => {
      const { page, trouble, context } = await open('dead-letters/8821')
      await page.getByText('refused: contract').waitFor()
      const before = standIn.changes.length
      standIn.broken.add('/api/dead-letters/replay/r')
      await page.evaluate(`(() => {
      const button = [...document.querySelectorAll('button')].find((each) => each.textContent.trim() === 'Replay as it came')
      for (let clicks = 0; clicks < 3; clicks++) button.click()
    })()`)
      await page.getByText('it is asked again').waitFor()
      standIn.broken.clear()
      await page.getByText('1 dead letter published again.').waitFor()
      t.same(
        standIn.changes.slice(before).map(({ what }) => what),
        ['POST /api/dead-letters/replay'],
      )
      t.same(trouble, [])
      await context.close()
    },
  )

  await t.test('the page goes on with a console that was started anew', async (t) => {
    const { page, trouble, context } = await open('dead-letters/8821')
    await page.getByText('refused: contract').waitFor()
    standIn.restart()
    const before = standIn.changes.length
    await page.getByRole('button', { name: 'Replay as it came' }).click()
    await page.getByText('1 dead letter published again.').waitFor()
    t.equal(standIn.changes.length, before + 1)
    t.same(trouble, [])
    await context.close()
  })

  await t.test('SQL of a link is filled in, and not run', async (t) => {
    const { page, context } = await open('flow')
    const asked: string[] = []
    page.on('request', (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`))
    await come(page, 'sql?sql=SELECT+1')
    await page.getByText('Begin with a table').waitFor()
    t.equal(await page.getByLabel('SQL', { exact: true }).inputValue(), 'SELECT 1')
    t.notOk(asked.includes('POST /api/sql'))
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByLabel('Rows of the query').waitFor()
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

  await t.test(
    'with the keyboard alone: skip link, pages, search, a replay, the list of shortcuts',
    async (t) => {
      const { page, trouble, context } = await open('flow')
      const focused = () => page.evaluate(`document.activeElement?.textContent?.trim() ?? ''`)
      await page.getByText('Events a second').first().waitFor()
      await page.keyboard.press('Tab')
      t.equal(await focused(), 'Skip to the page')
      await page.keyboard.press('Enter')
      t.equal(await page.evaluate('document.activeElement?.id'), 'main')
      await page.keyboard.press('4')
      await page.getByRole('heading', { level: 1, name: 'Dead letters' }).waitFor()
      t.equal(await focused(), 'Dead letters', 'the heading of the page has the focus')
      await page.keyboard.press('?')
      await page.getByRole('dialog').waitFor()
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      await page.keyboard.press('/')
      await page.keyboard.type('1001')
      await page.keyboard.press('Enter')
      await page.getByText('Value by value').waitFor()
      await come(page, 'dead-letters/8821')
      await page.getByText('refused: contract').waitFor()
      const asked = standIn.changes.length
      await page.getByLabel('The event, to be mended').focus()
      await page.keyboard.press('Control+Enter')
      await page.getByText('published again.').waitFor()
      t.equal(standIn.changes[asked]!.what, 'POST /api/dead-letters/replay')
      for (let steps = 0; steps < 40; steps++) {
        await page.keyboard.press('Tab')
        const outline = await page.evaluate(HAS_OUTLINE)
        if (!outline) t.fail(`what has the focus is not seen: ${String(await focused())}`)
      }
      t.same(trouble, [])
      await context.close()
    },
  )

  await t.test(
    'SQL: names are completed, rows come as a table and as trees, both can be downloaded',
    async (t) => {
      const { page, trouble, context } = await open('sql')
      const editor = page.getByLabel('SQL', { exact: true })
      await page.getByRole('button', { name: 'orders', exact: true }).waitFor()
      await editor.pressSequentially('SELECT * FROM ord')
      await page.getByRole('option', { name: 'dev_events_dataset.orders' }).waitFor()
      await page.keyboard.press('Tab')
      t.equal(await editor.inputValue(), 'SELECT * FROM dev_events_dataset.orders')
      await editor.pressSequentially(' WHERE st')
      await page.getByRole('option', { name: 'status' }).waitFor()
      await page.keyboard.press('Escape')
      await page.keyboard.press('Control+Enter')
      await page.getByLabel('Rows of the query').waitFor()
      t.match(
        await page.getByRole('link', { name: 'CSV' }).getAttribute('href'),
        /^\/api\/sql\/download\?sql=SELECT.*&format=csv$/,
      )
      await page.getByLabel('as trees').check()
      await page.getByText('product_id').first().waitFor()
      t.same(trouble, [])
      await context.close()
    },
  )

  await t.test('an event is made in a form and sent', async (t) => {
    const { page, trouble, context } = await open('send')
    await page.getByLabel('status', { exact: true }).selectOption('shipped')
    await page.getByRole('button', { name: 'Add shipping_address' }).click()
    await page.getByLabel('city').fill('Zürich')
    // judged meanwhile, which must not take away what is typed
    await page.getByLabel('total_amount').fill('1.')
    await page.getByText('would land').waitFor()
    await page.getByLabel('total_amount').pressSequentially('5', { delay: 300 })
    await page.getByRole('button', { name: 'Send it' }).click()
    await page.getByRole('link', { name: 'Where is it now?' }).waitFor()
    const { body } = standIn.changes.at(-1)!
    t.match(JSON.parse((body as { text: string }).text), {
      status: 'shipped',
      total_amount: 1.5,
      shipping_address: { city: 'Zürich' },
    })
    t.same(trouble, [])
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

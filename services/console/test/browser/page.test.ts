import t from 'tap'
import { skipped } from '../../../../test/skipped.ts'
import { noBrowser } from './browser.ts'
import { openBrowser } from './pages.ts'

const skip = skipped(noBrowser)

/** Whether what has the focus can be seen to have it; run in the page. */
const HAS_OUTLINE = `(() => {
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement)
  return document.activeElement === document.body || (outlineStyle !== 'none' && outlineWidth !== '0px')
})()`

t.test('the page in a browser', { skip }, async (t) => {
  const { standIn, open, come, main } = await openBrowser(t)

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
      standIn.waits = true
      await page.getByRole('button', { name: 'Replay the mended event' }).click()
      await page.getByText('will be published again in').waitFor()
      standIn.waits = false
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
    // what was replayed is shown, and is not replayed again with the others
    const { page, trouble, context } = await open('dead-letters?reason=contract&replayed=true')
    await page.getByRole('button', { name: 'Replay what matches' }).click()
    await page.getByRole('heading', { name: 'Replay 2 dead letters?' }).waitFor()
    standIn.waits = true
    await page.getByRole('dialog').getByRole('button', { name: 'Replay', exact: true }).click()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('Undone: nothing was published.').waitFor()
    standIn.waits = false
    const asked = standIn.changes.slice(-3)
    t.match(
      asked.map(({ what }) => what),
      [
        'POST /api/dead-letters/replay/preview',
        'POST /api/dead-letters/replay',
        /^DELETE \/api\/dead-letters\/replay\//,
      ],
    )
    for (const { body } of asked.slice(0, 2))
      t.same((body as { filters?: unknown }).filters, { reason: ['contract'] })
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

  await t.test('how long events took is shown of the type that is chosen', async (t) => {
    const { page, trouble, context } = await open('flow')
    const ofType = (name: string) => page.getByLabel(`From publish to landed, ${name}, the last hour.`)
    await ofType('order').waitFor()
    await page.getByRole('combobox', { name: 'Type' }).selectOption('page_view')
    await ofType('page_view').waitFor()
    t.same(trouble, [])
    await context.close()
  })

  await t.test('an event of which its row is left is told by it', async (t) => {
    standIn.through = (answer) => {
      const { events } = answer as { events?: { messages: unknown[]; values: unknown[] }[] }
      return events
        ? { ...(answer as object), events: events.map((each) => ({ ...each, messages: [], values: [] })) }
        : answer
    }
    const { page, trouble, context } = await open('event/1001')
    await page.getByText('Its row is what is left.').waitFor()
    t.match(await main(page), /Its row/i)
    t.notMatch(await main(page), /Judged/)
    standIn.through = (answer) => answer
    t.same(trouble, [])
    await context.close()
  })

  await t.test('an event that waits says why, as the figures tell it', async (t) => {
    standIn.through = (answer) => {
      const { events } = answer as { events?: { messages: object[] }[] }
      const waiting = (message: object) => ({ ...message, end: 'waiting', why: '3 events of <orders> wait' })
      return events
        ? {
            ...(answer as object),
            events: events.map((each) => ({
              ...each,
              messages: each.messages.map(waiting),
              rows: [],
              values: [],
            })),
          }
        : answer
    }
    const { page, trouble, context } = await open('event/1001')
    await page.locator('.step-title', { hasText: 'Waiting' }).waitFor()
    t.match(await main(page), /among those that wait: 3 events of <orders> wait\./)
    standIn.through = (answer) => answer
    t.same(trouble, [])
    await context.close()
  })

  await t.test('what is not found can be looked for further back', async (t) => {
    const { page, context } = await open('event/old')
    await page.getByText('No event old').waitFor()
    await page.getByRole('button', { name: 'Look 7 days back' }).click()
    await page.getByText('Value by value').waitFor()
    t.match(await main(page), /Other messages of it were looked for from/)
    await context.close()
  })

  await t.test('a sum from which only what was just published lacks is told so', async (t) => {
    standIn.through = (answer) => {
      const { missing, total, at } = answer as {
        missing?: object[]
        total: Record<string, number>
        at: string
      }
      return missing
        ? {
            ...(answer as object),
            collisions: [],
            total: { ...total, missing: 1, collisions: 0 },
            missing: missing.map((event) => ({ ...event, publish_time: at })),
          }
        : answer
    }
    const { page, trouble, context } = await open('reconcile')
    await page.getByText('The sum comes out so far').waitFor()
    standIn.through = (answer) => answer
    await page.getByRole('button', { name: 'Compare again' }).click()
    await page.getByText('The sum does not come out.').waitFor()
    t.same(trouble, [])
    await context.close()
  })

  await t.test('a type leads to its table, and a dead letter without a value tells its rule', async (t) => {
    const { page, trouble, context } = await open('reconcile')
    const table = page.getByLabel('The ledger by event type')
    await table.waitFor()
    t.same(await table.getByRole('link').allInnerTexts(), ['orders', 'page_view'])
    await come(page, 'dead-letters')
    await page
      .getByLabel('Dead letters, newest first')
      .getByText('the field is missing', { exact: true })
      .waitFor()
    t.same(trouble, [])
    await context.close()
  })

  await t.test('an event that made its table says so, and what is refused is said once', async (t) => {
    standIn.through = (answer) => {
      const { events } = answer as { events?: Record<string, unknown>[] }
      const problems = [{ path: '/status', rule: 'enum', message: 'must be one of a, b', value: '"c"' }]
      const judged = {
        outcome: 'refused',
        reason: 'invalid_event',
        message: '/status: must be one of a, b',
        problems,
      }
      const waited = {
        columns: ['a'],
        asked_by_it: true,
        seconds_after_publish: 1,
        change: 'created',
        changed_at: '2031-05-04T10:00:00Z',
      }
      return events
        ? { ...(answer as object), events: events.map((each) => ({ ...each, judged, waited_for: [waited] })) }
        : answer
    }
    const { page, trouble, context } = await open('event/1001')
    await page.locator('.step-title', { hasText: 'Waited for its table' }).waitFor()
    t.equal((await main(page)).match(/must be one of/g)?.length, 1)
    standIn.through = (answer) => answer
    t.same(trouble, [])
    await context.close()
  })

  await t.test('each part of Send has an address', async (t) => {
    const { page, trouble, context } = await open('send?tab=generator')
    await page.getByText('Events a second').waitFor()
    await page.getByRole('tab', { name: 'Faults' }).click()
    await page.getByText('Switch one on').waitFor()
    await page.goBack()
    await page.getByText('Events a second').waitFor()
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
      await editor.pressSequentially('; what is typed meanwhile')
      t.notMatch(await page.getByRole('link', { name: 'CSV' }).getAttribute('href'), 'meanwhile')
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
})

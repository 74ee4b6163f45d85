import { ask, at } from './api.ts'
import type { Result, Session } from './api-types.ts'
import { html, useEffect, useState } from './lib.ts'
import { bytes, count, duration, plural } from './format.ts'
import { Card, Empty, Loading, Page, Problem } from './parts.ts'
import type { Columns } from './completion.ts'
import { SqlEditor } from './sql-editor.ts'
import { Grid, Tree } from './tree.ts'
import { useLoad } from './use-load.ts'

const LIMIT = 1000

export function SqlPage({ query }: { query: URLSearchParams }) {
  const who = useLoad<Session>('session')
  const columns = useLoad<Columns>('columns')
  const given = query.get('sql')
  const [sql, setSql] = useState(given ?? '')
  const [result, setResult] = useState<Result>()
  // what is typed meanwhile is no query of these rows
  const [ran, setRan] = useState('')
  const [error, setError] = useState<Error>()
  const [isBusy, setBusy] = useState(false)
  const dataset = who.data?.dataset ?? ''
  const run = async () => {
    if (sql.trim() === '' || isBusy) return
    setBusy(true)
    setError(undefined)
    try {
      setResult(await ask<Result>('sql', { sql, limit: LIMIT }))
      setRan(sql)
    } catch (reason) {
      setResult(undefined)
      setError(reason as Error)
    }
    setBusy(false)
  }
  // a link may come from anybody, and a query costs money: it is filled in, and run by a click alone
  useEffect(() => {
    if (given !== null) setSql(given)
  }, [given])
  return html`<${Page}
    title="SQL"
    lead=${html`Reads the tables of <span class="mono">${dataset === '' ? 'the dataset' : dataset}</span>, and changes nothing.`}
  >
    <div class="stack">
      <${Card}>
        <${SqlEditor}
          sql=${sql}
          change=${setSql}
          run=${run}
          columns=${columns.data ?? { tables: [] }}
          dataset=${dataset}
        />
        <div class="row top-gap">
          <button
            type="button"
            class="main"
            disabled=${isBusy || sql.trim() === '' || who.data?.may.sql === false}
            onClick=${run}
          >
            ${isBusy ? 'Running …' : 'Run'}
          </button>
          <span class="muted"><kbd>Ctrl</kbd> <kbd>Enter</kbd></span>
          <span class="grow"></span>
          ${
            result &&
            html`<a
                class="button"
                download
                href=${`/api/${at(['sql', 'download'], { sql: ran, format: 'csv' })}`}
                >CSV</a
              ><a
                class="button"
                download
                href=${`/api/${at(['sql', 'download'], { sql: ran, format: 'ndjson' })}`}
                >NDJSON</a
              >`
          }
        </div>
      <//>
      ${columns.error && html`<${Problem} what="Loading the names of columns" error=${columns.error} retry=${columns.reload} />`}
      ${error && html`<${Problem} what="The query" error=${error} />`}
      ${isBusy && !result && html`<${Loading} what="rows" />`}
      ${result && html`<${Shown} result=${result} />`}
      ${!result && !error && !isBusy && html`<${Hints} dataset=${dataset} tables=${columns.data?.tables} choose=${setSql} />`}
    </div>
  <//>`
}

const MOST_HINTS = 12

function Hints({
  dataset,
  tables,
  choose,
}: {
  dataset: string
  tables: Columns['tables'] | undefined
  choose: (sql: string) => void
}) {
  if (tables === undefined) return null
  if (tables.length === 0)
    return html`<${Empty} title="No table yet"
      ><p>The first event of a type makes one: <a href="#/send">send one</a>.</p><//
    >`
  return html`<${Empty} title="Begin with a table">
    <p class="row">
      ${tables
        .slice(0, MOST_HINTS)
        .map(
          ({ name }) =>
            html`<button
              type="button"
              class="small mono"
              key=${name}
              onClick=${() => choose(`SELECT *\nFROM \`${dataset}.${name}\`\nLIMIT 20`)}
            >
              ${name}
            </button>`,
        )}
    </p>
  <//>`
}

function Shown({ result }: { result: Result }) {
  const [asTree, setTree] = useState(false)
  const { rows, columns, total_rows: total, bytes_read: read, milliseconds } = result
  const aside = html`<label class="check"
      ><input type="checkbox" checked=${asTree} onChange=${() => setTree(!asTree)} /> as trees</label
    ><span>${bytes(read)} read</span><span>${duration(milliseconds / 1000)}</span>`
  const title =
    rows.length < total ? `The first ${count(rows.length)} of ${plural(total, 'row')}` : plural(total, 'row')
  if (rows.length === 0)
    return html`<${Empty} title="No rows"><p>The query is right, and nothing fits it.</p><//>`
  return html`<${Card} title=${title} aside=${aside} flush=${!asTree}>
    ${
      asTree
        ? rows.map(
            (row, index) =>
              html`<${Tree} key=${index} name=${String(index + 1)} value=${row} open=${index === 0} />`,
          )
        : html`<${Grid} label="Rows of the query" columns=${columns} rows=${rows} />`
    }
  <//>`
}

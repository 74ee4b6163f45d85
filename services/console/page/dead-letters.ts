import { at, change, get } from './api.ts'
import type { DeadLetter, DeadLetters, Filters, ReplayPreview, Session } from './api-types.ts'
import { Spark } from './chart.ts'
import { html, useEffect, useRef, useState } from './lib.ts'
import { count, plural } from './format.ts'
import { Card, Chip, Empty, Loading, Page, Problem, Scroll, Time } from './parts.ts'
import { ReplayBar, useReplay } from './replay.ts'
import { go, link } from './route.ts'
import { useLoad } from './use-load.ts'

const LIMIT = 50

export function DeadLettersPage({ query }: { query: URLSearchParams }) {
  const chosen = Object.fromEntries(
    ['reason', 'type', 'path'].flatMap((name) => (query.has(name) ? [[name, [query.get(name)!]]] : [])),
  )
  // what was replayed is shown if somebody wants to see it, and replayed again only one by one
  const filters: Filters = { ...chosen, ...(query.get('replayed') === 'true' && { replayed: true }) }
  const { data, error, reload } = useLoad<DeadLetters>(at(['dead-letters'], { ...filters, limit: LIMIT }))
  // what an event has no path for is a filter, too
  const all = useLoad<DeadLetters>(at(['dead-letters'], { replayed: true, limit: 1 }))
  const who = useLoad<Session>('session')
  const replaying = useReplay(reload)
  const [asked, setAsked] = useState(false)
  const choose = (name: string, value: string | undefined) => {
    const next = new URLSearchParams(query)
    if (value === undefined) next.delete(name)
    else next.set(name, value)
    go('dead-letters', [], Object.fromEntries(next))
  }
  const may = who.data?.may.replay ?? false
  const actions = html`<button
    type="button"
    class="main"
    disabled=${!may || replaying.isBusy || !data || data.total - data.replayed <= 0}
    title=${may ? '' : 'replaying is switched off for this console'}
    onClick=${() => setAsked(true)}
  >
    Replay what matches …
  </button>`
  return html`<${Page}
    title="Dead letters"
    lead="Events that could not land, with the reason and their original bytes. Mend one, or replay many once the cause is gone."
    actions=${actions}
  >
    <div class="stack">
      ${all.data && all.data.total > 0 && html`<${Choose} groups=${all.data.groups} query=${query} choose=${choose} />`}
      ${error && html`<${Problem} what="Loading the dead letters" error=${error} retry=${reload} />`}
      ${data === undefined && !error && html`<${Loading} what="the dead letters" />`}
      ${data && html`<${Groups} data=${data} /><${Letters} data=${data} filters=${filters} any=${(all.data?.total ?? 0) > 0} />`}
      ${asked && html`<${Preview} filters=${chosen} close=${() => setAsked(false)} start=${() => replaying.start({ filters: chosen })} />`}
      <${ReplayBar} replaying=${replaying} />
    </div>
  <//>`
}

interface ChooseProps {
  readonly groups: DeadLetters['groups']
  readonly query: URLSearchParams
  readonly choose: (name: string, value: string | undefined) => void
}

const ALL = '\u0000all'

function Choose({ groups, query, choose }: ChooseProps) {
  const of = {
    reason: groups.map((each) => each.reason),
    type: groups.map((each) => each.event_type),
    path: groups.map((each) => each.path),
  }
  return html`<div class="filters">
    ${Object.entries(of).map(
      ([name, values]) =>
        html`<label class="field" key=${name}
          >${name[0]!.toUpperCase() + name.slice(1)}
          <select
            value=${query.get(name) ?? ALL}
            onChange=${(event: Event) => {
              const { value } = event.target as HTMLSelectElement
              choose(name, value === ALL ? undefined : value)
            }}
          >
            <option value=${ALL}>all</option>
            ${[...new Set(values)]
              .toSorted()
              .map(
                (value) =>
                  html`<option key=${value} value=${value}>
                    ${value === '' ? (name === 'path' ? 'the event as a whole' : 'none') : value}
                  </option>`,
              )}
          </select>
        </label>`,
    )}
    <label class="check"
      ><input
        type="checkbox"
        checked=${query.get('replayed') === 'true'}
        onChange=${(event: Event) => choose('replayed', (event.target as HTMLInputElement).checked ? 'true' : undefined)}
      />
      show replayed ones too</label
    >
  </div>`
}

function Groups({ data: { groups } }: { data: DeadLetters }) {
  if (groups.length === 0) return null
  return html`<${Card} title="By reason, path and type" flush>
    <${Scroll} label="Dead letters by reason, path and type">
      <table>
        <thead>
          <tr>
            <th scope="col">Reason</th>
            <th scope="col">Path</th>
            <th scope="col">Type</th>
            <th scope="col" class="num">Letters</th>
            <th scope="col" class="num">Replayed</th>
            <th scope="col">When</th>
            <th scope="col">Last</th>
          </tr>
        </thead>
        <tbody>
          ${groups.map(
            ({ reason, path, event_type: type, letters, replayed, last_at: last, curve }) =>
              html`<tr key=${JSON.stringify([reason, path, type])}>
                <th scope="row" class="name">
                  <a href=${link('dead-letters', [], { reason, path, type })}>${reason}</a>
                </th>
                <td class="mono">${path === '' ? '–' : path}</td>
                <td>${type === '' ? '–' : type}</td>
                <td class="num">${count(letters)}</td>
                <td class="num">${count(replayed)}</td>
                <td><${Spark} values=${curve} /></td>
                <td class="nowrap"><${Time} at=${last} relative /></td>
              </tr>`,
          )}
        </tbody>
      </table>
    <//>
  <//>`
}

function Letters({ data, filters, any }: { data: DeadLetters; filters: Filters; any: boolean }) {
  const [more, setMore] = useState<readonly DeadLetter[]>([])
  const [next, setNext] = useState(data.next)
  const [error, setError] = useState<Error>()
  useEffect(() => {
    setMore([])
    setNext(data.next)
  }, [data])
  const load = () =>
    get<DeadLetters>(at(['dead-letters'], { ...filters, limit: LIMIT, before: next })).then((page) => {
      setMore((last) => [...last, ...page.letters])
      setNext(page.next)
    }, setError)
  const letters = [...data.letters, ...more]
  if (letters.length === 0)
    return any
      ? html`<${Empty} title="None that matches"
          ><p>
            <a href=${link('dead-letters')}>Show all that wait</a> or
            <a href=${link('dead-letters', [], { replayed: 'true' })}>those replayed, too</a>.
          </p><//
        >`
      : html`<${Empty} title="No dead letters"
          ><p>
            An event that breaks its contract is refused by the gateway; published past it, it lands here. To
            see one, start the <a href=${link('send', [], { tab: 'generator' })}>generator</a> with the
            trouble missing_required or bad_enum.
          </p><//
        >`
  return html`<${Card}
    title=${plural(data.total, 'dead letter')}
    flush
    aside=${data.replayed > 0 && `${count(data.replayed)} replayed`}
  >
    <${Scroll} label="Dead letters, newest first">
      <table>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Reason</th>
            <th scope="col">Type</th>
            <th scope="col">Path</th>
            <th scope="col">Value</th>
            <th scope="col"><span class="hidden">State</span></th>
          </tr>
        </thead>
        <tbody>
          ${letters.map(
            ({
              dead_letter_id: id,
              at: time,
              reason,
              event_type: type,
              path,
              value,
              message,
              replayed_at: again,
            }) =>
              html`<tr key=${id}>
                <td class="nowrap">
                  <a href=${link('dead-letters', [id])}><${Time} at=${time} /></a>
                </td>
                <td><${Chip} tone="bad">${reason}<//></td>
                <td>${type === '' ? '–' : type}</td>
                <td class="mono">${path === '' ? '–' : path}</td>
                <td>
                  ${value === '' ? html`<span class="muted">${ruleOf(path, message)}</span>` : html`<span class="value">${value}</span>`}
                </td>
                <td class="num">${again !== null && html`<${Chip} tone="good">replayed<//>`}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    <//>
    ${error && html`<${Problem} what="Loading more" error=${error} />`}
    ${next !== undefined && html`<p class="empty"><button type="button" onClick=${load}>Show more</button></p>`}
  <//>`
}

/** What is wrong, of a field that is missing there is no value; without the path, which stands beside it, where it is the only one. */
const ruleOf = (path: string, message: string) =>
  message.startsWith(`${path}: `) && !message.includes('; /') ? message.slice(path.length + 2) : message

function Preview({ filters, close, start }: { filters: Filters; close: () => void; start: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [preview, setPreview] = useState<ReplayPreview>()
  const [error, setError] = useState<Error>()
  useEffect(() => {
    dialog.current?.showModal()
    change<ReplayPreview>('POST', 'dead-letters/replay/preview', { filters }).then(setPreview, setError)
  }, [])
  const begin = () => {
    dialog.current?.close()
    start()
  }
  return html`<dialog ref=${dialog} onClose=${close} aria-labelledby="preview-title">
    <h2 id="preview-title">${preview ? `Replay ${plural(preview.letters, 'dead letter')}?` : 'Replay'}</h2>
    ${error && html`<${Problem} what="The preview" error=${error} />`}
    ${!preview && !error && html`<${Loading} what="the preview" />`}
    ${
      preview &&
      html`<ul class="list">
          ${preview.groups.map(
            ({ reason, event_type: type, letters }) =>
              html`<li key=${reason + type}>
                <b>${count(letters)}</b> <span>${reason}</span> <span class="muted">${type}</span>
              </li>`,
          )}
        </ul>
        <p class="muted">
          Their original bytes are published again. What is still wrong comes back as a dead letter.
        </p>`
    }
    <p class="row end">
      <span class="grow"></span><button type="button" onClick=${() => dialog.current?.close()}>Cancel</button
      ><button type="button" class="main" disabled=${!preview || preview.letters === 0} onClick=${begin}>
        Replay
      </button>
    </p>
  </dialog>`
}

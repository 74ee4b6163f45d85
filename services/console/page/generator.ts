import { change } from './api.ts'
import type { Generator as GeneratorAnswer, Task } from './api-types.ts'
import { html, useEffect, useState } from './lib.ts'
import { count, duration, plural, rate } from './format.ts'
import { Card, Chip, Empty, Loading, numberField, Problem, Scroll, Time, type Tone } from './parts.ts'
import { useLoad } from './use-load.ts'

const REFRESH_MS = 1000

export function Generator() {
  const { data, error, reload } = useLoad<GeneratorAnswer>('generator')
  const [failed, setFailed] = useState<Error>()
  const isRunning = data?.tasks.some(({ state }) => state === 'running') ?? false
  useEffect(() => {
    if (!isRunning) return undefined
    const timer = setTimeout(reload, REFRESH_MS)
    return () => clearTimeout(timer)
  }, [data])
  const act = (path: string, body: unknown) => {
    setFailed(undefined)
    change('POST', `generator/${path}`, body).then(reload, setFailed)
  }
  if (error) return html`<${Problem} what="Asking event-generator" error=${error} retry=${reload} />`
  if (data === undefined) return html`<${Loading} what="the generator" />`
  return html`<div class="stack">
    ${failed && html`<${Problem} what="That" error=${failed} />`}
    <div class="two">
      <${Start} types=${data.event_types} troubles=${data.troubles} act=${act} />
      <${Card} title="Scenarios">
        <ul class="list">
          ${data.scenarios.map(
            ({ name, description, duration_seconds: seconds, events }) =>
              html`<li key=${name}>
                <div class="grow">
                  <b>${name}</b>
                  <span class="muted"
                    >${description} · ${plural(events, 'event')} in ${duration(seconds)}</span
                  >
                </div>
                <button
                  type="button"
                  class="small"
                  aria-label=${`Start the scenario ${name}`}
                  onClick=${() => act(`scenarios/${encodeURIComponent(name)}/start`, {})}
                >
                  Start
                </button>
              </li>`,
          )}
        </ul>
      <//>
    </div>
    <${Tasks} tasks=${data.tasks} act=${act} />
  </div>`
}

type Act = (path: string, body: unknown) => void

function Start({
  types,
  troubles,
  act,
}: {
  types: readonly string[]
  troubles: Readonly<Record<string, string>>
  act: Act
}) {
  const [perSecond, setPerSecond] = useState('10')
  const [minutes, setMinutes] = useState('1')
  const [chosen, setChosen] = useState<readonly string[]>(types)
  const [trouble, setTrouble] = useState('')
  const [share, setShare] = useState('5')
  const start = (event: Event) => {
    event.preventDefault()
    act('start', {
      events_per_second: Number(perSecond),
      duration_minutes: Number(minutes),
      event_types: chosen,
      ...(trouble !== '' && { trouble: { [trouble]: Number(share) / 100 } }),
    })
  }
  return html`<${Card} title="A task">
    <form class="stack" onSubmit=${start}>
      <div class="form">
        ${numberField('Events a second', perSecond, setPerSecond)}${numberField('Minutes', minutes, setMinutes)}
      </div>
      <fieldset>
        <legend>Event types</legend>
        <div class="row">
          ${types.map(
            (type) =>
              html`<label class="check" key=${type}
                ><input
                  type="checkbox"
                  checked=${chosen.includes(type)}
                  onChange=${() => setChosen(chosen.includes(type) ? chosen.filter((each) => each !== type) : [...chosen, type])}
                />${type}</label
              >`,
          )}
        </div>
      </fieldset>
      <div class="form">
        <label class="field"
          >Trouble
          <select
            value=${trouble}
            onChange=${(event: Event) => setTrouble((event.target as HTMLSelectElement).value)}
          >
            <option value="">none</option>
            ${Object.keys(troubles).map((name) => html`<option key=${name} value=${name}>${name}</option>`)}
          </select>
          ${trouble !== '' && html`<small>${troubles[trouble]}</small>`}
        </label>
        ${trouble !== '' && numberField('Percent of the events', share, setShare)}
      </div>
      <div class="row"><button class="main" disabled=${chosen.length === 0}>Start</button></div>
    </form>
  <//>`
}

const TONE: Readonly<Record<Task['state'], Tone>> = { running: 'good', finished: 'quiet', stopped: 'warn' }

function Tasks({ tasks, act }: { tasks: readonly Task[]; act: Act }) {
  if (tasks.length === 0)
    return html`<${Empty} title="No task yet"><p>Start one above: its progress stands here.</p><//>`
  return html`<${Card}
    title="Tasks"
    flush
    aside=${html`<button type="button" class="small" onClick=${() => act('stop', {})}>Stop all</button>`}
  >
    <${Scroll} label="Tasks of the generator">
      <table>
        <thead>
          <tr>
            <th scope="col">Started</th>
            <th scope="col">What</th>
            <th scope="col">State</th>
            <th scope="col" class="num">Published</th>
            <th scope="col" class="num">Failed</th>
            <th scope="col" class="num">Rate</th>
            <th scope="col">Done</th>
            <th scope="col"><span class="hidden">Stop</span></th>
          </tr>
        </thead>
        <tbody>
          ${tasks.map(
            (task) =>
              html`<tr key=${task.task_id}>
                <td class="nowrap"><${Time} at=${task.started_at} /></td>
                <td>
                  ${task.scenario ?? 'task'}${task.problem !== undefined && html` <span class="muted">${task.problem}</span>`}
                </td>
                <td><${Chip} tone=${TONE[task.state]}>${task.state}<//></td>
                <td class="num">${count(task.published)}</td>
                <td class=${task.failed > 0 ? 'num bad' : 'num'}>${count(task.failed)}</td>
                <td class="num">${rate(task.kept_events_per_second)}</td>
                <td>
                  <${Bar}
                    share=${task.state === 'running' ? task.elapsed_seconds / task.duration_seconds : 1}
                  />
                </td>
                <td class="num">
                  ${
                    task.state === 'running' &&
                    html`<button
                      type="button"
                      class="small"
                      onClick=${() => act('stop', { task_id: task.task_id })}
                    >
                      Stop
                    </button>`
                  }
                </td>
              </tr>`,
          )}
        </tbody>
      </table>
    <//>
  <//>`
}

function Bar({ share }: { share: number }) {
  const percent = Math.round(Math.min(1, Math.max(0, share)) * 100)
  return html`<span class="bar" role="img" aria-label=${`${percent} percent`}
    ><i style=${{ width: `${percent}%` }}></i
  ></span>`
}

import { html, useId, useState } from './lib.ts'
import { textOf } from './tree.ts'

/** The parts of JSON Schema that contracts are written in. */
export interface Schema {
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly format?: string
  readonly description?: string
  readonly minimum?: number
  readonly maximum?: number
}

interface FormProps {
  readonly schema: Schema
  readonly value: unknown
  readonly change: (value: unknown) => void
}

type Fields = Readonly<Record<string, unknown>>
const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}

/** A form for an object: required fields first. What the contract does not know stays as it is in the JSON. */
export function SchemaForm({ schema, value, change }: FormProps) {
  const fields = fieldsOf(value)
  const required = new Set(schema.required)
  // what can be one thing only is chosen with the type
  const open = Object.entries(schema.properties ?? {}).filter(([, of]) => of.const === undefined)
  const entries = open.toSorted(([a], [b]) => Number(required.has(b)) - Number(required.has(a)))
  const set = (name: string, next: unknown) => {
    const { [name]: _, ...others } = fields
    // its place in the JSON stays, so that the text does not jump
    change(next === undefined ? others : { ...fields, [name]: next })
  }
  return html`<div class="form">
    ${entries.map(
      ([name, of]) =>
        html`<${Property}
          key=${name}
          name=${name}
          schema=${of}
          isRequired=${required.has(name)}
          value=${fields[name]}
          change=${(next: unknown) => set(name, next)}
        />`,
    )}
  </div>`
}

interface PropertyProps extends FormProps {
  readonly name: string
  readonly isRequired: boolean
}

function Property(props: PropertyProps) {
  const { name, schema, value, change, isRequired } = props
  if (schema.properties !== undefined && value === undefined)
    return html`<div class="field">
      <span class="muted">${name}</span
      ><button type="button" class="small" onClick=${() => change({})}>Add ${name}</button>
    </div>`
  if (schema.properties !== undefined)
    return html`<fieldset>
      <legend>${name}</legend>
      <${SchemaForm} schema=${schema} value=${value} change=${change} />
      ${!isRequired && html`<div><button type="button" class="small" onClick=${() => change(undefined)}>Leave ${name} out</button></div>`}
    </fieldset>`
  if (schema.type === 'array' && schema.items?.properties !== undefined) return html`<${List} ...${props} />`
  return html`<${Scalar} ...${props} />`
}

function List({ name, schema, value, change }: PropertyProps) {
  const items = Array.isArray(value) ? (value as unknown[]) : []
  return html`<fieldset>
    <legend>${name}</legend>
    ${items.map(
      (item, index) =>
        html`<fieldset key=${index}>
          <legend>${name} ${index + 1}</legend>
          <${SchemaForm}
            schema=${schema.items}
            value=${item}
            change=${(next: unknown) => change(items.with(index, next))}
          />
          <div>
            <button type="button" class="small" onClick=${() => change(items.toSpliced(index, 1))}>
              Remove ${name} ${index + 1}
            </button>
          </div>
        </fieldset>`,
    )}
    <div>
      <button type="button" class="small" onClick=${() => change([...items, {}])}>Add to ${name}</button>
    </div>
  </fieldset>`
}

function choicesOf({ const: only, enum: some, anyOf, type }: Schema): readonly unknown[] | undefined {
  if (only !== undefined) return [only]
  if (some !== undefined) return some
  if (type === 'boolean') return [true, false]
  return anyOf?.every((each) => each.const !== undefined) ? anyOf.map((each) => each.const) : undefined
}

function Scalar({ name, schema, value, change, isRequired }: PropertyProps) {
  const id = useId()
  // as it was typed: `1.` is on its way to 1.5
  const [draft, setDraft] = useState<string>()
  const type = (event: InputEvent) => {
    const text = (event.target as HTMLInputElement).value
    setDraft(text)
    change(read(text, schema))
  }
  const choices = choicesOf(schema)
  const hint = schema.description ?? schema.format
  return html`<div class="field">
    <label for=${id}>${name}${isRequired ? '' : html` <span class="muted">optional</span>`}</label>
    ${
      choices === undefined
        ? html`<input
            id=${id}
            value=${draft ?? (value === undefined ? '' : textOf(value))}
            inputmode=${isNumber(schema) ? 'decimal' : undefined}
            spellcheck=${false}
            autocomplete="off"
            title=${hint}
            onInput=${type}
            onBlur=${() => setDraft(undefined)}
          />`
        : html`<select
            id=${id}
            value=${JSON.stringify(value) ?? ''}
            onChange=${(event: Event) => change(parsed((event.target as HTMLSelectElement).value))}
          >
            ${(!isRequired || !choices.includes(value)) && html`<option value="">–</option>`}
            ${choices.map((choice) => html`<option key=${String(choice)} value=${JSON.stringify(choice)}>${String(choice)}</option>`)}
          </select>`
    }
    ${hint !== undefined && html`<small>${hint}</small>`}
  </div>`
}

const isNumber = ({ type }: Schema) => type === 'number' || type === 'integer'

/** What was typed, as the contract wants it; what is no such thing stays text, and the judge says why it is wrong. */
function read(text: string, schema: Schema): unknown {
  if (text === '') return undefined
  if (isNumber(schema)) return Number.isFinite(Number(text)) ? Number(text) : text
  return schema.type === 'array' || schema.type === 'object' ? (parsed(text) ?? text) : text
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // no JSON: the caller keeps the text
    return undefined
  }
}

import { h, type ComponentChildren, type VNode } from 'preact'
import htm from 'htm'

export { render, type ComponentChildren } from 'preact'
export { useCallback, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'

const made = htm.bind(h) as (strings: readonly string[], ...values: unknown[]) => VNode
const spaced = new WeakMap<TemplateStringsArray, readonly string[]>()

/**
 * Markup as a template. What is put into it becomes text or attributes, and never markup. A line break between two words is a space, as
 * in HTML: by itself htm would drop it.
 */
export function html(strings: TemplateStringsArray, ...values: unknown[]): VNode {
  let texts = spaced.get(strings)
  if (texts === undefined) {
    const last = strings.length - 1
    texts = strings
      .map((text, index) => (index === 0 ? text.replace(/^\s*\n\s*/, '') : text))
      .map((text, index) => (index === last ? text.replace(/\s*\n\s*$/, '') : text))
      .map((text) => text.replace(/\s*\n\s*/g, ' '))
    spaced.set(strings, texts)
  }
  return made(texts, ...values)
}

export interface Children {
  readonly children?: ComponentChildren
}

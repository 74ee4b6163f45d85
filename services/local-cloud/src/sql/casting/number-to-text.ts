import { formatText } from '../duck/format-text.ts'
import { numberModel, type NumberModel } from './number-model.ts'

/**
 * CAST(number AS STRING FORMAT format).
 *
 * @param kind FLOAT64, which is rounded by what it holds, or NUMERIC for a number that is written in full
 * @throws Error for a format that is none
 */
export function numberToText(kind: string, text: string, format: string): string {
  const model = numberModel(format)
  if (/inf|nan/i.test(text)) throw new Error(`local-cloud does not write ${text} in a CAST with FORMAT`)
  const made = usual(model, kind, text)
  return model.isCompact ? made.trim() : made
}

function usual(model: NumberModel, kind: string, text: string): string {
  const rounded = (letter: string): string => formatText(`%${letter}`, [kind], [text])!
  // as CAST to INT64 rounds, and not as FORMAT does
  const whole = (): string => (kind === 'FLOAT64' ? awayFromZero(Number(text)) : rounded('.0f'))
  if (model.kind === 'ROMAN') return roman(Number(whole()), model)
  if (model.kind === 'HEXADECIMAL') return hexadecimal(model, BigInt(whole()), /^-.*[1-9]/.test(text))
  const behind = model.elements.slice(model.point)
  const scale = behind.filter((element) => element === '0' || element === '9').length
  return decimal(model, rounded(`#.${scale}${behind.some((element) => /e/i.test(element)) ? 'e' : 'f'}`))
}

/** A double without its fraction. */
function awayFromZero(value: number): string {
  const size = Math.floor(Math.abs(value))
  const whole = BigInt(Math.abs(value) - size >= 0.5 ? size + 1 : size)
  return String(value < 0 ? -whole : whole)
}

/** What stands around the digits. */
function withSigns(
  model: NumberModel,
  padding: number,
  isNegative: boolean,
  isBlank: boolean,
  digits: string,
): string {
  const { sign, isSignFirst } = model
  const blank = (text: string): string => (isBlank ? ' '.repeat(text.length) : text)
  const plus = isNegative ? '-' : '+'
  const [before, behind] =
    sign === 'S'
      ? isSignFirst
        ? [plus, '']
        : ['', plus]
      : sign === 'MI'
        ? ['', isNegative ? '-' : ' ']
        : sign === 'PR'
          ? isNegative
            ? ['<', '>']
            : [' ', ' ']
          : [isNegative ? '-' : ' ', '']
  return ' '.repeat(padding) + blank(before) + blank(model.currency) + digits + blank(behind)
}

/** @param written `-12.50`, `1.235e+05` */
function decimal(model: NumberModel, written: string): string {
  const { elements, point } = model
  const [, minus, all, digits, exponent = ''] = /^(-?)(\d+)\.(\d*)(?:e(.*))?$/.exec(written)!
  const whole = all === '0' ? '' : all!
  const fraction = model.isCompact ? digits!.replace(/0+$/, '') : digits!
  const places = elements.slice(0, point).filter((element) => element !== ',').length
  const isTooLong = whole.length > places
  const isBlank = model.isBlank && whole === ''
  let next = 0
  const behind = elements.slice(point).map((element) => {
    if (element === 'V') return ''
    if (element === '.') return isBlank ? ' ' : '.'
    if (/e/i.test(element)) return isTooLong ? '####' : isBlank ? '    ' : `${element}${exponent}`
    const digit = fraction[next++]
    return isTooLong ? '#' : digit === undefined ? '' : isBlank ? ' ' : digit
  })
  const firstZero = elements.indexOf('0')
  const isWritten =
    places > 0 &&
    (whole !== '' || exponent !== '' || (firstZero >= 0 && firstZero < point) || fraction === '')
  const { text, padding } = isWritten
    ? wholePart(elements.slice(0, point), whole || '0', isTooLong, isBlank)
    : { text: '', padding: point }
  return withSigns(model, padding, minus === '-', isBlank, text + behind.join(''))
}

/** The first 0 of a format: zeros are written up to it. */
function lastOfZeros(elements: readonly string[]): number {
  const place = elements.indexOf('0')
  return place < 0 ? elements.length : place
}

/** From its end on, with zeros up to the first 0 of the format. */
function wholePart(elements: readonly string[], whole: string, isTooLong: boolean, isBlank: boolean) {
  const last = lastOfZeros(elements)
  let [text, left, at] = ['', whole.length, elements.length - 1]
  for (; at >= 0 && (left > 0 || at >= last); at--) {
    if (elements[at] === ',') text = (isBlank ? ' ' : ',') + text
    else {
      left--
      text = (isTooLong ? '#' : isBlank ? ' ' : (whole[left] ?? '0')) + text
    }
  }
  return { text, padding: at + 1 }
}

/** @param isNegative what is written, which may be 0 when it is rounded */
function hexadecimal(model: NumberModel, value: bigint, isNegative: boolean): string {
  const { elements } = model
  const digits = (value < 0n ? -value : value).toString(16)
  const isTooLong = digits.length > elements.length
  const last = lastOfZeros(elements)
  let [text, left, at] = ['', digits.length, elements.length - 1]
  for (; at >= 0 && (left > 0 || at >= last); at--) {
    left--
    // a 0 has the case of the next X
    const letter = elements.slice(at).find((element) => element !== '0') ?? 'X'
    const digit = digits[left] ?? '0'
    text = (isTooLong ? '#' : letter === 'X' ? digit.toUpperCase() : digit) + text
  }
  return withSigns(model, at + 1, isNegative, false, text)
}

const ROMAN = [
  ['M', 1000],
  ['CM', 900],
  ['D', 500],
  ['CD', 400],
  ['C', 100],
  ['XC', 90],
  ['L', 50],
  ['XL', 40],
  ['X', 10],
  ['IX', 9],
  ['V', 5],
  ['IV', 4],
  ['I', 1],
] as const

function roman(value: number, { isLower }: NumberModel): string {
  if (value < 1 || value > 3999) throw new Error('RN takes a number between 1 and 3999')
  let [text, left] = ['', value]
  for (const [letters, size] of ROMAN) for (; left >= size; left -= size) text += letters
  return (isLower ? text.toLowerCase() : text).padStart(15)
}

/** FLOAT64 as GoogleSQL writes it: 15 digits where they say it, else 17. */
export function textOfFloat(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf'
  if (Object.is(value, -0)) return '-0'
  const short = Number(value.toPrecision(15)) === value
  const digits = short ? 15 : 17
  const exponent = value === 0 ? 0 : Number(value.toExponential(digits - 1).split('e')[1])
  if (exponent >= -4 && exponent < digits) {
    const fixed = value.toFixed(Math.min(100, Math.max(0, digits - 1 - exponent)))
    return fixed.includes('.') ? fixed.replace(/\.?0+$/, '') : fixed
  }
  const [mantissa, power] = value.toExponential(digits - 1).split('e') as [string, string]
  const shown = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa
  return `${shown}e${power[0]}${power.slice(1).padStart(2, '0')}`
}

import type { Column } from '@tablestream/table-schema'

/**
 * SQL of a staged value as its table takes it now: a RECORD has all fields that the table's has by now, those that came meanwhile as NULL.
 * BigQuery casts no STRUCT to one with more fields (docs: conversion rules, STRUCT: "the number of fields must match").
 *
 * @param to the column of the events' table @param from that of the load's own table @param value SQL
 */
export function valueSql(to: Column, from: Column, value: string, level = 0): string {
  if (isSame(to, from)) return value
  if (to.type !== 'RECORD' || from.type !== 'RECORD' || to.mode !== from.mode) {
    const isArray = to.mode === 'REPEATED'
    return isArray ? value : `CAST(${value} AS ${typeSql(to)})`
  }
  if (to.mode !== 'REPEATED') return `IF(${value} IS NULL, NULL, STRUCT(${members(to, from, value, level)}))`
  const [each, at] = [`each_${level}`, `at_${level}`]
  return `ARRAY(SELECT AS STRUCT ${members(to, from, each, level + 1)} FROM UNNEST(${value}) AS ${each} WITH OFFSET AS ${at} ORDER BY ${at})`
}

function members(to: Column, from: Column, value: string, level: number): string {
  const staged = new Map((from.fields ?? []).map((field) => [field.name.toLowerCase(), field]))
  return (to.fields ?? [])
    .map((field) => {
      const own = staged.get(field.name.toLowerCase())
      const name = `\`${field.name}\``
      return `${own ? valueSql(field, own, `${value}.\`${own.name}\``, level) : nullSql(field)} AS ${name}`
    })
    .join(', ')
}

/**
 * SQL that is true where `valueSql` makes another value of this one: a cast that does not go back to it, or a field that the table has not
 * and that is not NULL; undefined where that cannot be.
 */
export function alteredSql(to: Column, from: Column, value: string, level = 0): string | undefined {
  if (isSame(to, from)) return undefined
  const isArray = from.mode === 'REPEATED'
  const isRecord = from.type === 'RECORD'
  if (isArray !== (to.mode === 'REPEATED') || isRecord !== (to.type === 'RECORD'))
    return presentSql(from, value)
  if (!isRecord) {
    if (isArray) return presentSql(from, value)
    return `SAFE_CAST(SAFE_CAST(${value} AS ${typeSql(to)}) AS ${typeSql(from)}) IS DISTINCT FROM ${value}`
  }
  const each = `each_${level}`
  const own = new Map((to.fields ?? []).map((field) => [field.name.toLowerCase(), field]))
  const altered = (from.fields ?? []).flatMap((field) => {
    const inside = `${isArray ? each : value}.\`${field.name}\``
    const target = own.get(field.name.toLowerCase())
    return (target ? alteredSql(target, field, inside, level + 1) : presentSql(field, inside)) ?? []
  })
  if (altered.length === 0) return undefined
  const any = altered.join(' OR ')
  return isArray ? `EXISTS(SELECT 1 FROM UNNEST(${value}) AS ${each} WHERE ${any})` : `(${any})`
}

/** SQL that is true where there is a value. */
export function presentSql({ mode }: Column, value: string): string {
  return mode === 'REPEATED' ? `ARRAY_LENGTH(${value}) > 0` : `${value} IS NOT NULL`
}

function isSame(to: Column, from: Column): boolean {
  if (to.type !== from.type || (to.mode === 'REPEATED') !== (from.mode === 'REPEATED')) return false
  const [a, b] = [to.fields ?? [], from.fields ?? []]
  return (
    a.length === b.length &&
    a.every((field, index) => field.name === b[index]!.name && isSame(field, b[index]!))
  )
}

const nullSql = (column: Column) => `CAST(NULL AS ${typeSql(column)})`

function typeSql({ type, mode, fields = [] }: Column): string {
  const inside = fields.map((field) => `\`${field.name}\` ${typeSql(field)}`).join(', ')
  const one = type === 'RECORD' ? `STRUCT<${inside}>` : type
  return mode === 'REPEATED' ? `ARRAY<${one}>` : one
}

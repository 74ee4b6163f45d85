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

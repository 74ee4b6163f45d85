import { GoogleError } from '../../google-error.ts'
import { idOf } from './names.ts'

export function notFound(name: string, what = 'Resource not found'): GoogleError {
  return new GoogleError('NOT_FOUND', `${what} (resource=${idOf(name)}).`)
}

export function alreadyThere(name: string): GoogleError {
  const message = `Resource already exists in the project (resource=${idOf(name)}).`
  return new GoogleError('ALREADY_EXISTS', message)
}

export function inProject(name: string, project: string): boolean {
  return name.startsWith(`${project}/`)
}

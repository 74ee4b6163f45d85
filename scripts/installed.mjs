import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** @typedef {{ version?: string, integrity?: string, optional?: boolean, link?: boolean }} Package */

/**
 * Whether node_modules holds what the lock file asks for, whoever installed it: npm writes what it has installed into
 * node_modules/.package-lock.json. Optional packages are there for one platform each.
 *
 * @param {string} root
 * @returns {boolean}
 */
export function isInstalled(root) {
  const modules = join(root, 'node_modules')
  const wanted = packagesOf(join(root, 'package-lock.json'))
  const installed = packagesOf(join(modules, '.package-lock.json'))
  if (!wanted || !installed) return false
  const isThere = Object.entries(wanted).every(([path, one]) => {
    if (!path.includes('node_modules/')) return true
    const other = installed[path]
    if (!other) return one.optional === true
    return other.version === one.version && other.integrity === one.integrity
  })
  // what is installed and not wanted is left from an older lock file
  if (!isThere || Object.keys(installed).some((path) => !(path in wanted))) return false
  // the package `node` gets its program by an install script, which somebody may have switched off
  const programs = ['node', 'node.exe'].map((name) => join(modules, 'node', 'bin', name))
  return !('node_modules/node' in wanted) || programs.some((program) => existsSync(program))
}

/**
 * @param {string} file
 * @returns {Record<string, Package> | undefined}
 */
function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch {
    return undefined
  }
}

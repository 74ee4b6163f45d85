import { existsSync } from 'node:fs'
import { chromium, type Browser, type Page } from 'playwright-core'

const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Debian's, or who calls himself the same. */
const found = PATHS.find((path) => existsSync(path))

/** The reason why nothing can be tested in a browser here, or false. */
export const noBrowser: string | false =
  found === undefined && 'the page in a browser: there is no chromium on this machine'

export function launch(): Promise<Browser> {
  if (found === undefined) throw new Error('there is no chromium on this machine')
  // root has no sandbox, and a container's /dev/shm is small; the page is ours, and is served from this machine
  return chromium.launch({ executablePath: found, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}

/** What went wrong in a page: errors of scripts, what the policy refused, dialogs that something opened. */
export function troubleOf(page: Page): readonly string[] {
  const trouble: string[] = []
  page.on('pageerror', (error) => trouble.push(`${page.url()}: ${error.message}`))
  page.on('console', (message) => {
    // an answer that is no 2xx is told there, too: what the page makes of it is looked at
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      trouble.push(`${page.url()}: ${message.text()}`)
  })
  page.on('dialog', (dialog) => {
    trouble.push(`${page.url()} opened a dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  return trouble
}

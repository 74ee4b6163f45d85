import { html, useState } from './lib.ts'

const NEXT = { auto: 'light', light: 'dark', dark: 'auto' } as const
type Theme = keyof typeof NEXT
const NAME: Readonly<Record<Theme, string>> = { auto: 'as the system', light: 'light', dark: 'dark' }
const ICON: Readonly<Record<Theme, string>> = {
  auto: 'M10 3a7 7 0 1 0 0 14ZM10 3a7 7 0 0 1 0 14',
  light:
    'M10 6a4 4 0 1 1 0 8 4 4 0 0 1 0-8M10 1v2M10 17v2M1 10h2M17 10h2M3.6 3.6 5 5M15 15l1.4 1.4M3.6 16.4 5 15M15 5l1.4-1.4',
  dark: 'M16 12.5A7 7 0 0 1 7.5 4 7 7 0 1 0 16 12.5Z',
}

/** What was chosen in this browser; a browser that keeps nothing has the system's. */
function chosen(): Theme {
  try {
    const kept = localStorage.getItem('theme')
    return kept === 'light' || kept === 'dark' ? kept : 'auto'
  } catch {
    // storage is switched off
    return 'auto'
  }
}

function apply(theme: Theme): void {
  if (theme === 'auto') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
  // curves are painted, and must be told
  dispatchEvent(new Event('theme'))
}

apply(chosen())

export function ThemeSwitch() {
  const [theme, setTheme] = useState(chosen)
  const change = () => {
    const next = NEXT[theme]
    setTheme(next)
    apply(next)
    try {
      localStorage.setItem('theme', next)
    } catch {
      // storage is switched off: the choice holds until the page is left
    }
  }
  return html`<button
    type="button"
    class="ghost"
    aria-label=${`Colours: ${NAME[theme]}. Change to ${NAME[NEXT[theme]]}`}
    title=${`Colours: ${NAME[theme]}`}
    onClick=${change}
  >
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
      <path d=${ICON[theme]} class=${theme === 'auto' ? 'half' : ''} />
    </svg>
  </button>`
}

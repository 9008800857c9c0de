import type { ConsoleMessage, Page, Request, Response } from 'playwright-core'

/** What is wrong with a page that a reader would notice. Leaves a picture of it where one is wanted. */
export async function lookAt(page: Page, url: string, picture: string | undefined): Promise<string[]> {
  const { faults, stop } = collectFaults(page, new URL(url).origin)
  try {
    await page.goto(url, { waitUntil: 'load', timeout: 60_000 })
    await drawn(page)
    faults.push(...(await page.evaluate(visibleFaults)))
    if (picture !== undefined) await page.screenshot({ path: picture, fullPage: true })
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error))
  } finally {
    stop()
  }
  return faults
}

/** What goes wrong without being seen: messages, exceptions and requests. */
function collectFaults(page: Page, origin: string): { readonly faults: string[]; stop(): void } {
  const faults: string[] = []
  const onConsole = (message: ConsoleMessage) => {
    if (message.type() === 'error') faults.push(`console: ${message.text()}`)
  }
  const onError = (error: Error) => void faults.push(`threw: ${error.message}`)
  const onResponse = (response: Response) => {
    if (response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`)
  }
  const onFailed = (request: Request) => {
    // Hints for pages to come are dropped when the page is left.
    const why = request.failure()?.errorText
    if (why !== 'net::ERR_ABORTED') faults.push(`failed: ${request.url()} (${why})`)
  }
  const onRequest = (request: Request) => {
    const asked = request.url()
    if (!asked.startsWith(origin) && !asked.startsWith('data:')) faults.push(`asks elsewhere: ${asked}`)
  }
  page.on('console', onConsole).on('pageerror', onError).on('response', onResponse)
  page.on('requestfailed', onFailed).on('request', onRequest)
  const stop = () => {
    page.off('console', onConsole).off('pageerror', onError).off('response', onResponse)
    page.off('requestfailed', onFailed).off('request', onRequest)
  }
  return { faults, stop }
}

/** Scripts have run, diagrams are drawn and images that load when they come into view have loaded. */
async function drawn(page: Page): Promise<void> {
  // By a timer: a page that is not in front gets no animation frames.
  const options = { polling: 50, timeout: 60_000 }
  await page.waitForFunction(() => document.querySelector('#app')?.hasChildNodes() ?? false, undefined, options)
  await page.waitForFunction(
    () => [...document.querySelectorAll('.mermaid')].every((each) => each.querySelector('svg')),
    undefined,
    options,
  )
  await page.evaluate(async () => {
    const images = [...document.images]
    for (const image of images) image.loading = 'eager'
    await Promise.all(images.map((image) => image.decode().catch(() => {})))
  })
}

/** Runs in the page. */
function visibleFaults(): string[] {
  const faults: string[] = []
  const root = document.documentElement
  if (root.scrollWidth > window.innerWidth) {
    const widest = [...document.querySelectorAll<HTMLElement>('.vp-doc *')]
      .filter((each) => each.getBoundingClientRect().right > window.innerWidth + 1)
      .find((each) => each.closest('pre, table, .mermaid, [class*=language-]') === null)
    faults.push(`is ${root.scrollWidth - window.innerWidth} px too wide: ${widest?.outerHTML.slice(0, 120) ?? ''}`)
  }
  for (const image of document.images) {
    if (image.naturalWidth === 0) faults.push(`broken image: ${image.src}`)
  }
  if (document.querySelector('h1, .VPHero') === null) faults.push('has no title')
  return faults
}

const userInfo = /([a-z][a-z0-9+.-]*:\/\/[^\s:@/]*):[^\s]*@/gi
const assignment =
  /([\w-]*(?:password|passwd|pwd|secret|token|passphrase|api[-_]?key|authorization)\w*["']?\s*[=:]\s*)("[^"]*"|'[^']*'|(?:bearer\s+|basic\s+)?[^\s,;&)]+)/gi

/** Blanks the secret part of connection strings and of `password=…` in a text that was not ours, before we repeat it. */
export function redact(text: string): string {
  return text.replace(userInfo, '$1:***@').replace(assignment, '$1***')
}

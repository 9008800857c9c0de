const LONGEST = 1_000
const userInfo = /:\/\/([^\s:@/]{0,100}):[^\s]*@/g
const assignment =
  /((?:password|passwd|pwd|secret|token|passphrase|api[-_]?key|authorization)\w{0,20}["']?\s{0,3}[=:]\s{0,3})("[^"]*"|'[^']*'|(?:bearer |basic )?[^\s,;&)]+)/gi

/** Blanks the secret part of connection strings and of `password=…` in a text that was not ours, before we repeat it.
 * Longer texts are cut, so that it takes no time to speak of. */
export function redact(text: string): string {
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
  return short.replace(userInfo, '://$1:***@').replace(assignment, '$1***')
}

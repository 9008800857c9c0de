import http from 'node:http'
import https from 'node:https'

export interface Answer {
  readonly status: number
  readonly text: string
  readonly headers: http.IncomingHttpHeaders
  readonly reused: boolean
}

/** Begins a request; `body` is sent with it. */
export function begin(url: string, options: https.RequestOptions, body?: string): http.ClientRequest {
  const { request } = url.startsWith('https:') ? https : http
  return request(url, options).end(body)
}

/** Resolves with the answer, read to its end. */
export function answerOf(request: http.ClientRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request.on('error', reject).on('response', (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      response.on('error', reject).on('end', () => {
        const { statusCode: status = 0, headers } = response
        resolve({ status, text, headers, reused: request.reusedSocket })
      })
    })
  })
}

export function ask(url: string, options: https.RequestOptions, body?: string): Promise<Answer> {
  return answerOf(begin(url, options, body))
}

/** Resolves with the error that the request emits. */
export function errorOf(request: http.ClientRequest): Promise<NodeJS.ErrnoException> {
  return new Promise((resolve, reject) => {
    request.on('error', resolve).on('response', () => reject(new Error('it was answered')))
  })
}

import type http from 'node:http'
import axios from 'axios'
import followRedirects from 'follow-redirects'
import got from 'got'
import fetch from 'node-fetch'
import superagent from 'superagent'
import type { PooledAgent } from '../../src/index.js'
import { answerOf } from './request.js'

/** A library that takes an agent. */
export interface AgentClient {
  get(url: string, agent: PooledAgent): Promise<string>
  post(url: string, agent: PooledAgent, body: string): Promise<string>
  /** Rejects after so many ms. */
  hurried(url: string, agent: PooledAgent, ms: number): Promise<unknown>
}

export const agentClients: Record<string, AgentClient> = {
  axios: {
    get: async (url, agent) => (await axios.get(url, { httpAgent: agent, httpsAgent: agent, proxy: false })).data,
    post: async (url, agent, body) =>
      (await axios.post(url, body, { httpAgent: agent, httpsAgent: agent, proxy: false })).data,
    hurried: (url, agent, timeout) => axios.get(url, { httpAgent: agent, httpsAgent: agent, proxy: false, timeout }),
  },
  got: {
    get: (url, agent) => got(url, { agent: { http: agent, https: agent }, retry: { limit: 0 } }).text(),
    post: (url, agent, body) =>
      got.post(url, { body, agent: { http: agent, https: agent }, retry: { limit: 0 } }).text(),
    hurried: (url, agent, request) =>
      got(url, { agent: { http: agent, https: agent }, retry: { limit: 0 }, timeout: { request } }).text(),
  },
  'node-fetch': {
    get: async (url, agent) => (await fetch(url, { agent })).text(),
    post: async (url, agent, body) => (await fetch(url, { agent, method: 'POST', body })).text(),
    hurried: (url, agent, ms) => fetch(url, { agent, signal: AbortSignal.timeout(ms) as never }),
  },
  superagent: {
    get: async (url, agent) => (await superagent.get(url).agent(agent)).text,
    post: async (url, agent, body) => (await superagent.post(url).agent(agent).type('text/plain').send(body)).text,
    hurried: async (url, agent, ms) => superagent.get(url).agent(agent).timeout(ms),
  },
  'follow-redirects': {
    get: async (url, agent) => (await answerOf(following(url, agent))).text,
    post: async (url, agent, body) => (await answerOf(following(url, agent, { method: 'POST' }, body))).text,
    hurried: (url, agent, timeout) =>
      new Promise((resolve, reject) => {
        const request = following(url, agent).on('response', (response) => resolve(response.resume()))
        request.setTimeout(timeout, () => request.destroy(new Error('too late'))).on('error', reject)
      }),
  },
}

function following(url: string, agent: PooledAgent, options: http.RequestOptions = {}, body?: string) {
  const { request } = url.startsWith('https:') ? followRedirects.https : followRedirects.http
  const begun = request(url, { ...options, agents: { http: agent, https: agent } } as object)
  begun.end(body)
  return begun as unknown as http.ClientRequest
}

import { describe, expect, it } from 'vitest'
import { differences, type Facts, readFacts } from './client-info.js'

const info =
  'id=3 addr=127.0.0.1:41528 laddr=127.0.0.1:6379 fd=8 name=mine age=0 idle=0 flags=N db=3 sub=0 psub=0 ssub=0 multi=-1 qbuf=26 tot-mem=37658 events=r cmd=client|info user=default redir=-1 resp=3\n'

const facts = (text: string) => readFacts(text) as Facts

describe('what CLIENT INFO tells', () => {
  it('is the same of a session that has only been used', () => {
    const later = info.replace('age=0 idle=0', 'age=9 idle=4').replace('flags=N', 'flags=u').replace('37658', '99999')
    expect(differences(facts(info), facts(later))).toEqual([])
  })

  it('differs by the database, the name, the user, the flags and the subscriptions', () => {
    const later = info
      .replace('db=3', 'db=0')
      .replace('name=mine', 'name=')
      .replace('user=default', 'user=other')
      .replace('flags=N', 'flags=xe')
      .replace('psub=0', 'psub=2')
    expect(differences(facts(info), facts(later))).toEqual(['db', 'flags', 'name', 'psub', 'user'])
  })

  it('is read of older servers, which tell less', () => {
    const older = info.replace(' ssub=0', '').replace(' resp=3', '')
    expect(differences(facts(older), facts(older))).toEqual([])
    expect(facts(older).resp).toBe('')
  })

  it('is nothing where the server has queued the question', () => {
    expect(readFacts('QUEUED')).toBeUndefined()
    expect(readFacts(undefined)).toBeUndefined()
  })
})

import { expect, it } from 'vitest'
import { element } from './svg-element.js'

it('writes an element with its attributes, its texts and its elements', () => {
  const child = element('title', {}, 'size')
  expect(element('text', { x: 1.5, fill: 'red' }, child, ' 7').text).toBe(
    '<text x="1.5" fill="red"><title>size</title> 7</text>',
  )
})

it('escapes what would be markup, in attributes and in texts', () => {
  const hostile = `"><script>alert('&')</script>`
  expect(element('text', { fill: hostile }, hostile).text).toBe(
    `<text fill="&quot;&gt;&lt;script&gt;alert('&amp;')&lt;/script&gt;">` +
      `&quot;&gt;&lt;script&gt;alert('&amp;')&lt;/script&gt;</text>`,
  )
})

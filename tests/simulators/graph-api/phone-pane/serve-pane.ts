import { readFileSync } from 'node:fs'
import { Hono } from 'hono'

const FILES = [
  { path: '/', file: 'index.html', type: 'text/html; charset=utf-8' },
  { path: '/phone.css', file: 'phone.css', type: 'text/css; charset=utf-8' },
  { path: '/thread.js', file: 'thread.js', type: 'text/javascript; charset=utf-8' },
  { path: '/phone.js', file: 'phone.js', type: 'text/javascript; charset=utf-8' },
]

const CSP =
  "default-src 'self'; img-src 'self' data:; frame-ancestors 'self' http://localhost:* http://127.0.0.1:*"

/** The customer's phone as a page at `/`, for people who try the demo. */
export const phonePane = (): Hono => {
  const app = new Hono()
  for (const { path, file, type } of FILES) {
    app.get(path, () => {
      const text = readFileSync(new URL(file, import.meta.url))
      return new Response(text, {
        headers: { 'content-type': type, 'cache-control': 'no-store', 'content-security-policy': CSP },
      })
    })
  }
  return app
}

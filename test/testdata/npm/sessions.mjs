// Uses a server as applications of Node do and prints what it gets, a line for
// each thing. The same script runs against two servers, and what it prints is
// compared: nothing that may differ from one run to the next is printed.
//
//   node sessions.mjs ioredis|redis2|redis3 SOCKET
import Redis from 'ioredis'
import { createClient } from '@redis/client'

const [how, path] = process.argv.slice(2)

const say = (what, ...values) => console.log(what, JSON.stringify(values))

// tried prints what a promise came to, be it an error.
async function tried(what, promise) {
  try {
    say(what, await promise)
  } catch (error) {
    say(what + ' failed', String(error.message))
  }
}

// gathers collects calls until there are as many as were asked for.
function gathers() {
  const got = []
  let wake = () => {}
  return {
    add: (...values) => { got.push(values.map(String)); wake() },
    async take(count) {
      while (got.length < count) await new Promise((resolve) => { wake = resolve })
      return got.splice(0, count)
    },
  }
}

// until asks until the answer is true.
async function until(question) {
  while (!(await question())) await new Promise((resolve) => setTimeout(resolve, 2))
}

async function ioredis() {
  const c = new Redis({ path })
  const other = new Redis({ path })
  const sub = new Redis({ path })

  const heard = gathers()
  sub.on('message', heard.add)
  sub.on('pmessage', heard.add)
  await tried('subscribe', sub.subscribe('a', 'b'))
  await tried('psubscribe', sub.psubscribe('n*', '?'))
  await tried('publish', c.publish('a', 'one'))
  await tried('publish', c.publish('news', 'x'.repeat(100000)))
  await tried('publish', c.publish('nobody else', 'three'))
  say('heard', (await heard.take(4)).map((words) => words.map((w) => w.slice(0, 20))).sort())
  await tried('get while subscribed', sub.get('k'))
  await tried('ping', sub.ping())
  await tried('unsubscribe', sub.unsubscribe('a'))
  await tried('punsubscribe', sub.punsubscribe('n*', '?'))
  await tried('unsubscribe all', sub.unsubscribe())
  await tried('get again', sub.get('k'))
  await tried('subscribe many', sub.subscribe('many'))
  const burst = c.pipeline()
  for (let i = 0; i < 500; i++) burst.publish('many', i)
  await burst.exec()
  say('in order', (await heard.take(500)).every((words, i) => words[1] === String(i)))
  await tried('numsub', c.pubsub('NUMSUB', 'many', 'absent'))

  await tried('multi', c.multi().set('k', 'v').get('k').incr('n').hset('h', 'f', 'v').hgetall('h').publish('x', 'y').exec())
  await tried('errors inside', c.multi().set('k', 'text').incr('k').get('k').exec())
  await tried('refused', c.multi().set('k', 'never').call('nonsense').exec())
  await tried('after it', c.get('k'))
  await tried('one by one', (async () => {
    await c.multi({ pipeline: false })
    return [await c.set('k', 'w'), await c.get('k'), await c.exec()]
  })())
  await tried('discard', (async () => {
    await c.multi({ pipeline: false })
    await c.set('k', 'never')
    return [await c.discard(), await c.get('k')]
  })())

  await c.watch('k')
  await tried('untouched', c.multi().set('k', '1').exec())
  await c.watch('k')
  await other.set('k', 'theirs')
  await tried('touched', c.multi().set('k', '2').exec())
  await tried('theirs stays', c.get('k'))

  // Optimistic locking: each adds to a sum with its own connection.
  const workers = Array.from({ length: 4 }, () => new Redis({ path }))
  await c.set('sum', 0)
  await Promise.all(workers.map(async (w) => {
    for (let i = 0; i < 25; i++) {
      for (let done = null; done === null;) {
        await w.watch('sum')
        const now = Number(await w.get('sum'))
        done = await w.multi().set('sum', now + 1).exec()
      }
    }
  }))
  await tried('sum', c.get('sum'))

  // Client-side caching under RESP2: invalidations are messages to another one.
  const told = gathers()
  const listener = new Redis({ path, connectionName: 'listener' })
  listener.on('message', (channel, keys) => told.add(channel, keys))
  await listener.subscribe('__redis__:invalidate')
  // A subscriber cannot say who it is: its name does.
  const line = (await c.client('LIST')).split('\n').find((text) => text.includes(' name=listener '))
  await tried('tracking', other.client('TRACKING', 'ON', 'REDIRECT', line.match(/id=(\d+)/)[1]))
  await tried('read', other.get('k'))
  await c.set('k', 'changed')
  say('told', await told.take(1))

  for (const client of [c, other, sub, listener, ...workers]) client.disconnect()
}

async function nodeRedis(RESP) {
  const open = async (options) => {
    const client = createClient({ RESP, socket: { path }, ...options })
    client.on('error', (error) => say('error', error.message))
    await client.connect()
    return client
  }
  const c = await open()
  const other = await open()
  const sub = await open()

  const heard = gathers()
  await sub.subscribe(['a', 'b'], (message, channel) => heard.add(channel, message))
  await sub.pSubscribe(['n*', '?'], (message, channel) => heard.add('pattern', channel, message))
  await sub.sSubscribe('s', (message, channel) => heard.add('shard', channel, message))
  await tried('publish', c.publish('a', 'one'))
  await tried('publish', c.publish('news', 'x'.repeat(100000)))
  await tried('spublish', c.sPublish('s', 'three'))
  say('heard', (await heard.take(4)).map((words) => words.map((w) => w.slice(0, 20))).sort())
  await tried('ping', sub.ping())
  if (RESP === 3) {
    await tried('set while subscribed', sub.set('k', 'v'))
    await tried('get while subscribed', sub.get('k'))
  }
  await tried('channels', c.pubSubChannels().then((all) => all.sort()))
  await tried('numsub', c.pubSubNumSub(['a', 'absent']))
  await tried('numpat', c.pubSubNumPat())
  await sub.unsubscribe('a')
  await sub.pUnsubscribe(['n*', '?'])
  await sub.sUnsubscribe('s')
  await tried('publish', c.publish('a', 'nobody'))
  await sub.subscribe('many', (message) => heard.add(message))
  const burst = []
  for (let i = 0; i < 500; i++) burst.push(c.publish('many', String(i)))
  say('counts', new Set(await Promise.all(burst)).size)
  say('in order', (await heard.take(500)).every((words, i) => words[0] === String(i)))

  await tried('multi', c.multi().set('k', 'v').get('k').incr('n').hSet('h', 'f', 'v').hGetAll('h').publish('x', 'y').exec())
  await tried('errors inside', c.multi().set('k', 'text').incr('k').get('k').execAsPipeline())
  await tried('refused', c.multi().set('k', 'never').addCommand(['nonsense']).exec())
  await tried('after it', c.get('k'))
  await c.watch('k')
  await tried('untouched', c.multi().set('k', '1').exec())
  await c.watch('k')
  await other.set('k', 'theirs')
  await tried('touched', c.multi().set('k', '2').exec())
  await tried('theirs stays', c.get('k'))

  if (RESP === 3) {
    // The library's own cache: what it has need not be asked for again, until the
    // server says that it has changed.
    const cached = await open({ clientSideCache: { ttl: 0, maxEntries: 100, evictPolicy: 'LRU' } })
    const calls = async () => Number((await c.info('commandstats')).match(/cmdstat_get:calls=(\d+)/)[1])
    const before = await calls()
    await other.set('cached', '1')
    say('reads', await cached.get('cached'), await cached.get('cached'), await cached.get('cached'))
    say('asked', (await calls()) - before)
    await other.set('cached', '2')
    await until(async () => (await cached.get('cached')) === '2')
    say('reads', await cached.get('cached'), (await cached.mGet(['cached', 'absent'])))
    await other.flushAll()
    await until(async () => (await cached.get('cached')) === null)
    await other.set('cached', '3')
    await until(async () => (await cached.get('cached')) === '3')
    await other.pExpire('cached', 20)
    await until(async () => (await cached.get('cached')) === null)
    say('expired', await cached.get('cached'))
    cached.destroy()
  }
  for (const client of [c, other, sub]) client.destroy()
}

await (how === 'ioredis' ? ioredis() : nodeRedis(how === 'redis3' ? 3 : 2))
say('done')

// Opens the page for people in a browser without a window and prints what is
// wrong with it, a line each; nothing when all is well.
//
//   node look.mjs BROWSER URL FOLDER
//
// Screenshots go to the folder. The server has to be under load. What it hardly
// ever answers is answered in its place.
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [browserPath, url, folder] = process.argv.slice(2);
const patience = 20000;
const complain = text => console.log(text);

const views = [
  { name: 'desktop', viewport: { width: 1360, height: 900 } },
  { name: 'phone', viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
];

// What the page shows, read in the page. The plots that must have a line are
// those of figures that a load always moves.
const drawn = () => {
  const lines = {};
  for (const figure of document.querySelectorAll('figure')) {
    const points = [...figure.querySelectorAll('path:not(.area)')].map(p => (p.getAttribute('d').match(/[ML]/g) || []).length);
    lines[figure.querySelector('h2').textContent] = Math.max(0, ...points);
  }
  return { lines, tiles: document.querySelector('#tiles').innerText, commands: document.querySelector('#tables').innerText };
};
const complete = () => ['Throughput', 'Latency, socket to socket', 'Where it goes, p99', 'Memory', 'Lookups', 'Network', 'Processor', 'Clients'].every(title =>
  [...document.querySelectorAll('figure')].some(f => f.querySelector('h2').textContent === title &&
    [...f.querySelectorAll('path:not(.area)')].some(p => (p.getAttribute('d').match(/[ML]/g) || []).length >= 3)));

// contrasts returns texts that stand out from what is behind them by less than
// 4.5 to 1, as the guidelines for accessible content (WCAG 2, level AA) ask.
const contrasts = () => {
  const parse = c => { const n = c.match(/[\d.]+/g).map(Number); return { rgb: n.slice(0, 3), alpha: n[3] ?? 1 }; };
  const luminance = rgb => rgb.map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const behind = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.alpha === 1) return c.rgb; } return [255, 255, 255]; };
  const out = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n = walker.nextNode(); n; n = walker.nextNode()) {
    const e = n.parentElement, style = getComputedStyle(e);
    if (!n.data.trim() || e.closest('script,style,noscript') || !e.checkVisibility()) continue;
    const ink = parse(e instanceof SVGElement ? style.fill : style.color).rgb;
    const [a, b] = [luminance(ink), luminance(behind(e))].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    if (ratio < 4.5) out.push(`${JSON.stringify(n.data.trim())} has a contrast of ${ratio.toFixed(2)}`);
  }
  return out;
};

// unlabelled returns what can be operated or drawn upon and has no name.
const unlabelled = () => [...document.querySelectorAll('button, input, progress, table, section, [tabindex], [role=slider]')]
  .filter(e => !(e.getAttribute('aria-label') || e.textContent.trim() || e.labels?.[0]?.textContent.trim()))
  .map(e => `a ${e.tagName} has no label`);

async function open(browser, view, origin) {
  const context = await browser.newContext(view);
  const page = await context.newPage();
  page.on('console', m => complain(`${view.name}: console ${m.type()}: ${m.text()}`));
  page.on('pageerror', e => complain(`${view.name}: ${e.stack}`));
  page.on('request', r => { if (new URL(r.url()).protocol !== 'data:' && new URL(r.url()).origin !== origin) complain(`${view.name}: asks for ${r.url()}`); });
  page.on('response', r => { if (r.status() >= 400) complain(`${view.name}: ${r.status()} for ${r.url()}`); });
  await page.goto(url);
  return page;
}

async function inspect(page, view) {
  const say = text => complain(`${view.name}: ${text}`);
  await page.waitForFunction(complete, null, { timeout: patience });
  const before = await page.evaluate(drawn);
  await page.waitForFunction(old => document.querySelector('#tiles').innerText !== old, before.tiles, { timeout: patience });
  const after = await page.evaluate(drawn);
  if (!after.commands.includes('set')) say(`SET is not among the commands: ${after.commands}`);
  if (!/Hot keys[^]*\bn\b[^]*Costly keys/.test(after.commands)) say(`the counter is no hot key: ${after.commands}`);
  const cards = { 'Key prefixes': /user:[^]*(49\.9|50\.\d)[^]*session:/, 'Large requests': /set\s[^]*5\.89\sKiB/, 'Large replies': /get\s[^]*5\.87\sKiB/ };
  for (const [card, shown] of Object.entries(cards)) {
    const text = await page.locator(`section[aria-label="${card}"]`).innerText();
    if (!shown.test(text)) say(`${card}: ${text}`);
  }
  // It has no TCP port.
  if (!/^\/.*\/s \u00b7 up /.test(await page.textContent('#about'))) say(`about: ${await page.textContent('#about')}`);
  if (/NaN|undefined|null|Infinity|\[object/.test(after.tiles + after.commands)) say(`words that are no figures: ${after.tiles} ${after.commands}`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (wide > 0) say(`${wide} pixels too wide`);
  for (const text of await page.evaluate(unlabelled)) say(text);
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    for (const text of await page.evaluate(contrasts)) say(`${colorScheme}: ${text}`);
    await page.screenshot({ path: join(folder, `${view.name}-${colorScheme}.png`), fullPage: true });
  }
}

// keys works the page with the keyboard alone.
async function keys(page, view) {
  const say = text => complain(`${view.name}: ${text}`);
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.name || document.activeElement.getAttribute('aria-label'));
  await page.keyboard.press('Tab');
  if (await focused() !== 'span') say(`the first Tab goes to ${await focused()}`);
  await page.keyboard.press('ArrowRight');
  if (!await page.evaluate(() => document.querySelector('[value="300"]').checked)) say('an arrow does not choose the time shown');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  if (await page.textContent('#state') !== 'Paused') say('Enter on the button does not pause');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  if (await focused() !== 'Throughput, moment') say(`the third Tab goes to ${await focused()}`);
  await page.keyboard.press('Home');
  if (!await page.evaluate(() => /ago: commands \d/.test(document.activeElement.getAttribute('aria-valuetext')))) {
    say(`Home on a plot says ${await page.evaluate(() => document.activeElement.getAttribute('aria-valuetext'))}`);
  }
  await page.keyboard.press('Escape');
}

// odd is answers that a server hardly ever gives: the n-th one of each kind is
// made from a true one. shown is what the page says of the last.
const markup = '<img src="x" onerror="document.title=1"><script>document.title=1</script>', long = 'x'.repeat(128);
const key = (key, db) => ({ key, db, value: .5 });
const odd = {
  'of names': {
    make(a) {
      a.node.port = 0;
      a.node.socket = '/' + long;
      a.keys = { hot: [key(markup, 0), key('', 0), key(' ', 1)], costly: [key(long, 0)], big: [key(markup, 15), key(long, 0)] };
      a.prefixes = [markup, long].map(prefix => ({ prefix, hits: 1, misses: 0, in_bytes: 1, out_bytes: 1, evicted: 0 }));
      a.errors = [{ code: markup, count: 1 }];
    },
    shown: [/Hot keys[^]*\n<img src="x"[^]*\n""\s[^]*\n" " \(db1\)/],
  },
  'of nothing': {
    make(a) {
      for (const k in a.totals) a.totals[k] = 0;
      a.clients.connected = a.persistence.last_save_unix_s = 0;
      a.keys = { hot: [], costly: [], big: [] };
      a.commands = a.errors = a.prefixes = a.databases = a.pauses.latest = a.slow.calls = [];
      a.latency.total = a.latency.wait = a.latency.execute = a.latency.write = [];
    },
    shown: [/No command was called/, /No database holds keys/, /No reply was an error/],
  },
  'of much': {
    make(a, n) {
      for (const k in a.totals) a.totals[k] = 1e15 + 1e12 * n;
      a.memory.used_bytes = a.memory.rss_bytes = a.memory.max_bytes = 5e15;
      a.clients.connected = a.clients.blocked = a.clients.max;
      a.node.uptime_s = 1e9;
      a.databases = Array.from({ length: 20 }, (_, index) => ({ index, keys: 1e10, expiring: 1e10, rehashing: true, level: 33, split: 2 ** 32,
        steps: 1e6 * n, buckets: 1e10, overflow: 1e9, table_bytes: 1e12 }));
    },
    shown: [/12 more hold keys/, /Memory is at 100/],
  },
  'with the clock set back': {
    make(a, n) {
      if (n > 4) a.taken_unix_ms -= 3600e3;
      a.totals.commands = 50 * n * n; // 100 n - 50 more than the one before
    },
    shown: [/\b750\s\/s/],
  },
};

async function look(browser, name, of, answer) {
  const say = text => complain(`answers ${name}: ${text}`), last = 8;
  const context = await browser.newContext({ viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true, colorScheme: 'dark' });
  const page = await context.newPage();
  page.on('console', m => say(`console ${m.type()}: ${m.text()}`));
  page.on('pageerror', e => say(e.stack));
  await page.clock.install();
  let n = 0;
  await page.route('**/live.json', route => {
    const a = structuredClone(answer);
    n = Math.min(n + 1, last);
    a.taken_unix_ms += 1000 * n;
    a.age_ms = 0;
    of.make(a, n);
    return route.fulfill({ json: a });
  });
  await page.goto(url);
  // Behind the last one the same comes again, which the page does not draw.
  for (const deadline = Date.now() + patience; n < last && Date.now() < deadline;) {
    const next = page.waitForResponse('**/live.json', { timeout: patience });
    await page.clock.runFor(1000);
    await next;
  }
  const text = () => page.evaluate(() => document.body.innerText);
  for (const shown of of.shown) {
    await page.waitForFunction(r => new RegExp(r).test(document.body.innerText), shown.source, { timeout: patience, polling: 100 })
      .catch(async () => say(`no ${shown} in ${await text()}`));
  }
  if (/NaN|undefined|null|Infinity|\[object/.test(await text())) say(`words that are no figures: ${await text()}`);
  for (const wrong of await page.evaluate(() => [
    document.documentElement.scrollWidth > document.documentElement.clientWidth && 'too wide',
    document.querySelector('img, main script, footer script') && 'names became markup',
    [...document.querySelectorAll('path')].some(p => /NaN|Infinity/.test(p.getAttribute('d'))) && 'lines that lead nowhere',
  ])) if (wrong) say(wrong);
  await page.screenshot({ path: join(folder, `odd-${name.replace(/ /g, '-')}.png`), fullPage: true });
  await context.close();
}

const browser = await chromium.launch({ executablePath: browserPath, chromiumSandbox: false });
try {
  const origin = new URL(url).origin;
  await Promise.all(views.map(async view => {
    const page = await open(browser, view, origin);
    await inspect(page, view);
    if (!view.isMobile) await keys(page, view);
    await page.context().close();
  }));
  const answer = await (await fetch(new URL('live.json', url))).json();
  for (const [name, of] of Object.entries(odd)) await look(browser, name, of, answer);
} catch (e) {
  complain(e.stack);
} finally {
  await browser.close();
}

// Starts the real program on a database of its own and drives the real browser against it.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import { createHmac } from 'node:crypto';
import { chromium } from 'playwright-core';
import assert from 'node:assert/strict';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const BINARY = process.env.HUIYIN_BINARY ?? new URL('../target/debug/huiyin', import.meta.url).pathname;
const SHOTS = process.env.HUIYIN_SHOTS;
export const PHONE = { width: 390, height: 844 };
export const DESK = { width: 1440, height: 900 };
export const PASSWORD = 'huiyin-demo';

/** The databases to walk on: SQLite always, PostgreSQL where the gate started one. */
export function databases() {
  const named = [{ name: 'SQLite', address: () => undefined }];
  const postgres = process.env.HUIYIN_TEST_POSTGRES;
  if (postgres) named.push({ name: 'PostgreSQL', address: () => createDatabase(postgres) });
  return named;
}

let made = 0;
async function createDatabase(server) {
  const name = `walk_${process.pid}_${made += 1}`;
  const psql = spawn('psql', ['-q', `${server}/postgres`, '-c', `create database ${name}`], { stdio: 'inherit' });
  const code = await new Promise(done => psql.on('exit', done));
  assert.equal(code, 0, 'psql makes a database for the walk');
  return `${server}/${name}`;
}

/** Starts `huiyin demo`, with fields of its configuration set; `stop` ends it. All walkers come from one address: their rate is of no interest unless asked for. */
export async function serve(address, settings = {}, port = 0) {
  const folder = mkdtempSync(join(tmpdir(), 'huiyin-walk-'));
  const options = ['demo', '--listen', `127.0.0.1:${port}`];
  if (address) options.push('--database', address);
  const child = spawn(BINARY, options, { env: { ...process.env, TMPDIR: folder, HUIYIN_FILINGS_BURST: '1000', ...settings }, stdio: ['ignore', 'pipe', 'inherit'] });
  let database;
  const base = await new Promise((found, failed) => {
    let said = '';
    child.stdout.on('data', chunk => {
      said += chunk;
      const at = said.match(/listening on (http:\S+)/);
      database = said.match(/demo database: (\S+)/)?.[1];
      if (at) found(at[1]);
    });
    child.on('exit', code => failed(new Error(`huiyin demo ended with ${code}: ${said}`)));
  });
  return {
    base,
    /** A statement given to the database beside the program: what only time would bring about. */
    async alter(sql) {
      const [tool, ...args] = database.startsWith('sqlite:')
        ? ['python3', '-c', 'import sqlite3,sys; c=sqlite3.connect(sys.argv[1],timeout=30); c.execute(sys.argv[2]); c.commit()', database.slice(7), sql]
        : ['psql', '-q', database, '-c', sql];
      const code = await new Promise(done => spawn(tool, args, { stdio: 'inherit' }).on('exit', done));
      assert.equal(code, 0, `${tool} alters the database`);
    },
    /** Rows that stand in the database beside the program, a list of columns for each. */
    async ask(sql) {
      const [tool, ...args] = database.startsWith('sqlite:')
        ? ['python3', '-c', 'import sqlite3,sys; c=sqlite3.connect(sys.argv[1],timeout=30); [print("|".join(map(str,r))) for r in c.execute(sys.argv[2])]', database.slice(7), sql]
        : ['psql', '-qtA', database, '-c', sql];
      const asked = spawn(tool, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      let said = '';
      asked.stdout.on('data', chunk => { said += chunk; });
      const code = await new Promise(done => asked.on('close', done));
      assert.equal(code, 0, `${tool} reads the database`);
      return said.split('\n').filter(Boolean).map(line => line.split('|'));
    },
    async stop() {
      child.removeAllListeners('exit');
      const gone = new Promise(done => child.on('exit', done));
      child.kill('SIGINT');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const LAUNCH = {
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
};

/** The browser of the machine; nothing of it reaches out. */
export function browser() {
  return chromium.launch(LAUNCH);
}

/** The same with a profile that stays in a folder: history, cache and autofill as on anybody's machine. */
export function browserIn(folder, options) {
  return chromium.launchPersistentContext(folder, { ...LAUNCH, viewport: PHONE, locale: 'zh-CN', ...options });
}

/** A visitor with cookies of their own. Faults of the page's console and refused resources fail the walk. */
export async function visitor(chrome, { js = true, size = PHONE, dark = false, locale = 'zh-CN' } = {}) {
  const context = await chrome.newContext({
    javaScriptEnabled: js, viewport: size, locale, colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce',
  });
  // Long enough for a machine that builds beside it: a page that never comes still fails.
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const faults = [];
  page.on('console', message => {
    // A refused form is answered 422 on purpose; the browser notes every such status.
    if (message.type() === 'error' && !/status of (4\d\d)/.test(message.text())) faults.push(message.text());
  });
  page.on('pageerror', error => faults.push(String(error)));
  return { context, page, faults, js, size };
}

/** Looks at the page as it is: accessibility, no sideways scrolling, and a picture when asked for. */
export async function look({ page, js, size, faults }, name) {
  assert.deepEqual(faults, [], `${name}: the console is quiet`);
  if (js) {
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() => window.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }));
    const found = violations.map(v => `${v.id}: ${v.nodes.map(n => n.target.join(' ')).slice(0, 4).join(' | ')}`);
    assert.deepEqual(found, [], `${name} at ${size.width}: axe`);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(wide <= 0, `${name} at ${size.width} scrolls sideways by ${wide} px`);
  }
  if (SHOTS && js) {
    mkdirSync(SHOTS, { recursive: true });
    await page.screenshot({ path: join(SHOTS, `${name}-${size.width}.png`), fullPage: true });
  }
}

/** Logs an official in, who then stands where their work begins. */
export async function logIn({ page }, base, login) {
  await page.goto(`${base}/staff/login`);
  await page.fill('#login', login);
  await page.fill('#password', PASSWORD);
  await page.click('main button');
  await page.waitForURL(url => url.pathname !== '/staff/login');
}

/** What an authenticator shows for a secret now (RFC 6238). */
export function totp(secret) {
  const bits = [...secret].map(letter => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map(byte => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac('sha1', key).update(step).digest();
  const at = mac[19] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

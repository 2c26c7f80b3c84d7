// Starts the real program on a database of its own and drives the real browser against it.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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

/** The databases to walk on: SQLite always, PostgreSQL where the gate started one; its address is the place. */
export function databases() {
  const named = [{ name: 'SQLite', place: undefined }];
  const postgres = process.env.HUIYIN_TEST_POSTGRES;
  if (postgres) named.push({ name: 'PostgreSQL', place: postgres });
  return named;
}

/** Runs a command to its end; what it printed. */
async function run(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], ...options });
  let said = '';
  child.stdout.on('data', chunk => { said += chunk; });
  const code = await new Promise(done => child.on('close', done));
  assert.equal(code, 0, `${command} ${args[0]} ended with ${code}: ${said}`);
  return said;
}

let made = 0;
async function createDatabase(server) {
  const name = `walk_${process.pid}_${made += 1}`;
  await run('psql', ['-q', `${server}/postgres`, '-c', `create database ${name}`]);
  return `${server}/${name}`;
}

// Where the demo is kept as it is when made, for every walk to begin with a copy: a folder for the whole run of walks, or for
// this process alone.
const KEPT = process.env.HUIYIN_WALK_DEMO ?? mkdtempSync(join(tmpdir(), 'huiyin-walk-demo-'));
if (!process.env.HUIYIN_WALK_DEMO) process.on('exit', () => rmSync(KEPT, { recursive: true, force: true }));

/** The demo on a database of its kind, made once: the folder of its files, and its database when that is on a server. */
async function demo(server) {
  const kept = join(KEPT, server ? 'postgres' : 'sqlite');
  const note = join(kept, 'made.json');
  if (!existsSync(note)) {
    rmSync(kept, { recursive: true, force: true });
    mkdirSync(kept, { recursive: true });
    const database = server && await createDatabase(server);
    const options = database ? ['--database', database] : [];
    const said = await run(BINARY, ['demo', '--prepare-only', ...options], { env: { ...process.env, TMPDIR: kept } });
    const folder = dirname(said.match(/--config (\S+)/)[1]);
    writeFileSync(note, JSON.stringify({ folder, database }));
  }
  return JSON.parse(readFileSync(note, 'utf8'));
}

/** A copy of the demo in a folder; its configuration. */
async function copyDemo(folder, server) {
  const { folder: from, database } = await demo(server);
  const own = join(folder, 'demo');
  cpSync(from, own, { recursive: true });
  const config = join(own, 'huiyin.toml');
  let text = readFileSync(config, 'utf8').replaceAll(from, own);
  if (server) {
    const copy = `${database.slice(database.lastIndexOf('/') + 1)}_${process.pid}_${made += 1}`;
    await run('psql', ['-q', `${server}/postgres`, '-c', `create database ${copy} template ${database.slice(server.length + 1)}`]);
    text = text.replaceAll(database, `${server}/${copy}`);
  }
  writeFileSync(config, text);
  return config;
}

/** Serves a demo of its own, with fields of its configuration set; `stop` ends it. All walkers come from one address: their rate is of no interest unless asked for. */
export async function serve(server, settings = {}, port = 0) {
  const folder = mkdtempSync(join(tmpdir(), 'huiyin-walk-'));
  const config = await copyDemo(folder, server);
  const options = ['serve', '--config', config];
  const env = { ...process.env, TMPDIR: folder, RUST_LOG: 'error', HUIYIN_LISTEN: `127.0.0.1:${port}`, HUIYIN_FILINGS_BURST: '1000', ...settings };
  const child = spawn(BINARY, options, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const database = readFileSync(config, 'utf8').match(/^database = "(.*)"$/m)[1];
  const base = await new Promise((found, failed) => {
    let said = '';
    child.stdout.on('data', chunk => {
      said += chunk;
      const at = said.match(/listening on (http:\S+)/);
      if (at) found(at[1]);
    });
    child.on('exit', code => failed(new Error(`huiyin serve ended with ${code}: ${said}`)));
  });
  const ask = sql => (database.startsWith('sqlite:')
    ? run('python3', ['-c', 'import sqlite3,sys; c=sqlite3.connect(sys.argv[1],timeout=30); [print("|".join(map(str,r))) for r in c.execute(sys.argv[2])]; c.commit()', database.slice(7), sql])
    : run('psql', ['-qtA', database, '-c', sql]));
  return {
    base,
    /** A statement given to the database beside the program: what only time would bring about. */
    async alter(sql) {
      await ask(sql);
    },
    /** Rows that stand in the database beside the program, a list of columns for each. */
    async ask(sql) {
      return (await ask(sql)).split('\n').filter(Boolean).map(line => line.split('|'));
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

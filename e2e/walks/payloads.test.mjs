// WEB-1, WEB-2: whatever people write stays words: hundreds of texts that would run, were they markup, in every field, and every
// page that shows them, looked at with a browser. And no policy that is sent has a hole that Google's csp_evaluator knows.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { CspEvaluator } from 'csp_evaluator/dist/evaluator.js';
import { CspParser } from 'csp_evaluator/dist/parser.js';
import { Version } from 'csp_evaluator/dist/csp.js';
import { browser, databases, DESK, logIn, serve, visitor } from '../lib.mjs';

const RUN = 'window.__pwned=1';
/** What a text may have to break out of. */
const OUT_OF = ['', '"', "'", '">', "'>", '</textarea>', '</title>', '</script>', '</style>', '--><!-- -->', '</option></select>', '\\u003c/p>', ']]>'];
/** What would run there. */
const RUNS = [
  `<script>${RUN}</script>`, `<SCRIPT/x>${RUN}</SCRIPT>`, `<scr<script>ipt>${RUN}</script>`, `<img src=x onerror=${RUN}>`,
  `<img src=x onerror="${RUN}//`, `<svg onload=${RUN}>`, `<svg><script>${RUN}</script></svg>`, `<svg><animate onbegin=${RUN} attributeName=x dur=1s>`,
  `<body onload=${RUN}>`, `<input autofocus onfocus=${RUN}>`, `<details open ontoggle=${RUN}>`, `<video><source onerror=${RUN}></video>`,
  `<iframe srcdoc="<script>parent.__pwned=1</script>"></iframe>`, `<iframe src="javascript:parent.__pwned=1"></iframe>`,
  `<object data="javascript:${RUN}"></object>`, `<a href="javascript:${RUN}" autofocus onfocus=${RUN}>x</a>`, `<math><mtext><table><mglyph><style><img src onerror=${RUN}>`,
  `<style>@import 'javascript:${RUN}';*{background:url(x)}</style>`, `<link rel=stylesheet href="data:text/css,*{x:y}">`, `<meta http-equiv=refresh content="0;url=javascript:${RUN}">`,
  `<base href="//127.0.0.1:1/">`, `<form><button formaction="javascript:${RUN}" autofocus onfocus=${RUN}>`, ` autofocus onfocus=${RUN} x=`,
  `{{constructor.constructor('${RUN}')()}}`, `\${${RUN}}`, `&lt;script&gt;${RUN}&lt;/script&gt;`, `＜script＞${RUN}＜/script＞`,
];
const PAYLOADS = OUT_OF.flatMap(out => RUNS.map(run => out + run));
/** The demo's district petition office. */
const OFFICE = '00000000-0000-0000-0000-000000000004';
/** Most pages of one visitor, so that the walk ends. */
const MOST = 30;

let drawn = 0;
const payload = () => PAYLOADS[drawn++ % PAYLOADS.length];
const payloads = n => Array.from({ length: n }, payload).join('\n');

/** A visitor whose every page is watched: scripts that ran, what the browser refused, questions of its own, policies. */
async function watched(chrome, policies) {
  const who = await visitor(chrome, { size: DESK });
  who.seen = { pages: 0, shown: 0 };
  await who.context.addInitScript(() => document.addEventListener('securitypolicyviolation', event => {
    console.error(`refused by ${event.effectiveDirective}: ${event.blockedURI} ${event.sample}`);
  }));
  who.page.on('dialog', dialog => { who.faults.push(`asked: ${dialog.message()}`); dialog.dismiss(); });
  who.page.on('response', response => {
    const policy = response.headers()['content-security-policy'];
    if (policy) policies.set(policy, new URL(response.url()).pathname);
  });
  return who;
}

/** Nothing ran on the page as it is. */
async function inert({ page, faults, seen }) {
  const { pwned, shown } = await page.evaluate(() => ({ pwned: window.__pwned, shown: document.documentElement.outerHTML.includes('__pwned') }));
  assert.equal(pwned, undefined, `${page.url()}: something ran`);
  assert.deepEqual(faults, [], page.url());
  seen.pages += 1;
  seen.shown += shown ? 1 : 0;
}

/** Every page that can be reached from here by links of ours, those of `first` before the others. */
async function crawl(who, base, from, first = /$^/) {
  const { page } = who;
  const known = new Set();
  const queue = [from];
  const links = async () => {
    const found = await page.$$eval('a[href^="/"]:not([download])', all => all.map(a => a.getAttribute('href')));
    for (const link of found) {
      const path = link.split('#')[0];
      if (known.has(path) || /^\/(assets|log|language|exit|api|staff\/logout)|\/files\/\d|display=/.test(path)) continue;
      known.add(path);
      if (first.test(path)) queue.unshift(path); else queue.push(path);
    }
  };
  for (let n = 0; n < MOST && queue.length; n += 1) {
    await page.goto(base + queue.shift());
    await inert(who);
    await links();
  }
  return known;
}

/** Fills every text field of the form that is there, chooses the first of what is to be chosen, and sends it. */
async function fill(who, button) {
  const { page } = who;
  await page.evaluate(() => {
    const groups = new Set();
    for (const radio of document.querySelectorAll('main input[type=radio]')) {
      if (!groups.has(radio.name)) radio.checked = true;
      groups.add(radio.name);
    }
    for (const select of document.querySelectorAll('main select')) if (select.options.length > 1) select.selectedIndex = 1;
  });
  for (const control of await page.locator('main form textarea:visible, main form input[type=text]:visible').all()) {
    await control.fill(await control.evaluate(el => el.tagName) === 'TEXTAREA' ? payloads(4) : payload());
  }
  await page.click(button);
  await page.waitForLoadState('load');
  await inert(who);
}

/** A file over the API, whose name would run; its handle. */
async function bring(base) {
  const form = new FormData();
  form.append('file', new Blob([`<script>${RUN}</script>`]), `${payload().replaceAll('/', ' ')}.txt`);
  const answer = await fetch(`${base}/api/v1/files`, { method: 'POST', body: form });
  const said = await answer.text();
  assert.equal(answer.status, 201, said);
  return JSON.parse(said).handle;
}

/** Petitions over the API, every text of them full. */
async function file(base, n) {
  const codes = [];
  for (let i = 0; i < n; i += 1) {
    const body = {
      kind: 'claim', office: OFFICE, title: payload(), body: payloads(12), requests: [payload(), payload(), payload()],
      identity: { name: payload(), address: payload() }, token: `payload-${process.pid}-${i}`, files: i % 4 ? [] : [await bring(base)],
    };
    const answer = await fetch(`${base}/api/v1/petitions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    const said = await answer.text();
    assert.equal(answer.status, 201, said);
    codes.push(JSON.parse(said).code);
  }
  return codes;
}

for (const { name, place } of databases().slice(0, 1)) {
  test(`${name}: WEB-1: nothing that people write runs; WEB-2: no policy has a known hole`, async () => {
    assert.ok(PAYLOADS.length >= 300);
    const server = await serve(place);
    const { base } = server;
    const chrome = await browser();
    const policies = new Map();
    try {
      // The control: where nothing is escaped, it is noticed.
      const control = await watched(chrome, policies);
      await control.page.setContent(`<p>${RUNS[3]}</p>`);
      await control.page.waitForFunction(() => window.__pwned === 1);
      await control.context.close();

      const codes = await file(base, 24);
      const writer = await watched(chrome, policies);
      await writer.page.goto(`${base}/submit`);
      for (let step = 0; step < 12 && !writer.page.url().endsWith('/submit/received'); step += 1) {
        const before = writer.page.url();
        await fill(writer, 'main button[value=on]');
        // What is refused is shown again with what was typed; then as people write it.
        if (writer.page.url() === before) {
          for (const [field, words] of [['n_people', '1'], ['phone', ''], ['address', '青河路1号'], ['name', payload()]]) {
            const input = writer.page.locator(`#${field}:visible`);
            if (await input.count()) await input.fill(words);
          }
          await writer.page.click('main button[value=on]');
          await inert(writer);
        }
      }
      assert.ok(writer.page.url().endsWith('/submit/received'), writer.page.url());
      await writer.page.goto(`${base}/follow`);
      await writer.page.fill('#code', codes[0]);
      await writer.page.click('main form button.govuk-button');
      await crawl(writer, base, '/follow', /^\/follow/);
      const taken = await writer.page.request.get(`${base}/follow/files/0`);
      policies.set(taken.headers()['content-security-policy'], '/follow/files/0');

      const clerk = await watched(chrome, policies);
      await logIn(clerk, base, 'petition-clerk');
      await clerk.page.goto(`${base}/staff/register`);
      await fill(clerk, 'main form.card button.govuk-button:not(.govuk-button--secondary)');
      const reached = await crawl(clerk, base, '/staff', /^\/staff\/cases\//);
      const acts = [...reached].filter(path => path.includes('/acts/'));
      assert.ok(acts.length >= 5, `only ${acts.length} acts were offered`);
      for (const path of acts.slice(0, 12)) {
        await clerk.page.goto(base + path);
        if (await clerk.page.locator('main form.card').count()) await fill(clerk, 'main form.card button.govuk-button:not(.govuk-button--secondary)');
      }
      const audit = await watched(chrome, policies);
      await logIn(audit, base, 'audit');
      await crawl(audit, base, '/staff');
      // What an address says is words too.
      for (const path of ['/staff?view=', '/staff?channel=', '/follow?code=', '/verify?x=', '/paths?way=', '/language?to=en&back=', '/staff/login?next=', '/nowhere/']) {
        await clerk.page.goto(base + path + encodeURIComponent(payload()));
        await inert(clerk);
      }
      for (const [{ seen }, least] of [[writer, 6], [clerk, 25]]) assert.ok(seen.shown >= least, `payloads stood on ${seen.shown} pages of ${seen.pages}`);
      const pages = [writer, clerk, audit].reduce((sum, { seen }) => sum + seen.pages, 0);

      for (const path of ['/api/v1/openapi.json', '/assets/none', '/log/checkpoint', '/privacy']) {
        const answer = await fetch(base + path);
        const policy = answer.headers.get('content-security-policy');
        if (policy) policies.set(policy, path);
      }
      assert.ok(policies.size >= 3, `pages, the API and files send one each: ${[...policies.keys()].join(' | ')}`);
      for (const [policy, path] of policies) {
        const found = new CspEvaluator(new CspParser(policy).csp, Version.CSP3).evaluate();
        const grave = found.filter(one => one.severity <= 30).map(one => `${one.directive}: ${one.description}`);
        assert.deepEqual(grave, [], `${path}: ${policy}`);
      }
      const hole = new CspEvaluator(new CspParser("script-src 'unsafe-inline'").csp, Version.CSP3).evaluate();
      assert.ok(hole.some(one => one.severity <= 30), 'the control: a hole is seen');
      console.log(`${name}.payloads=${PAYLOADS.length} written=${drawn} pages=${pages} policies=${policies.size}`);
    } finally {
      await chrome.close();
      await server.stop();
    }
  });
}

// Officials at their desks: from a letter at the counter to the first review, on every database; refusals on the way.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { browser, databases, DESK, logIn, look, PHONE, serve, visitor } from '../lib.mjs';

/** An official at a browser of their own. */
async function official(chrome, base, login, options) {
  const who = await visitor(chrome, { size: DESK, ...options });
  await logIn(who, base, login);
  return who;
}

/** Opens the case of that title from the inbox. */
async function open({ page }, base, title) {
  await page.goto(`${base}/staff`);
  for (;;) {
    const link = page.locator('.ttl', { hasText: title });
    if (await link.count()) return link.first().click();
    await page.click('a[rel=next]');
  }
}

/** Gives a command with the fields named; a value in a list is ticked or chosen. */
async function give(who, verb, fields, { name } = {}) {
  const { page } = who;
  await page.click(`a[href$="/acts/${verb}"]`);
  if (name) await look(who, name);
  for (const [field, value] of Object.entries(fields)) {
    const control = page.locator(`[name="${field}"]`);
    const kind = await control.first().evaluate(el => el.type ?? el.tagName.toLowerCase());
    if (kind === 'checkbox' || kind === 'radio') {
      for (const one of [value].flat()) {
        if (one === true) for (const box of await control.all()) await box.check();
        else await page.locator(`label:text("${one}")`).first().click();
      }
    } else if (kind.startsWith('select')) {
      await control.selectOption({ label: value });
    } else {
      await control.fill(value);
    }
  }
  await page.click('main form.card button.govuk-button:not(.govuk-button--secondary)');
}

async function done({ page }) {
  const status = page.locator('[role=status]');
  if (!await status.count()) assert.fail(`not done: ${await page.locator('.govuk-error-summary').textContent().catch(() => page.url())}`);
}

for (const { name, place } of databases()) {
  test(`${name}: from the counter to the first review`, async () => {
    const server = await serve(place);
    const chrome = await browser();
    const { base } = server;
    const title = '东垣镇道路占地补偿款少发';
    try {
      const clerk = await official(chrome, base, 'petition-clerk');
      await look(clerk, 'inbox');
      await clerk.page.click('a[href="/staff/reminders"]');
      await look(clerk, 'reminders');
      const reminded = await clerk.page.locator('tbody .ttl').count();
      assert.ok(reminded > 0, 'the demo has deadlines to be reminded of');
      await clerk.page.click('form.put-away button');
      assert.equal(await clerk.page.locator('tbody .ttl').count(), 0, 'put away');
      await clerk.page.goto(`${base}/staff/register`);
      await look(clerk, 'register');
      await clerk.page.fill('#title', title);
      await clerk.page.click('main form.card button');
      assert.match(await clerk.page.textContent('.govuk-error-summary'), /请选择“类别”/);
      assert.equal(await clerk.page.inputValue('#title'), title);
      await look(clerk, 'register-fault');
      await clerk.page.check('#kind-0');
      await clerk.page.fill('#body', '三户称按2023年标准结算，与公示不一致。');
      await clerk.page.fill('#wants', '补发差额');
      await clerk.page.fill('#name', '赵有贵');
      await clerk.page.fill('#phone', '13800002211');
      await clerk.page.click('main form.card button');
      const code = (await clerk.page.textContent('.code .v')).trim();
      assert.match(code, /^([2-9A-Z]{4}-){2}[2-9A-Z]{4}$/, 'the counter gives a short code');
      await look(clerk, 'slip');
      await clerk.page.reload();
      assert.equal((await clerk.page.textContent('.code .v')).trim(), code, 'sent twice, it is one petition with one code');

      await open(clerk, base, title);
      assert.match(await clerk.page.textContent('main'), /赵\*贵/);
      assert.ok(!(await clerk.page.content()).includes('13800002211'), 'the telephone is masked');
      await look(clerk, 'case');
      await give(clerk, 'register', { class: '自然资源' }, { name: 'act-register' });
      await done(clerk);
      await give(clerk, 'forward', { to: '区自然资源和规划分局' });
      await done(clerk);
      assert.equal(await clerk.page.locator('a[href$="/acts/accept"]').count(), 0, 'the office may not accept it');

      const unit = await official(chrome, base, 'land-clerk');
      await open(unit, base, title);
      await give(unit, 'take_up', { official: '经办' });
      await done(unit);
      const handler = await official(chrome, base, 'land-handler');
      await open(handler, base, title);
      await give(handler, 'accept', { ways_examined: true, ways_reason: '没有正在进行的诉讼、仲裁或复议，也不属于本机关其他程序。' }, { name: 'act-accept' });
      assert.match(await handler.page.textContent('.govuk-error-summary'), /利害关系/, 'interests have to be declared');
      assert.ok((await handler.page.inputValue('#ways_reason')).length > 10, 'what was typed is still there');
      await look(handler, 'act-accept-refused');
      await handler.page.check('#no_conflict-0');
      await handler.page.click('main form.card button');
      await done(handler);

      assert.ok(!(await handler.page.textContent('main')).includes('13800002211'), 'masked');
      await handler.page.click('a[href$="/identity?field=phone"]');
      await look(handler, 'identity');
      await handler.page.click('form[action$="/identity"] button');
      assert.match(await handler.page.textContent('.govuk-error-summary'), /请选择“用来做什么”/, 'a purpose has to be chosen');
      await look(handler, 'identity-refused');
      await handler.page.check('#purpose-0');
      await handler.page.fill('#words', '约定面谈时间');
      await handler.page.click('form[action$="/identity"] button');
      const shown = await handler.page.textContent('main');
      assert.ok(shown.includes('13800002211') && !shown.includes('赵'), 'the one field');
      await look(handler, 'identity-open');
      await open(handler, base, title);
      await give(handler, 'record_contact', { kind: '面谈', heard: true, note: '赵有贵说明了三户的面积和标准。' });
      await done(handler);
      await give(handler, 'draft_opinion', {
        findings: '经查，三户应按2025年标准结算。', 'answers.0.outcome': '予以支持', 'answers.0.reason': '公示标准适用于2025年后的征收。',
        'answers.0.article': '《土地管理法》第四十八条', 'answers.0.action': '补发差额', 'answers.0.executor': '区自然资源和规划分局', 'answers.0.due_on': '2027-03-01',
      });
      await done(handler);

      const head = await official(chrome, base, 'land-head');
      await open(head, base, title);
      await head.page.click('a[href$="/acts/issue_opinion"]');
      assert.match(await head.page.inputValue('#findings'), /2025年标准/, 'the draft is there to be signed');
      await look(head, 'act-issue-opinion');
      const stale = await official(chrome, base, 'land-handler');
      await open(stale, base, title);
      await stale.page.click('a[href$="/acts/record_contact"]');
      await head.page.check('#no_conflict-0');
      await head.page.click('main form.card button');
      await done(head);
      await stale.page.check('#kind-1');
      await stale.page.fill('#note', '写了很久的记录');
      await stale.page.click('main form.card button');
      assert.match(await stale.page.textContent('.govuk-error-summary'), /有了新进展/, 'a stale version is refused');
      assert.equal(await stale.page.inputValue('#note'), '写了很久的记录', 'and the words are kept');

      await open(handler, base, title);
      await handler.page.click('th a:has-text("信访处理意见书")');
      await look(handler, 'letter-desk');
      assert.ok(!(await handler.page.textContent('.paper .to')).includes('赵有贵'), 'the addressee is masked');
      await handler.page.click('.reveal a');
      await handler.page.check('#purpose-1');
      await handler.page.fill('#words', '当面送达');
      await handler.page.click('form[action$="/identity"] button');
      assert.match(await handler.page.textContent('.paper .to'), /赵有贵/);
      await checkedByAnybody(chrome, base, handler);
      await printedForThePost(handler, base);
      await open(handler, base, title);
      await papersOfTheFile(handler, base);
      await handler.page.click('a[href$="/acts/post_letter"]');
      await handler.page.locator('label', { hasText: '信访处理意见书' }).click();
      await handler.page.click('main form.card button');
      assert.match(await handler.page.textContent('.govuk-error-summary'), /邮件号/);
      await handler.page.fill('#tracking', '邮政EMS 1020304050601');
      await look(handler, 'act-post-letter');
      await handler.page.click('main form.card button');
      await done(handler);
      assert.match(await handler.page.textContent('#letters'), /已交邮/);
      await handler.page.click('a[href$="/acts/serve"]');
      await handler.page.locator('label', { hasText: '信访处理意见书' }).click();
      await handler.page.check('#method-0');
      await handler.page.fill('#proof', '本人网上查看');
      await handler.page.click('main form.card button');
      await done(handler);
      await look(handler, 'case-served');

      const petitioner = await visitor(chrome, { js: false });
      await petitioner.page.goto(`${base}/follow`);
      await petitioner.page.fill('#code', code);
      await petitioner.page.click('main button');
      const seen = await petitioner.page.textContent('main');
      assert.match(seen, /经办人员/, 'the petitioner reads who looked last, by post');
      assert.match(seen, /打印了(写有您的信息的)?案卷表单（结案审查表）/, 'and what they took');
      assert.match(seen, /邮政EMS 1020304050601/, 'and by which number a letter comes');
      await petitioner.page.goto(`${base}/follow/reads`);
      const all = await petitioner.page.textContent('main');
      assert.match(all, /约定面谈时间/, 'all of them, and why');
      assert.match(all, /当面送达/, 'also at a letter');
      assert.match(all, /登记人员/, 'every reader');
      await petitioner.page.goto(`${base}/follow`);
      await petitioner.page.locator('a', { hasText: '信访处理意见书' }).first().click();
      const letter = await petitioner.page.textContent('.paper');
      assert.match(letter, /补发差额/);
      assert.match(letter, /申请复查/);
      const sighted = await visitor(chrome, { size: PHONE });
      await sighted.page.goto(`${base}/follow`);
      await sighted.page.fill('#code', code);
      await sighted.page.click('main button');
      await look(sighted, 'follow-answered');
      await sighted.page.locator('a', { hasText: '信访处理意见书' }).first().click();
      await look(sighted, 'letter');
      await petitioner.page.goto(`${base}/follow/acts/rate`);
      await petitioner.page.check('#unit-0');
      await petitioner.page.check('#office-2');
      await petitioner.page.click('main button');
      assert.match(await petitioner.page.textContent('[role=status]'), /评价/);
      await petitioner.page.goto(`${base}/follow/acts/request_review`);
      await petitioner.page.fill('#reason', '没有写明按哪一天的标准计算。');
      await petitioner.page.click('main button');
      assert.match(await petitioner.page.textContent('main'), /已收到您的复查申请/);

      const above = await official(chrome, base, 'district-clerk');
      await open(above, base, title);
      await give(above, 'admit_review', { official: '负责' });
      const reviewer = await official(chrome, base, 'district-head');
      await open(reviewer, base, title);
      await give(reviewer, 'uphold_opinion', { findings: '经复查，事实清楚。', reason: '原意见正确。', article: '《信访工作条例》第三十五条', no_conflict: true });
      await done(reviewer);
      await look(reviewer, 'case-reviewed');

      const phone = await official(chrome, base, 'district-head', { size: PHONE, dark: true });
      await look(phone, 'inbox-phone');
      await phone.page.goto(`${base}/staff/reminders`);
      await look(phone, 'reminders-phone');
      await phone.page.goto(`${base}/staff`);
      await open(phone, base, title);
      await look(phone, 'case-phone');
      await phone.page.click('.linkish');
      assert.ok(phone.page.url().endsWith('/staff/login'));
      await phone.page.goto(`${base}/staff`);
      assert.ok(phone.page.url().endsWith('/staff/login'), 'logged out');
    } finally {
      await chrome.close();
      await server.stop();
    }
  });
}

test('who asked not to be known to the unit complained of is not', async () => {
  const server = await serve();
  const chrome = await browser();
  const { base } = server;
  const title = '物业押金不退';
  try {
    const clerk = await official(chrome, base, 'petition-clerk');
    const { page } = clerk;
    await page.goto(`${base}/staff/register`);
    await page.check('#kind-0');
    await page.fill('#title', title);
    await page.fill('#body', '退租三个月，押金没有退。');
    await page.fill('#name', '欧阳青');
    await page.fill('#phone', '13900001111');
    await page.selectOption('#respondent', { label: '区住房和城乡建设局' });
    await page.check('#confidential-0');
    await page.click('main form.card button');
    await open(clerk, base, title);
    await give(clerk, 'register', { class: '城乡建设' });
    await done(clerk);
    await give(clerk, 'forward', { to: '区住房和城乡建设局' });
    const before = await official(chrome, base, 'housing-clerk');
    await open(before, base, title);
    assert.equal(await before.page.locator('form[action$="/code"]').count(), 0, 'only the counter that entered it');
    await open(clerk, base, title);
    // A lost code is replaced at the counter that entered the petition, and whoever joins gets one of their own.
    await clerk.page.click('summary:text("补发查询码")');
    await clerk.page.fill('#code-purpose', '核对了身份证原件');
    await clerk.page.click('form[action$="/code"] button');
    const code = (await clerk.page.textContent('.code .v')).trim();
    await look(clerk, 'code-issued');
    await open(clerk, base, title);
    await clerk.page.click('a[href$="/acts/add_party"]');
    await clerk.page.check('#standing-0');
    await clerk.page.fill('#identity', '赵四');
    await clerk.page.click('main form.card button');
    const second = (await clerk.page.textContent('.code .v')).trim();
    assert.notEqual(code, second);
    for (const own of [code, second]) {
      const follower = await visitor(chrome, { js: false });
      await follower.page.goto(`${base}/follow`);
      await follower.page.fill('#code', own);
      await follower.page.click('main button');
      assert.match(await follower.page.textContent('main'), /核对了身份证原件/, 'the petitioner reads of it');
      await follower.context.close();
    }
    const unit = await official(chrome, base, 'housing-clerk');
    await open(unit, base, title);
    const shown = await unit.page.content();
    for (const word of ['欧', '1111', '/identity']) assert.ok(!shown.includes(word), `the unit reads ${word}`);
    const reference = unit.page.url().split('/').pop();
    const asked = await unit.context.request.post(`${base}/staff/cases/${reference}/identity`, {
      form: { field: 'name', purpose: 'contact', words: '联系' }, headers: { 'sec-fetch-site': 'same-origin' }, maxRedirects: 0,
    });
    assert.ok([403, 404].includes(asked.status()));
    for (const letter of [0, 1]) {
      await unit.page.goto(`${base}/staff/cases/${reference}/letters/${letter}`);
      assert.ok(!(await unit.page.content()).includes('欧'), 'nor in a letter');
      // The file that is printed from it: a link of the page, and a whole PDF.
      const link = await unit.page.getAttribute('a[href$="/pdf"]', 'href');
      const file = await unit.context.request.get(`${base}${link}`);
      assert.equal(file.status(), 200);
      assert.match(file.headers()['content-disposition'], /letter-\d-copy\.pdf/, 'no mark for whoever may not know');
      const bytes = await file.body();
      assert.ok(bytes.subarray(0, 5).equals(Buffer.from('%PDF-')) && bytes.includes('%%EOF'), 'a PDF, to its end');
    }
    await look(unit, 'letter-hidden');
  } finally {
    await chrome.close();
    await server.stop();
  }
});

/** The letter's file as it was issued, shown by somebody who follows nothing: it was issued here and stands. */
async function checkedByAnybody(chrome, base, reader) {
  const link = await reader.page.getAttribute('a[href$="/pdf"]', 'href');
  const file = await reader.context.request.get(`${base}${link}`);
  const buffer = await file.body();
  const anybody = await visitor(chrome);
  const { page } = anybody;
  await page.goto(`${base}/`);
  await page.click('.foot a[href="/verify/letter"]');
  await look(anybody, 'verify-letter');
  await page.fill('#mark', 'K7QM-4R2X');
  await page.click('main button');
  assert.match(await page.textContent('.govuk-error-summary'), /24位/);
  assert.equal(await page.inputValue('#mark'), 'K7QM-4R2X', 'what was typed stays');
  await look(anybody, 'verify-letter-wrong');
  await page.fill('#mark', '');
  await page.setInputFiles('#file', { name: 'letter.pdf', mimeType: 'application/pdf', buffer });
  await page.click('main button');
  assert.match(await page.textContent('.card--good'), /仍然有效/);
  await look(anybody, 'verify-letter-good');
  await page.setInputFiles('#file', { name: 'letter.pdf', mimeType: 'application/pdf', buffer: Buffer.concat([buffer, Buffer.from(' ')]) });
  await page.click('main button');
  assert.match(await page.textContent('.card--bad'), /没有查到/, 'one blank more, and it is another file');
  await anybody.context.close();
}

/** The papers of the file, below the letters: each a whole PDF. */
async function papersOfTheFile(official, base) {
  const { page } = official;
  const links = await page.locator('#papers a').evaluateAll((all) => all.map((link) => link.getAttribute('href')));
  const kinds = links.map((link) => link.split('/').pop());
  for (const kind of ['registration-1', 'contact-1', 'closing-1']) assert.ok(kinds.includes(kind), `${kind}: ${kinds}`);
  for (const link of links) {
    const file = await official.context.request.get(`${base}${link}`);
    assert.equal(file.status(), 200, link);
    assert.match(file.headers()['content-disposition'], new RegExp(`${link.split('/').pop()}\\.pdf`));
    const bytes = await file.body();
    assert.ok(bytes.subarray(0, 5).equals(Buffer.from('%PDF-')) && bytes.includes('%%EOF'), link);
  }
  await page.setViewportSize(PHONE);
  await look(official, 'case-papers-phone');
  await page.setViewportSize(DESK);
}

/** The print room: every letter that waits, printed for the post behind its cover; and the register of a day. */
async function printedForThePost(official, base) {
  const { page } = official;
  await page.goto(`${base}/staff`);
  await page.click('.side a[href="/staff/letters"]');
  await look(official, 'print-room');
  await page.setViewportSize(PHONE);
  await look(official, 'print-room-phone');
  await page.click('form[method="post"] button.govuk-button:has-text("PDF")');
  assert.match(await page.textContent('.govuk-error-summary'), /请选择要打印的文书/);
  await page.check('input[name="letter"] >> nth=0');
  await page.fill('#words', '挂号信邮寄');
  await page.check('#covers');
  const [file] = await Promise.all([page.waitForEvent('download'), page.click('button:has-text("PDF")')]);
  assert.equal(file.suggestedFilename(), 'letters.pdf');
  assert.ok(readFileSync(await file.path()).subarray(0, 5).equals(Buffer.from('%PDF-')));
  await page.goto(`${base}/staff/letters`);
  const day = await page.inputValue('#day');
  await page.goto(`${base}/staff/letters?day=${day}`);
  assert.match(await page.textContent('main'), /根值/);
  await look(official, 'print-register-phone');
  await page.setViewportSize(DESK);
  await look(official, 'print-register');
}

test('a wrong password and a stranger see nothing', async () => {
  const server = await serve();
  const chrome = await browser();
  try {
    const who = await visitor(chrome);
    const { page } = who;
    await page.goto(`${server.base}/staff/cases/00000000000000000000000000000000`);
    assert.ok(page.url().endsWith('/staff/login'));
    await page.fill('#login', 'petition-clerk');
    await page.fill('#password', 'wrong password');
    await page.click('main button');
    assert.match(await page.textContent('.govuk-error-summary'), /用户名或密码不对/);
    await look(who, 'login-fault');
    // The next try of this login has to wait a second (IAM-3).
    await page.waitForTimeout(1100);
    // A department sees neither another's case nor that it exists.
    const clerk = await official(chrome, server.base, 'petition-clerk');
    await clerk.page.goto(`${server.base}/staff?stage=received`);
    await clerk.page.click('.ttl');
    const address = clerk.page.url();
    const stranger = await official(chrome, server.base, 'environment-clerk');
    const answer = await stranger.page.goto(address);
    assert.equal(answer.status(), 404);
    const none = await stranger.page.goto(`${server.base}/staff/cases/00000000000000000000000000000000`);
    assert.equal(none.status(), 404);
  } finally {
    await chrome.close();
    await server.stop();
  }
});

test('every stage of the demo, as its officials see it, in both languages', async () => {
  const server = await serve();
  const chrome = await browser();
  try {
    let n = 0;
    for (const [login, language, size] of [
      ['petition-clerk', 'zh-CN', DESK], ['housing-head', 'en', DESK], ['labour-head', 'zh-CN', PHONE],
      ['environment-handler', 'en', PHONE], ['discipline-head', 'zh-CN', DESK], ['district-head', 'en', DESK], ['city-head', 'zh-CN', DESK],
    ]) {
      const who = await official(chrome, server.base, login, { size });
      const { page } = who;
      await page.goto(`${server.base}/language?to=${language}&back=/staff`);
      await look(who, `desk-${login}`);
      const cases = await page.locator('.ttl').evaluateAll(links => links.map(link => link.href));
      for (const [at, address] of cases.slice(0, 6).entries()) {
        await page.goto(address);
        await look(who, `desk-${login}-${at}`);
        assert.ok(!/Unknown localization/.test(await page.textContent('body')), `${address} says everything`);
        n += 1;
        const acts = await page.locator('.acts a').evaluateAll(links => links.map(link => link.href));
        for (const act of acts.slice(0, at ? 1 : 20)) {
          await page.goto(act);
          await look(who, `desk-${login}-${at}-${act.split('/').pop()}`);
          assert.ok(!/Unknown localization/.test(await page.textContent('body')), `${act} says everything`);
        }
      }
      await page.goto(`${server.base}/staff?view=overdue&channel=letter`);
      await look(who, `desk-${login}-filtered`);
      await who.context.close();
    }
    assert.ok(n >= 15, `only ${n} cases were there to look at`);
  } finally {
    await chrome.close();
    await server.stop();
  }
});

test('who read what, for the audit administrator alone', async () => {
  const server = await serve();
  const chrome = await browser();
  const { base } = server;
  try {
    const clerk = await official(chrome, base, 'petition-clerk');
    assert.equal((await clerk.page.goto(`${base}/staff/reads`)).status(), 404);
    assert.equal((await clerk.page.goto(`${base}/staff/changes`)).status(), 404);
    for (const size of [DESK, PHONE]) {
      const auditor = await official(chrome, base, 'audit', { size });
      await auditor.page.goto(`${base}/staff/reads`);
      await look(auditor, `reads-${size.width}`);
      await auditor.page.locator('form:has(#official) button').click();
      assert.match(await auditor.page.textContent('.govuk-error-summary'), /请选择“人员”/);
      await look(auditor, `reads-refused-${size.width}`);
      const labels = await auditor.page.locator('#official option').allTextContents();
      await auditor.page.selectOption('#official', { label: labels.find(label => label.startsWith('望湖区信访局')) });
      await auditor.page.fill('#from', '2020-01-01');
      await auditor.page.fill('#to', '2040-01-01');
      await auditor.page.locator('form:has(#official) button').click();
      assert.equal(await auditor.page.locator('tbody tr').count(), 50);
      await look(auditor, `reads-list-${size.width}`);
      const download = auditor.page.waitForEvent('download');
      await auditor.page.click('form[action$="/incident"] button');
      assert.match((await download).suggestedFilename(), /^incident-2020-01-01-2040-01-01\.csv$/);
      await auditor.page.click('a[rel=next]');
      assert.ok(await auditor.page.locator('tbody tr').count() > 0, 'the next page');
      await auditor.page.goto(`${base}/staff/changes`);
      assert.ok(await auditor.page.locator('tbody tr').count() > 0, 'what changed');
      await look(auditor, 'changes');
    }
  } finally {
    await chrome.close();
    await server.stop();
  }
});

// Everything about who one is and what one may see, with the keyboard alone.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { browser, DESK, PASSWORD, serve, totp, visitor } from '../lib.mjs';

/** Where the focus is, and whether it can be seen (WCAG 2.4.7, 2.4.11): an element of the page, or nothing. */
function focused(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (!element || element === document.body) return undefined;
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const label = element.labels?.length ? getComputedStyle(element.labels[0], '::before') : undefined;
    const marked = [style, label].some(one => one && ((one.outlineStyle !== 'none' && parseFloat(one.outlineWidth) > 0) || one.boxShadow !== 'none'));
    return {
      at: element.id || element.getAttribute('href') || element.getAttribute('name') || element.tagName,
      seen: marked && box.bottom > 0 && box.top < innerHeight,
    };
  });
}

/** Goes on by Tab until the focus is on what the selector names. Whatever is passed can be seen to have it. */
async function tabTo(page, selector) {
  await page.locator(selector).first().waitFor();
  for (let n = 0; n < 150; n += 1) {
    await page.keyboard.press('Tab');
    const now = await focused(page);
    if (now) assert.ok(now.seen, `${page.url()}: the focus on ${now.at} can be seen`);
    if (await page.evaluate(wanted => document.activeElement.matches(wanted), selector)) return;
  }
  assert.fail(`${page.url()}: ${selector} is not reached by keyboard`);
}

async function type(page, selector, text) {
  await tabTo(page, selector);
  await page.keyboard.type(text);
}

async function press(page, selector, key = 'Enter') {
  await tabTo(page, selector);
  await page.keyboard.press(key);
}

/** As `press`, where another page comes. */
async function go(page, selector, url) {
  await press(page, selector);
  await page.waitForURL(url);
}

/** Logs in and sets the second factor up. */
async function enter(page, base, login) {
  await page.goto(`${base}/staff/login`);
  await type(page, '#login', login);
  await type(page, '#password', PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForURL(`${base}/staff/account/factor`);
  const secret = await page.inputValue('input[name=secret]');
  await type(page, '#code', totp(secret));
  await page.keyboard.press('Enter');
  await page.waitForURL(url => url.pathname !== '/staff/account/factor');
}

test('an official logs in, reads, reveals and logs out without a mouse', async () => {
  const server = await serve(undefined, { HUIYIN_SECOND_FACTOR: 'true' });
  const chrome = await browser();
  const { base } = server;
  try {
    const { page } = await visitor(chrome, { size: DESK });
    await enter(page, base, 'citypetition-clerk');
    await page.goto(`${base}/staff`);
    await page.keyboard.press('Tab');
    assert.match(await page.evaluate(() => document.activeElement.getAttribute('href')), /^#/, 'first comes the way past the heading');
    await go(page, 'table a[href^="/staff/cases/"]', /\/staff\/cases\//);
    const at = page.url();
    // A name is masked until somebody says what for.
    await go(page, 'a[href*="/identity?field=name"]', /identity/);
    await press(page, 'input[type=radio]', 'Space');
    await press(page, 'main form button.govuk-button');
    await page.waitForURL(url => url.href !== at);
    assert.equal(await page.locator('.govuk-error-summary').count(), 0, 'a purpose was chosen by keyboard');
    await go(page, 'a[href="/staff/account"]', `${base}/staff/account`);
    await press(page, 'form[action="/staff/logout"] button');
    await page.waitForURL(url => !url.pathname.startsWith('/staff/account'));
  } finally {
    await chrome.close();
    await server.stop();
  }
});

test('two administrators change rights without a mouse', async () => {
  const server = await serve(undefined, { HUIYIN_SECOND_FACTOR: 'true' });
  const chrome = await browser();
  const { base } = server;
  try {
    const { page: one } = await visitor(chrome, { size: DESK });
    await enter(one, base, 'system');
    await one.goto(`${base}/staff/accounts`);
    await go(one, 'td a', /\/staff\/accounts\//);
    await press(one, 'form.card button.govuk-button');
    await one.locator('.govuk-error-summary').waitFor();
    // The summary of what is wrong leads to the field.
    await go(one, '.govuk-error-summary a', /#/);
    await one.keyboard.type('手机丢失，验证器不能用了');
    await press(one, 'form.card button.govuk-button');
    await one.waitForURL(/proposals/);
    const { page: two } = await visitor(chrome, { size: DESK });
    await enter(two, base, 'security');
    await go(two, 'a[href="/staff/proposals"]', /proposals/);
    await press(two, 'button[value=approve]');
    assert.ok((await two.textContent('.card--tint .strong')).trim(), 'a code for whoever is let in');
  } finally {
    await chrome.close();
    await server.stop();
  }
});

test('the walk by keyboard can fail: a focus that cannot be seen is found', async () => {
  const server = await serve();
  const chrome = await browser();
  try {
    const { page } = await visitor(chrome, { size: DESK });
    await page.goto(`${server.base}/staff/login`);
    await tabTo(page, '#login');
    await page.evaluate(() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync('* { outline: none !important; box-shadow: none !important }');
      document.adoptedStyleSheets = [sheet];
    });
    await assert.rejects(tabTo(page, '#password'), /the focus on .* can be seen/);
  } finally {
    await chrome.close();
    await server.stop();
  }
});

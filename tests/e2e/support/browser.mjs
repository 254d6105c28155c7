// Chromium by playwright-core. Every page is watched: an error on the console, a broken content policy or a request to
// another host fails the test that opened it.
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { until } from './wait.mjs';

const require = createRequire(new URL('../../../web/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const axe_source = require('axe-core').source;
const artifacts = fileURLToPath(new URL('../artifacts/', import.meta.url));

export const desktop = { width: 1280, height: 800 };
export const phone = { width: 390, height: 844 };

export function launch() {
  mkdirSync(artifacts, { recursive: true });
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync',
    ],
  });
}

export function artifact(name) {
  return `${artifacts}${name}`;
}

/** One person's browser: its own storage, and any number of pages. */
export class Person {
  constructor(context, server) {
    this.context = context;
    this.server = server;
    this.complaints = [];
    /** Complaints that a test provokes on purpose. */
    this.expected = [];
  }

  async open(path = '/') {
    const page = await this.context.newPage();
    this.watch(page);
    await page.goto(this.server.url + path);
    return new Tab(page);
  }

  watch(page) {
    page.on('pageerror', (error) => this.complaints.push(`error: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(`console: ${message.text()} (${message.location().url})`);
    });
    page.on('request', (request) => {
      const url = new URL(request.url());
      const ours = ['blob:', 'data:'].includes(url.protocol) || url.origin === this.server.url;
      if (!ours) this.complaints.push(`request to ${url.origin}`);
    });
  }

  /** Throws if a page complained about something that the test did not provoke. */
  async leave() {
    await this.context.close();
    const left = this.complaints.filter((text) => !this.expected.some((pattern) => pattern.test(text)));
    if (left.length > 0) throw new Error(left.join('\n'));
  }
}

/** What a person sees and does in one page. */
export class Tab {
  constructor(page) {
    this.page = page;
  }

  /** The text of the terminal in front, line ends as they are on the screen. */
  text() {
    return this.page.evaluate(() => {
      const rows = document.querySelector('.terminal-pane:not([hidden]) .xterm-rows');
      return rows ? [...rows.children].map((row) => row.textContent.replaceAll('\u00a0', ' ').trimEnd()).join('\n').trimEnd() : '';
    });
  }

  async sees(pattern) {
    let last = '';
    return until(async () => {
      last = await this.text();
      return pattern.test(last);
    }, `${pattern} on the screen`).catch((error) => {
      throw new Error(`${error.message}; it shows:\n${last}`);
    });
  }

  /** Waits for a shell's prompt. */
  ready() {
    return this.sees(/[$#%>]\s*$/);
  }

  /** Waits for the prompt behind a command's output. */
  ready_after(pattern) {
    return this.sees(new RegExp(`${pattern.source}[^]*\\n[^\\n]*[$#%>]\\s*$(?![^])`, pattern.flags));
  }

  async type(text) {
    await this.page.keyboard.type(text);
  }

  async run(command) {
    await this.type(command);
    await this.page.keyboard.press('Enter');
  }

  /** The labels of the tabs, in order. */
  tabs() {
    return this.page.locator('.tab .tab-title').allTextContents();
  }

  front() {
    return this.page.locator('[role=tab][aria-selected=true]').getAttribute('id');
  }

  async shot(name) {
    await this.page.screenshot({ path: artifact(`${name}.png`) });
  }

  /** Problems that axe finds, one a line. What fades in has its contrast when it is there: those are waited for that end. */
  async accessibility_problems() {
    await this.page.evaluate(() => Promise.allSettled(document.getAnimations().filter((one) => one.effect.getComputedTiming().iterations < Infinity).map((one) => one.finished)));
    const found = await this.page.evaluate(async (source) => {
      const run = new Function(`${source}; return axe;`);
      const axe = window.axe ?? run();
      // The emulator's own rows are text for the eye; its screen reader mode gives assistive technology a tree of its own.
      const result = await axe.run({ exclude: [['.xterm']] }, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] });
      return result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`);
    }, axe_source);
    return found;
  }
}

/** The DOM renderer keeps the text readable for tests; everything else is as people have it. */
export async function new_person(browser, server, { viewport = desktop, touch = false, language = 'en-US', prefs = {}, ...rest } = {}) {
  const context = await browser.newContext({ viewport, hasTouch: touch, isMobile: touch, locale: language, permissions: ['clipboard-read', 'clipboard-write'], ...rest });
  const stored = JSON.stringify({ gpu: false, cursor_blink: false, ...prefs });
  await context.addInitScript((value) => {
    if (localStorage.getItem('duotty.prefs') === null) localStorage.setItem('duotty.prefs', value);
  }, stored);
  return new Person(context, server);
}

import { describe, expect, it } from 'vitest';
import { parse_session_event, SessionStore } from '../../src/core/session-store';
import { SessionFeed } from '../../src/core/session-feed';
import { move_item, reconcile_order, TabStore } from '../../src/core/tab-store';
import { default_prefs, language_from, PrefsStore, read_prefs } from '../../src/core/prefs';
import { FakeClock, FakeEventStream, FakeStorage, settle, terminal } from './fakes';

describe('sessions', () => {
  it('follow the events of the server', () => {
    const store = new SessionStore();
    store.apply({ kind: 'snapshot', sessions: [terminal('a')] });
    store.apply({ kind: 'created', session: terminal('b') });
    store.apply({ kind: 'updated', session: terminal('a', { name: 'build' }) });
    store.apply({ kind: 'closed', session_id: 'b' });
    expect([...store.sessions.value.values()].map((info) => info.name)).toEqual(['build']);
    expect(store.loaded.value).toBe(true);
  });

  it('ignore malformed events', () => {
    expect(parse_session_event('snapshot', '{')).toBeNull();
    expect(parse_session_event('snapshot', '{}')).toBeNull();
    expect(parse_session_event('session_closed', '{"session_id":5}')).toBeNull();
    expect(parse_session_event('surprise', '{}')).toBeNull();
    expect(parse_session_event('heartbeat', '')).toEqual({ kind: 'heartbeat' });
  });
});

describe('the feed', () => {
  function make(check: () => Promise<boolean>) {
    const clock = new FakeClock();
    const streams: FakeEventStream[] = [];
    const store = new SessionStore();
    const open = (): FakeEventStream => {
      const stream = new FakeEventStream();
      streams.push(stream);
      return stream;
    };
    return { clock, streams, store, feed: new SessionFeed(store, open, clock, () => 0.5, check) };
  }

  it('passes events on and lets the browser retry a broken connection', () => {
    const { feed, streams, store } = make(() => Promise.resolve(true));
    feed.start();
    streams[0]?.onopen?.();
    streams[0]?.onevent?.('snapshot', JSON.stringify({ sessions: [terminal('a')] }));
    streams[0]?.onerror?.(false);
    expect(feed.connected.value).toBe(false);
    expect(streams).toHaveLength(1);
    expect(store.get('a')?.id).toBe('a');
  });

  it('checks the sign-in before it opens a refused stream again', async () => {
    let signed_in = false;
    const { feed, streams, clock } = make(() => Promise.resolve(signed_in));
    feed.start();
    streams[0]?.onerror?.(true);
    clock.advance(200);
    await settle();
    expect(streams).toHaveLength(1);
    signed_in = true;
    feed.start();
    expect(streams).toHaveLength(2);
  });

  it('keeps trying while the server is away', async () => {
    let tries = 0;
    const { feed, streams, clock } = make(() => (++tries < 3 ? Promise.reject(new Error('away')) : Promise.resolve(true)));
    feed.start();
    streams[0]?.onerror?.(true);
    for (let n = 0; n < 4; n++) {
      clock.advance(1000);
      await settle();
    }
    expect(tries).toBe(3);
    expect(streams).toHaveLength(2);
  });
});

describe('tabs', () => {
  function make(stored?: unknown) {
    const sessions = new SessionStore();
    const storage = new FakeStorage();
    if (stored !== undefined) storage.set('duotty.tabs', JSON.stringify(stored));
    const clock = new FakeClock();
    const tabs = new TabStore(sessions, storage, () => clock.now());
    return { sessions, storage, tabs, clock, ids: () => tabs.tabs.value.map((tab) => tab.id) };
  }

  it('keep a stored order and add new ones last', () => {
    const { sessions, ids } = make({ order: ['c', 'gone', 'a'], active: 'c' });
    sessions.replace_all([terminal('a'), terminal('b'), terminal('c')]);
    expect(ids()).toEqual(['c', 'a', 'b']);
  });

  it('show the last active one after a refresh, or the first if it is gone', () => {
    const { sessions, tabs } = make({ order: ['a', 'b'], active: 'b' });
    sessions.replace_all([terminal('a'), terminal('b')]);
    expect(tabs.active.value).toBe('b');
    sessions.remove('b');
    expect(tabs.active.value).toBe('a');
  });

  it('survive damaged storage', () => {
    const { sessions, tabs, storage } = make();
    storage.set('duotty.tabs', '{{{');
    sessions.replace_all([terminal('a')]);
    expect(tabs.active.value).toBe('a');
    const { ids } = make({ order: [1, null], active: 7 });
    expect(ids()).toEqual([]);
  });

  it('leave hidden terminals out', () => {
    const { sessions, ids } = make();
    sessions.replace_all([terminal('a'), terminal('b', { user_visible: false })]);
    expect(ids()).toEqual(['a']);
  });

  it('do not let a terminal made by an agent steal the front', () => {
    const { sessions, tabs, ids } = make();
    sessions.replace_all([terminal('mine')]);
    tabs.activate('mine');
    sessions.upsert(terminal('theirs', { created_by: 'agent:claude' }));
    expect(ids()).toEqual(['mine', 'theirs']);
    expect(tabs.active.value).toBe('mine');
  });

  it('move and remember it', () => {
    const { sessions, tabs, ids, storage } = make();
    sessions.replace_all([terminal('a'), terminal('b'), terminal('c')]);
    tabs.move('c', 0);
    expect(ids()).toEqual(['c', 'a', 'b']);
    expect(JSON.parse(storage.get('duotty.tabs') ?? '')).toMatchObject({ order: ['c', 'a', 'b'] });
  });

  it('give the front to the right neighbour of one that goes, or to the left one at the end', () => {
    const { sessions, tabs } = make();
    sessions.replace_all([terminal('a'), terminal('b'), terminal('c')]);
    tabs.activate('b');
    expect(tabs.active.value).toBe('b');
    sessions.remove('b');
    expect(tabs.active.value).toBe('c');
    tabs.activate('c');
    expect(tabs.active.value).toBe('c');
    sessions.remove('c');
    expect(tabs.active.value).toBe('a');
    sessions.upsert(terminal('c'));
    expect(tabs.active.value).toBe('c');
  });

  it('step around the end', () => {
    const { sessions, tabs } = make();
    sessions.replace_all([terminal('a'), terminal('b')]);
    tabs.activate('b');
    tabs.step(1);
    expect(tabs.active.value).toBe('a');
    tabs.step(-1);
    expect(tabs.active.value).toBe('b');
  });

  it('show news for output behind the front until they are looked at', () => {
    const { sessions, tabs, clock } = make();
    sessions.replace_all([terminal('a', { size: 10 }), terminal('b', { size: 10 })]);
    tabs.activate('a');
    tabs.note_output();
    expect([...tabs.news.value]).toEqual([]);
    sessions.upsert(terminal('a', { size: 20 }));
    sessions.upsert(terminal('b', { size: 20 }));
    tabs.note_output();
    expect([...tabs.news.value]).toEqual(['b']);
    tabs.activate('b');
    expect([...tabs.news.value]).toEqual([]);
    tabs.activate('a');
    sessions.upsert(terminal('b', { size: 25 }));
    tabs.note_output();
    expect([...tabs.news.value]).toEqual([]);
    clock.advance(3000);
    sessions.upsert(terminal('b', { size: 30 }));
    tabs.note_output();
    expect([...tabs.news.value]).toEqual(['b']);
  });

  it('order helpers keep every id', () => {
    expect(reconcile_order(['x', 'b'], ['a', 'b'])).toEqual(['b', 'a']);
    expect(move_item(['a', 'b', 'c'], 'a', 99)).toEqual(['b', 'c', 'a']);
    expect(move_item(['a', 'b', 'c'], 'b', -1)).toEqual(['b', 'a', 'c']);
  });
});

describe('preferences', () => {
  it('take what is valid and default the rest', () => {
    const prefs = read_prefs({ theme: 'pink', font_size: 500, scrollback: 'many', copy_on_select: true, language: 'zh' });
    expect(prefs).toEqual({ ...default_prefs, font_size: 32, copy_on_select: true, language: 'zh' });
    expect(read_prefs(null)).toEqual(default_prefs);
  });

  it('are kept', () => {
    const storage = new FakeStorage();
    new PrefsStore(storage).change({ font_size: 18 });
    expect(new PrefsStore(storage).prefs.value.font_size).toBe(18);
  });

  it.each([
    [['zh-CN', 'en'], 'zh'],
    [['de', 'zh-TW'], 'zh'],
    [['de', 'fr'], 'en'],
    [['en-GB', 'zh'], 'en'],
    [[], 'en'],
  ])('speak the first known language of %j', (preferred, expected) => {
    expect(language_from(preferred)).toBe(expected);
  });
});

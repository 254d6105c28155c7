import type { ISearchOptions, SearchAddon } from '@xterm/addon-search';
import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { useApp } from '../app/context';
import type { TerminalHost } from '../terminal/host';
import { search_colours } from '../terminal/palettes';
import { CloseIcon, DownIcon, UpIcon } from '../ui/icons';

const counted_matches = 1000;

/** Finds text in the terminal's screen and scrollback. The latest match comes first: Enter goes up, Shift+Enter down, Escape closes. */
export function SearchBar({ host }: { host: TerminalHost }) {
  const app = useApp();
  const { t } = app;
  const input = useRef<HTMLInputElement>(null);
  const addon = useRef<SearchAddon | null>(null);
  const text = useSignal('');
  const match_case = useSignal(false);
  const regex = useSignal(false);
  const result = useSignal<{ index: number; count: number } | null>(null);

  const search = (direction: 'next' | 'previous' | 'here'): void => {
    const colours = search_colours[app.appearance.value];
    const options: ISearchOptions = {
      caseSensitive: match_case.value,
      regex: regex.value && is_regex(text.value),
      incremental: direction === 'here',
      decorations: {
        matchBackground: colours.match,
        matchOverviewRuler: colours.active,
        activeMatchBackground: colours.active,
        activeMatchColorOverviewRuler: colours.active,
      },
    };
    if (text.value === '') {
      addon.current?.clearDecorations();
      result.value = null;
    } else if (direction === 'next') addon.current?.findNext(text.value, options);
    else addon.current?.findPrevious(text.value, options);
  };

  // Before the next key, so that nothing meant for the search reaches the program.
  useLayoutEffect(() => {
    const selected = host.screen.terminal.getSelection();
    if (selected !== '' && !selected.includes('\n')) text.value = selected;
    input.current?.focus();
    input.current?.select();
  }, [host]);

  useEffect(() => {
    let closed = false;
    let search_addon: SearchAddon | null = null;
    app.run(
      import('@xterm/addon-search').then(({ SearchAddon }) => {
        if (closed) return;
        search_addon = new SearchAddon({ highlightLimit: counted_matches });
        host.screen.terminal.loadAddon(search_addon);
        search_addon.onDidChangeResults(({ resultIndex, resultCount }) => {
          result.value = { index: resultIndex, count: resultCount };
        });
        addon.current = search_addon;
        search('here');
      }),
    );
    return () => {
      closed = true;
      search_addon?.dispose();
    };
  }, [host]);

  const close = (): void => {
    app.searching.value = false;
    host.screen.focus();
  };

  return (
    <div
      class="search-bar"
      role="search"
      onKeyDown={(event) => {
        if (event.key === 'Escape') close();
      }}
    >
      <input
        ref={input}
        class="input"
        type="text"
        value={text.value}
        aria-label={t('search.label')}
        placeholder={t('search.placeholder')}
        spellcheck={false}
        autocomplete="off"
        aria-invalid={regex.value && !is_regex(text.value)}
        onInput={(event) => {
          text.value = event.currentTarget.value;
          search('here');
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') search(event.shiftKey ? 'next' : 'previous');
        }}
      />
      <span class="search-count" role="status">
        {count_text(app, result.value)}
      </span>
      <Option label={t('search.case')} on={match_case.value} on_press={() => { match_case.value = !match_case.value; search('here'); }}>Aa</Option>
      <Option label={t('search.regex')} on={regex.value} on_press={() => { regex.value = !regex.value; search('here'); }}>.*</Option>
      <button class="icon-button" aria-label={t('search.previous')} title={t('search.previous')} onClick={() => search('previous')}><UpIcon /></button>
      <button class="icon-button" aria-label={t('search.next')} title={t('search.next')} onClick={() => search('next')}><DownIcon /></button>
      <button class="icon-button" aria-label={t('common.close')} onClick={close}><CloseIcon /></button>
    </div>
  );
}

function count_text({ t }: Pick<ReturnType<typeof useApp>, 't'>, result: { index: number; count: number } | null): string {
  if (!result) return '';
  if (result.count === 0) return t('search.none');
  if (result.index < 0) return t('search.many', { count: counted_matches });
  return t('search.count', { index: result.index + 1, count: result.count });
}

function is_regex(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

function Option({ label, on, on_press, children }: { label: string; on: boolean; on_press: () => void; children: string }) {
  return (
    <button class={on ? 'icon-button icon-button-on' : 'icon-button'} aria-label={label} title={label} aria-pressed={on} onClick={on_press}>
      <span class="search-option">{children}</span>
    </button>
  );
}

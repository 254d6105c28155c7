import { useSignal } from '@preact/signals';
import { useApp } from '../app/context';
import { bindings } from '../core/keymap';
import {
  font_size_range,
  notify_after_range,
  line_height_range,
  scrollback_range,
  type CursorStyle,
  type Language,
  type Prefs,
  type ThemeChoice,
} from '../core/prefs';
import { check_number } from '../core/settings-form';
import type { MessageKey } from '../i18n/en';
import { Segments, TextField, Toggle } from '../ui/field';

export function AppearanceSection() {
  const app = useApp();
  const { t } = app;
  const prefs = app.prefs.value;
  const change = (part: Partial<Prefs>): void => app.prefs_store.change(part);

  /** The server answers in the person's language and theme where it speaks for itself; that it may not know is no failure. */
  const tell_server = (part: { language?: Language; theme?: ThemeChoice }): void => {
    app.rpc.save_settings(part).catch(() => undefined);
  };

  const themes: readonly { value: ThemeChoice; label: string }[] = [
    { value: 'system', label: t('look.theme_system') },
    { value: 'dark', label: t('look.theme_dark') },
    { value: 'light', label: t('look.theme_light') },
  ];
  const languages: readonly { value: Language; label: string }[] = [
    { value: 'en', label: 'English' },
    { value: 'zh', label: '中文' },
  ];
  const cursors: readonly { value: CursorStyle; label: string }[] = [
    { value: 'block', label: t('look.cursor_block') },
    { value: 'bar', label: t('look.cursor_bar') },
    { value: 'underline', label: t('look.cursor_underline') },
  ];
  return (
    <div class="form">
      <h2>{t('look.group_general')}</h2>
      <Segments
        label={t('look.theme')}
        value={prefs.theme}
        options={themes}
        on_change={(theme) => {
          change({ theme });
          tell_server({ theme });
        }}
      />
      <Segments
        label={t('look.language')}
        value={app.language.value}
        options={languages}
        on_change={(language) => {
          change({ language });
          tell_server({ language });
        }}
      />
      <h2>{t('look.group_text')}</h2>
      <Preview />
      <div class="form-row">
        <NumberField label={t('look.font_size')} value={prefs.font_size} range={font_size_range} step={1} on_change={(font_size) => change({ font_size })} />
        <NumberField label={t('look.line_height')} value={prefs.line_height} range={line_height_range} step={0.1} on_change={(line_height) => change({ line_height })} />
      </div>
      <Segments label={t('look.cursor')} value={prefs.cursor_style} options={cursors} on_change={(cursor_style) => change({ cursor_style })} />
      <Toggle label={t('look.cursor_blink')} checked={prefs.cursor_blink} on_change={(cursor_blink) => change({ cursor_blink })} />
      <h2>{t('look.group_behaviour')}</h2>
      <NumberField
        label={t('look.scrollback')}
        hint={t('look.scrollback_hint')}
        value={prefs.scrollback}
        range={scrollback_range}
        step={1000}
        on_change={(scrollback) => change({ scrollback })}
      />
      <Toggle label={t('look.copy_on_select')} checked={prefs.copy_on_select} on_change={(copy_on_select) => change({ copy_on_select })} />
      <Toggle label={t('look.visual_bell')} checked={prefs.visual_bell} on_change={(visual_bell) => change({ visual_bell })} />
      <Toggle label={t('look.screen_reader')} hint={t('look.screen_reader_hint')} checked={prefs.screen_reader} on_change={(screen_reader) => change({ screen_reader })} />
      <Toggle label={t('look.gpu')} checked={prefs.gpu} on_change={(gpu) => change({ gpu })} />
      <Toggle label={t('look.option_is_meta')} checked={prefs.option_is_meta} on_change={(option_is_meta) => change({ option_is_meta })} />
      <NumberField
        label={t('look.notify_after')}
        hint={t('look.notify_after_hint')}
        value={prefs.notify_after}
        range={notify_after_range}
        step={5}
        on_change={(notify_after) => change({ notify_after })}
      />
      <h2>{t('look.group_shortcuts')}</h2>
      <Toggle label={t('look.alt_shortcuts')} hint={t('look.alt_shortcuts_hint')} checked={prefs.alt_shortcuts} on_change={(alt_shortcuts) => change({ alt_shortcuts })} />
      <Shortcuts />
    </div>
  );
}

interface NumberProps {
  label: string;
  hint?: string;
  value: number;
  range: { min: number; max: number };
  step: number;
  on_change: (value: number) => void;
}

/** Takes effect with every valid value, and says what is wrong with the others. */
function NumberField({ label, hint, value, range, step, on_change }: NumberProps) {
  const { t } = useApp();
  const text = useSignal(String(value));
  const wrong = check_number(text.value, range) !== null;
  return (
    <TextField
      label={label}
      hint={hint}
      type="number"
      min={range.min}
      max={range.max}
      step={step}
      value={text.value}
      problem={wrong ? t('error.range_of', { ...range }) : undefined}
      on_input={(typed) => {
        text.value = typed;
        if (check_number(typed, range) === null) on_change(Number(typed));
      }}
    />
  );
}

function Preview() {
  const { prefs, t } = useApp();
  return (
    <pre class="look-preview" aria-label={t('look.preview')} style={{ fontSize: `${prefs.value.font_size}px`, lineHeight: prefs.value.line_height * 1.17 }}>
      <span class="ansi-green">~/src/app</span> <span class="ansi-magenta">main</span> $ make -j4{'\n'}
      <span class="ansi-cyan">[ 42%]</span> Building relay.cpp <span class="ansi-yellow">1 warning</span>{'\n'}
      ├─ ok  12 <span class="ansi-red">failed 1</span> 你好 → λ{'\n'}
    </pre>
  );
}

function Shortcuts() {
  const { t } = useApp();
  const shown = bindings.filter(({ command }) => command.name !== 'go_to_tab');
  return (
    <dl class="shortcuts">
      {shown.map(({ command, label }) => (
        <div key={command.name}>
          <dt>{t(`shortcut.${command.name}` as MessageKey)}</dt>
          <dd><kbd>{label}</kbd></dd>
        </div>
      ))}
      <div>
        <dt>{t('shortcut.go_to_tab')}</dt>
        <dd><kbd>Alt+1</kbd> … <kbd>Alt+9</kbd></dd>
      </div>
      <div>
        <dt>{t('shortcut.rename_tab')}</dt>
        <dd><kbd>F2</kbd></dd>
      </div>
    </dl>
  );
}

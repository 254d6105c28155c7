import { useEffect, useRef } from 'preact/hooks';
import type { ComponentType } from 'preact';
import { useApp } from '../app/context';
import { settings_sections, type SettingsSection } from '../core/router';
import type { MessageKey } from '../i18n/en';
import { AgentIcon, BackIcon, HistoryIcon, InfoIcon, KeyIcon, PaletteIcon, SparkIcon } from '../ui/icons';
import { AboutSection } from './about-section';
import { AiSection } from './ai-section';
import { AuditSection } from './audit-section';
import { AppearanceSection } from './appearance-section';
import { HistorySection } from './history-section';
import { TokensSection } from './tokens-section';

const sections: Record<SettingsSection, { title: MessageKey; icon: ComponentType; body: ComponentType }> = {
  ai: { title: 'settings.ai', icon: SparkIcon, body: AiSection },
  tokens: { title: 'settings.tokens', icon: KeyIcon, body: TokensSection },
  history: { title: 'settings.history', icon: HistoryIcon, body: HistorySection },
  audit: { title: 'settings.audit', icon: AgentIcon, body: AuditSection },
  appearance: { title: 'settings.appearance', icon: PaletteIcon, body: AppearanceSection },
  about: { title: 'settings.about', icon: InfoIcon, body: AboutSection },
};

export function SettingsPage() {
  const app = useApp();
  const { t } = app;
  const route = app.route.value;
  const current = route.page === 'settings' ? route.section : 'ai';
  const { title, body: Body } = sections[current];
  const heading = useRef<HTMLHeadingElement>(null);

  useEffect(() => heading.current?.focus(), [current]);

  const leave = (): void => {
    const active = app.tabs.active.value;
    app.go(active === null ? { page: 'home' } : { page: 'terminal', id: active });
  };

  return (
    <div
      class="settings"
      onKeyDown={(event) => {
        const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
        if (event.key === 'Escape' && !typing) leave();
      }}
    >
      <header class="settings-head">
        <button class="icon-button" aria-label={t('settings.back')} title={t('settings.back')} onClick={leave}>
          <BackIcon />
        </button>
        <span>{t('settings.title')}</span>
      </header>
      <nav class="settings-nav" aria-label={t('settings.sections')}>
        {settings_sections.map((section) => {
          const { title: name, icon: SectionIcon } = sections[section];
          return (
            <a
              key={section}
              href={`/settings/${section}`}
              aria-current={section === current ? 'page' : undefined}
              onClick={(event) => {
                event.preventDefault();
                app.go({ page: 'settings', section }, 'replace');
              }}
            >
              <SectionIcon /> {t(name)}
            </a>
          );
        })}
      </nav>
      <main class="settings-body">
        <h1 ref={heading} tabIndex={-1}>
          {t(title)}
        </h1>
        <Body />
      </main>
    </div>
  );
}

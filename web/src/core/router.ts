export type SettingsSection = 'ai' | 'tokens' | 'history' | 'audit' | 'appearance' | 'about';

export type Route =
  | { page: 'home' }
  | { page: 'terminal'; id: string }
  | { page: 'settings'; section: SettingsSection }
  | { page: 'login' };

export const settings_sections: readonly SettingsSection[] = ['ai', 'tokens', 'history', 'audit', 'appearance', 'about'];

/** Unknown paths are home: an old link never ends in an error page. */
export function parse_route(path: string): Route {
  const [first = '', second = ''] = path.split('/').filter((part) => part !== '');
  if (first === 't' && second !== '') {
    try {
      return { page: 'terminal', id: decodeURIComponent(second) };
    } catch {
      return { page: 'home' };
    }
  }
  if (first === 'settings') {
    const section = settings_sections.find((name) => name === second) ?? 'ai';
    return { page: 'settings', section };
  }
  if (first === 'login') return { page: 'login' };
  return { page: 'home' };
}

export function format_route(route: Route): string {
  switch (route.page) {
    case 'home':
      return '/';
    case 'terminal':
      return `/t/${encodeURIComponent(route.id)}`;
    case 'settings':
      return `/settings/${route.section}`;
    case 'login':
      return '/login';
  }
}

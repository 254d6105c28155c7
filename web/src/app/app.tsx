import { lazy } from './lazy';
import { useApp } from './context';
import { check_until_answered } from './startup';
import { LoginPage } from '../login/login-page';
import { DialogLayer } from '../ui/dialog';
import { Mark } from '../ui/icons';
import { MenuLayer } from '../ui/menu';
import { ToastList } from '../ui/toast';
import { Workspace } from '../workspace/workspace';

const LinkDialogs = lazy(() => import('../ssh/link-dialogs').then((module) => module.LinkDialogs));
const SettingsPage = lazy(() => import('../settings/settings-page').then((module) => module.SettingsPage));

export function Root() {
  const app = useApp();
  const phase = app.auth.phase.value;
  const in_settings = app.route.value.page === 'settings';
  return (
    <>
      {phase === 'in' && (
        <>
          <Workspace hidden={in_settings} />
          {in_settings && <SettingsPage fallback={<Loading />} />}
        </>
      )}
      {phase === 'out' && <LoginPage />}
      {phase === 'checking' && <Loading />}
      {phase === 'unreachable' && <Unreachable />}
      {app.links.open.value && phase === 'in' && <LinkDialogs fallback={null} />}
      <MenuLayer />
      <DialogLayer />
      <ToastList />
    </>
  );
}

function Loading() {
  const { t } = useApp();
  return (
    <main class="centred" aria-busy="true">
      <span class="visually-hidden">{t('app.loading')}</span>
      <Mark size={28} />
    </main>
  );
}

function Unreachable() {
  const app = useApp();
  return (
    <main class="centred">
      <Mark size={28} />
      <h1>{app.t('app.unreachable')}</h1>
      <p>{app.t('app.unreachable_detail')}</p>
      <button class="button" onClick={() => check_until_answered(app)}>
        {app.t('app.retry')}
      </button>
    </main>
  );
}

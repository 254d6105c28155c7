import { useEffect } from 'preact/hooks';
import { useApp } from '../app/context';
import { crumbs } from '../core/file-list';
import type { Place } from '../core/files-api';
import { format_target } from '../core/ssh-target';
import { DownIcon } from '../ui/icons';
import type { Folder } from './folder';

/** This machine, and the hosts of the connections. */
export function PlaceSelect({ place, label, on_change }: { place: Place; label: string; on_change: (place: Place) => void }) {
  const app = useApp();
  const local = '';
  useEffect(() => {
    // Who may not see the connections has this machine.
    app.connections.reload().catch(() => undefined);
  }, []);
  return (
    <div class="select">
      <select class="input" aria-label={label} value={place ?? local} onChange={(event) => on_change(event.currentTarget.value === local ? null : event.currentTarget.value)}>
        <option value={local}>{app.t('files.this_machine')}</option>
        {(app.connections.list.value ?? []).map((connection) => (
          <option key={connection.id} value={connection.id}>{connection.title} ({format_target(connection)})</option>
        ))}
      </select>
      <DownIcon />
    </div>
  );
}

/** From the root that may be used to the folder shown. */
export function Way({ folder, on_go }: { folder: Folder; on_go: (path: string) => void }) {
  const { t } = useApp();
  const path = folder.listing.value?.path;
  if (path === undefined) return null;
  const way = crumbs(path, folder.roots.value);
  return (
    <nav class="files-way" aria-label={t('files.way')}>
      <ol>
        {way.map((crumb, index) => (
          <li key={crumb.path}>
            <button type="button" class="link-button" aria-current={index === way.length - 1 ? 'location' : undefined} title={crumb.path} onClick={() => on_go(crumb.path)}>{crumb.name}</button>
          </li>
        ))}
      </ol>
    </nav>
  );
}

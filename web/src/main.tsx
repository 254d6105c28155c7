import '@xterm/xterm/css/xterm.css';
import './style/index.css';
import { render } from 'preact';
import { App, AppContext } from './app/context';
import { Root } from './app/app';
import { listen_for_shortcuts } from './app/shortcuts';
import { start } from './app/startup';

const app = new App();
const root = document.getElementById('app');
if (!root) throw new Error('the page has no place for the app');
render(
  <AppContext.Provider value={app}>
    <Root />
  </AppContext.Provider>,
  root,
);
listen_for_shortcuts(app);
start(app);

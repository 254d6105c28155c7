// Runs before the first paint so that a chosen theme never flashes the other one.
(function () {
  var theme = 'system';
  try {
    theme = JSON.parse(localStorage.getItem('duotty.prefs') || '{}').theme || 'system';
  } catch {
    // Storage may be blocked or hold something else: the system's theme it is.
  }
  if (theme !== 'dark' && theme !== 'light') {
    theme = matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark';
  }
  document.documentElement.dataset.theme = theme;
})();

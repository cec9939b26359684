'use strict';
// The table of users: sorts, filters and shows one page of rows at a time. What is shown is also in the address
// (#sort=events&order=desc&filter=…&state=…&core=…&page=2), so that a view can be passed on.
(() => {
  document.documentElement.classList.add('script');
  const section = document.getElementById('users');
  if (!section) return;

  const rowsPerPage = 100;
  const place = { id: 0, name: 1, core: 2, events: 3, streams: 4, accesses: 5, attachments: 6, bytes: 7, findings: 8,
                  state: 9, error: 10 };
  const stateNames = ['complete', 'findings', 'failed'];
  const stateTexts = ['complete', 'look at it', 'failed'];
  const rows = JSON.parse(document.getElementById('rows').textContent);
  for (const row of rows) row.push((row[place.id] + '\n' + row[place.name]).toLowerCase());
  const searched = place.error + 1;

  const headers = [...section.querySelectorAll('th[data-key]')];
  const keys = headers.map((header) => header.dataset.key);
  const body = section.querySelector('tbody');
  const filter = document.getElementById('users-filter');
  const state = document.getElementById('users-state');
  const core = document.getElementById('users-core');
  const status = document.getElementById('users-status');
  const previous = document.getElementById('users-previous');
  const next = document.getElementById('users-next');

  const counts = new Intl.NumberFormat('en-US');
  const byText = new Intl.Collator('en', { numeric: true });
  const view = { sort: 'events', descending: true, page: 0 };
  let shown = rows;

  const isNumber = (key) => place[key] >= place.events && place[key] <= place.findings;

  function bytesText(bytes) {
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
    let unit = 0;
    while (bytes >= 1000 && unit + 1 < units.length) { bytes /= 1024; ++unit; }
    return (unit === 0 ? bytes : bytes.toPrecision(3)) + ' ' + units[unit];
  }

  function select() {
    const text = filter.value.trim().toLowerCase();
    const wantedState = stateNames.indexOf(state.value);
    const wantedCore = core ? core.value : '';
    shown = rows.filter((row) => (text === '' || row[searched].includes(text)) &&
      (wantedState < 0 || row[place.state] === wantedState) && (wantedCore === '' || row[place.core] === wantedCore));
    const at = place[view.sort];
    const compare = typeof rows[0]?.[at] === 'number' ? (a, b) => a[at] - b[at]
      : view.sort === 'id' ? (a, b) => (a[at] < b[at] ? -1 : a[at] > b[at] ? 1 : 0)
      : (a, b) => byText.compare(a[at], b[at]);
    shown.sort(view.descending ? (a, b) => compare(b, a) : compare);
    view.page = Math.min(view.page, Math.max(0, Math.ceil(shown.length / rowsPerPage) - 1));
  }

  function cell(row, key) {
    const made = document.createElement('td');
    const value = row[place[key]];
    if (key === 'state') {
      made.className = 'state-' + stateNames[value];
      made.textContent = stateTexts[value];
    } else if (isNumber(key)) {
      made.className = value === 0 ? 'number zero' : 'number';
      made.textContent = key === 'bytes' ? bytesText(value) : counts.format(value);
    } else {
      made.textContent = value;
    }
    return made;
  }

  function line(cells, ...names) {
    const made = document.createElement('tr');
    made.classList.add(...names);
    made.append(...cells);
    return made;
  }

  // One line, and a second one for the reason of a failure.
  function lines(row, index) {
    const stripe = index % 2 === 1 ? 'even' : 'odd';
    const cells = keys.map((key) => cell(row, key));
    if (!row[place.error]) return [line(cells, 'user', stripe)];
    const why = document.createElement('td');
    why.className = 'why';
    why.colSpan = keys.length;
    why.textContent = row[place.error];
    return [line(cells, 'user', stripe, 'failed'), line([why], stripe)];
  }

  function draw() {
    const first = view.page * rowsPerPage;
    const part = shown.slice(first, first + rowsPerPage);
    body.replaceChildren(...part.flatMap(lines));
    for (const header of headers) {
      if (header.dataset.key === view.sort) header.setAttribute('aria-sort', view.descending ? 'descending' : 'ascending');
      else header.removeAttribute('aria-sort');
    }
    const range = part.length === 0 ? 'none' : counts.format(first + 1) + ' to ' + counts.format(first + part.length);
    status.textContent = range + ' of ' + counts.format(shown.length) +
      (shown.length < rows.length ? ' that match, of ' + counts.format(rows.length) : '') + ' users';
    previous.parentElement.hidden = rows.length <= rowsPerPage;
    previous.disabled = view.page === 0;
    next.disabled = first + rowsPerPage >= shown.length;
  }

  function remember() {
    const parts = new URLSearchParams();
    parts.set('sort', view.sort);
    parts.set('order', view.descending ? 'desc' : 'asc');
    if (filter.value) parts.set('filter', filter.value);
    if (state.value) parts.set('state', state.value);
    if (core && core.value) parts.set('core', core.value);
    if (view.page > 0) parts.set('page', String(view.page + 1));
    history.replaceState(null, '', '#' + parts);
  }

  function recall() {
    const parts = new URLSearchParams(location.hash.slice(1));
    if (keys.includes(parts.get('sort'))) {
      view.sort = parts.get('sort');
      view.descending = parts.has('order') ? parts.get('order') === 'desc' : isNumber(view.sort);
    }
    filter.value = parts.get('filter') || '';
    state.value = stateNames.includes(parts.get('state')) ? parts.get('state') : '';
    if (core) core.value = [...core.options].some((each) => each.value === parts.get('core')) ? parts.get('core') : '';
    view.page = Math.max(0, (parseInt(parts.get('page'), 10) || 1) - 1);
  }

  function refresh() { select(); draw(); }
  function change() { view.page = 0; refresh(); remember(); }
  function turn(by) { view.page += by; draw(); remember(); section.scrollIntoView(); }

  for (const header of headers) {
    header.querySelector('button').addEventListener('click', () => {
      const key = header.dataset.key;
      view.descending = view.sort === key ? !view.descending : isNumber(key) || key === 'state';
      view.sort = key;
      change();
    });
  }
  filter.addEventListener('input', change);
  state.addEventListener('change', change);
  if (core) core.addEventListener('change', change);
  previous.addEventListener('click', () => turn(-1));
  next.addEventListener('click', () => turn(1));
  window.addEventListener('hashchange', () => { if (location.hash.includes('=')) { recall(); refresh(); } });
  recall();
  refresh();
})();

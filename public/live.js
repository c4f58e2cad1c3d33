// Keeps a page without a client at what is so now: listens for changes, fetches the page again, and puts what differs in
// its place. Forms that somebody is filling in stay as they are. When nothing can be fetched any more, the page says so.
// Without it a page stays as it was, and all on it works.

'use strict';

(() => {
  // Changes that come so close to each other are fetched together.
  const TOGETHER_MS = 150;
  // Figures come all the time, and a page like this is read, not watched.
  const FIGURES_MS = 5000;
  // Time goes on without changes: what was fresh gets stale.
  const SELDOM_MS = 30000;
  // Without an answer for this long, the page says that it stands still.
  const LATE_MS = 30000;
  const RETRY_MS = 10000;

  let seen = document.documentElement.dataset.seen;
  let source = null;
  let waiting = null;
  let fetchedAt = Date.now();
  let shownAt = Date.now();
  let isFailing = false;
  let isFetching = false;
  let isDue = false;

  function soon(ms) {
    if (waiting === null) waiting = setTimeout(refresh, ms);
  }

  async function refresh() {
    waiting = null;
    if (isFetching) {
      isDue = true;
      return;
    }
    isFetching = true;
    fetchedAt = Date.now();
    isFailing = true;
    try {
      // One who is not known any more is sent to the login: followed only by those who do something.
      const answer = await fetch(location.href, { headers: { accept: 'text/html' }, redirect: 'manual' });
      if (answer.ok || answer.status === 404) {
        const next = new DOMParser().parseFromString(await answer.text(), 'text/html');
        morph(document.body, next.body);
        document.title = next.title;
        shownAt = fetchedAt;
        isFailing = false;
      } else if (answer.type === 'opaqueredirect') {
        stand('Ended');
        isFailing = false;
      }
    } catch {
      // The server is away: the page stays, and it is asked again before long.
    } finally {
      if (isFailing && Date.now() - shownAt > LATE_MS) stand('Late');
      isFetching = false;
      if (isDue) {
        isDue = false;
        soon(TOGETHER_MS);
      }
    }
  }

  // Shows one of the lines that say why the page stands still. The next page that comes has them hidden again.
  function stand(id) {
    document.getElementById(id)?.removeAttribute('hidden');
    const time = document.querySelector(`#${id} time`);
    if (time) time.textContent = `${new Date(shownAt).toISOString().slice(11, 19)} UTC`;
  }

  // Whether somebody is at work in `element`, so that taking it away would lose something.
  function isInUse(element) {
    if (element.contains(document.activeElement) && document.activeElement !== document.body) return true;
    return [...element.querySelectorAll('input, textarea, select')].some((field) => {
      if (field.type === 'checkbox' || field.type === 'radio') return field.checked !== field.defaultChecked;
      if (field.tagName === 'SELECT') return [...field.options].some((it) => it.selected !== it.defaultSelected);
      return field.type !== 'hidden' && field.value !== field.defaultValue;
    });
  }

  // Makes `now` what `next` is, and leaves alone whatever is the same already.
  function morph(now, next) {
    if (now.isEqualNode(next)) return;
    if (now.nodeType !== Node.ELEMENT_NODE || now.nodeName !== next.nodeName || now.id !== next.id) {
      if (now.nodeType !== Node.ELEMENT_NODE || !isInUse(now)) now.replaceWith(document.adoptNode(next));
      return;
    }
    if (now.nodeName === 'FORM' && isInUse(now)) return;
    for (const { name } of [...now.attributes]) {
      // What the reader has opened stays open.
      if (!next.hasAttribute(name) && !(now.nodeName === 'DETAILS' && name === 'open')) now.removeAttribute(name);
    }
    for (const { name, value } of [...next.attributes]) {
      if (now.getAttribute(name) !== value) now.setAttribute(name, value);
    }
    const [before, after] = [[...now.childNodes], [...next.childNodes]];
    after.forEach((child, index) => {
      if (index < before.length) morph(before[index], child);
      else now.append(document.adoptNode(child));
    });
    for (const child of before.slice(after.length)) {
      if (child.nodeType !== Node.ELEMENT_NODE || !isInUse(child)) child.remove();
    }
  }

  function heard(event) {
    if (event.lastEventId) seen = event.lastEventId;
    if (event.type !== 'figures') soon(TOGETHER_MS);
    else soon(Math.max(TOGETHER_MS, fetchedAt + FIGURES_MS - Date.now()));
  }

  function open() {
    source = new EventSource('/api/v1/events' + (seen ? `?last_event_id=${seen}` : ''));
    for (const kind of ['change', 'figures', 'reset']) source.addEventListener(kind, heard);
    // It connects again by itself, and what is the matter is found out by asking.
    source.addEventListener('error', () => isFailing || soon(TOGETHER_MS));
  }

  // A page in the background has no stream: browsers keep few connections to one server.
  function tend() {
    if (document.hidden) {
      source?.close();
      source = null;
      return;
    }
    if (source === null || source.readyState === EventSource.CLOSED) open();
    if (Date.now() - fetchedAt > (isFailing ? RETRY_MS : SELDOM_MS)) soon(TOGETHER_MS);
  }

  document.addEventListener('visibilitychange', tend);
  setInterval(tend, RETRY_MS);
  tend();
})();

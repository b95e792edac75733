// Keeps the conversation in localStorage: one entry per turn, so that two tabs never overwrite each
// other. A turn without an answer is a message that still has to be sent.
window.lct = window.lct || {};
window.lct.createStorage = function (session, framed) {
  'use strict';

  // Older browsers share the storage of the page and of its frames in other sites.
  const PREFIX = framed ? 'lct-embed:' : 'lct:';
  const MAX_TURNS = 120;
  const TURNS_DROPPED_WHEN_FULL = 20;
  let memory = null; // a Map, where the browser offers no storage
  try { localStorage.setItem('lct-try', '1'); localStorage.removeItem('lct-try'); }
  catch (unavailable) { memory = new Map(); }

  function keys() {
    const all = [];
    if (memory) memory.forEach(function (_, key) { all.push(key); });
    else for (let i = 0; i < localStorage.length; i++) all.push(localStorage.key(i));
    return all.filter(function (key) { return key.indexOf(PREFIX) === 0; });
  }

  function get(key) { return memory ? memory.get(key) : localStorage.getItem(key); }
  function remove(key) { if (memory) memory.delete(key); else localStorage.removeItem(key); }

  function set(key, value) {
    if (memory) { memory.set(key, value); return; }
    try {
      localStorage.setItem(key, value);
    } catch (full) {
      answered().slice(0, TURNS_DROPPED_WHEN_FULL).forEach(drop);
      try { localStorage.setItem(key, value); } catch (stillFull) { memory = new Map([[key, value]]); }
    }
  }

  function keyOf(turn) { return PREFIX + session + ':' + turn.at + ':' + turn.id; }
  function owns(key) { return Boolean(key) && key.indexOf(PREFIX + session + ':') === 0; }
  function save(turn) { set(keyOf(turn), JSON.stringify(turn)); }
  function has(turn) { return Boolean(get(keyOf(turn))); }
  function drop(turn) { remove(keyOf(turn)); }

  function read(key) {
    try { return JSON.parse(get(key)); } catch (invalid) { remove(key); return null; }
  }

  function turns() { return keys().filter(owns).sort().map(read).filter(Boolean); }
  function answered() { return turns().filter(function (turn) { return turn.view || turn.error; }); }
  function queued() { return turns().filter(function (turn) { return !turn.view && !turn.error; }); }

  // Starts using another session. Unsent messages of other sessions move to it; the rest is removed.
  function switchTo(newSession) {
    session = newSession;
    keys().forEach(function (key) {
      if (owns(key)) return;
      const turn = read(key);
      remove(key);
      if (turn && !turn.view && !turn.error) save(turn);
    });
  }

  // Removes all turns and starts another session.
  function clear(newSession) {
    keys().forEach(remove);
    session = newSession;
  }

  function prune() {
    const done = answered();
    done.slice(0, Math.max(0, done.length - MAX_TURNS)).forEach(drop);
  }

  return {
    session: function () { return session; },
    turns: turns, answered: answered, queued: queued, owns: owns, read: read, has: has,
    save: save, drop: drop, switchTo: switchTo, clear: clear, prune: prune,
  };
};

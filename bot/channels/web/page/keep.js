// What this phone keeps of the talk: one storage entry a turn, so that two tabs never write over
// each other. A turn without an answer yet is a message that still has to be sent.
window.lct = window.lct || {};
window.lct.keep = function (session) {
  'use strict';

  const PREFIX = 'lct:';
  const MOST = 120;
  let memory = null; // a Map where the browser gives us no storage
  try { localStorage.setItem('lct-try', '1'); localStorage.removeItem('lct-try'); }
  catch (off) { memory = new Map(); }

  function names() {
    const all = [];
    if (memory) memory.forEach(function (_, name) { all.push(name); });
    else for (let i = 0; i < localStorage.length; i++) all.push(localStorage.key(i));
    return all.filter(function (name) { return name.indexOf(PREFIX) === 0; });
  }

  function get(name) { return memory ? memory.get(name) : localStorage.getItem(name); }
  function remove(name) { if (memory) memory.delete(name); else localStorage.removeItem(name); }

  function set(name, value) {
    if (memory) { memory.set(name, value); return; }
    try {
      localStorage.setItem(name, value);
    } catch (full) {
      answered().slice(0, 20).forEach(drop);
      try { localStorage.setItem(name, value); } catch (still) { memory = new Map([[name, value]]); }
    }
  }

  function nameOf(turn) { return PREFIX + session + ':' + turn.at + ':' + turn.id; }
  function owns(name) { return Boolean(name) && name.indexOf(PREFIX + session + ':') === 0; }
  function save(turn) { set(nameOf(turn), JSON.stringify(turn)); }
  function has(turn) { return Boolean(get(nameOf(turn))); }
  function drop(turn) { remove(nameOf(turn)); }

  function read(name) {
    try { return JSON.parse(get(name)); } catch (broken) { remove(name); return null; }
  }

  function turns() { return names().filter(owns).sort().map(read).filter(Boolean); }
  function answered() { return turns().filter(function (t) { return t.view || t.error; }); }
  function queued() { return turns().filter(function (t) { return !t.view && !t.error; }); }

  // Another conversation's turns: what was answered goes, what still waits comes along.
  function move(to) {
    session = to;
    names().forEach(function (name) {
      if (owns(name)) return;
      const turn = read(name);
      remove(name);
      if (turn && !turn.view && !turn.error) save(turn);
    });
  }

  function empty(next) {
    names().forEach(remove);
    session = next;
  }

  function prune() {
    const done = answered();
    done.slice(0, Math.max(0, done.length - MOST)).forEach(drop);
  }

  return {
    session: function () { return session; },
    turns: turns, answered: answered, queued: queued, owns: owns, read: read, has: has,
    save: save, drop: drop, move: move, empty: empty, prune: prune,
  };
};

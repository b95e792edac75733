// Reads an answer aloud, where the phone has a Chinese voice.
(function () {
  'use strict';

  const texts = window.lct.texts;
  const synth = window.speechSynthesis;
  let speaking = null; // the button that was pressed

  function voice() {
    return synth.getVoices().find(function (v) { return /^(zh|cmn)/i.test(v.lang); });
  }
  function showButtons() {
    if (voice()) document.documentElement.classList.add('voiced');
  }
  function stop() {
    synth.cancel();
    if (speaking) speaking.textContent = texts.speak;
    speaking = null;
  }

  // Line by line: some browsers stop in the middle of a long text.
  function read(button) {
    const chosen = voice();
    const lines = window.lct.wordsOf(button.closest('.turn')).split('\n');
    const parts = lines.filter(function (line) { return line.trim(); });
    parts.forEach(function (line, n) {
      const utterance = new SpeechSynthesisUtterance(line.replace(/[↗⚠·]/g, ''));
      utterance.lang = chosen.lang;
      utterance.voice = chosen;
      if (n === parts.length - 1) {
        utterance.onend = function () { if (speaking === button) stop(); };
      }
      synth.speak(utterance);
    });
    speaking = button;
    button.textContent = texts.stop;
  }

  if (!synth || !window.SpeechSynthesisUtterance) return;
  showButtons();
  if (synth.addEventListener) synth.addEventListener('voiceschanged', showButtons);
  document.addEventListener('click', function (event) {
    const button = event.target.closest && event.target.closest('.speak');
    if (!button) return;
    const again = speaking === button;
    stop();
    if (!again) read(button);
  });
  window.addEventListener('pagehide', stop);
})();

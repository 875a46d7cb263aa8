// A count by hand: every tap is counted here at once and told to the page afterwards as the whole list, so that a tap can
// neither wait for the network nor be lost when taps come faster than the page is drawn anew. Words are set as text only.
const rounds = new Map();

function kept(data) {
  if (!rounds.has(data.id)) {
    let taps = data.taps;
    try {
      const own = JSON.parse(sessionStorage.getItem(data.id) || "[]");
      if (own.length > taps.length) taps = own;
    } catch { /* a browser that keeps nothing */ }
    rounds.set(data.id, { taps: taps.map(tap => [...tap]), ahead: data.now * 1000 - Date.now(), ended: false });
  }
  return rounds.get(data.id);
}

export default function (component) {
  const { data, setStateValue, parentElement } = component;
  const found = name => parentElement.querySelector(name);
  const round = kept(data), windows = data.windows, long = data.window_s;
  const now = () => (Date.now() + round.ahead) / 1000;
  const sum = way => round.taps.filter(tap => tap[1] === way).length;

  function tell() {
    try { sessionStorage.setItem(data.id, JSON.stringify(round.taps)); } catch { /* as above */ }
    setStateValue("tally", { id: data.id, taps: round.taps, ended: round.ended });
  }

  function show() {
    const at = now(), running = at >= data.start && at < data.start + windows * long;
    const rest = Math.max(0, Math.ceil(at < data.start ? data.start - at : data.start + windows * long - at));
    found(".left").textContent = `${Math.floor(rest / 60)}:${String(rest % 60).padStart(2, "0")}`;
    found(".told").textContent = at < data.start ? data.words.wait : running ? data.words.count : data.words.ended;
    for (const way of ["in", "out"]) {
      found(`.more.${way} b`).textContent = String(sum(way));
      found(`.more.${way}`).disabled = !running;
      found(`.less.${way}`).disabled = !running || sum(way) === 0;
    }
    if (!running && at >= data.start && !round.ended) {
      round.ended = true;
      tell();
    }
  }

  for (const way of ["in", "out"]) {
    found(`.more.${way} span`).textContent = data.words[way];
    found(`.less.${way}`).textContent = data.words[`less_${way}`];
    found(`.more.${way}`).onclick = () => {
      const window = Math.floor((now() - data.start) / long);
      if (window < 0 || window >= windows) return;
      round.taps.push([window, way]);
      navigator.vibrate?.(15);
      show();
      tell();
    };
    found(`.less.${way}`).onclick = () => {
      const last = round.taps.findLastIndex(tap => tap[1] === way);
      if (last < 0) return;
      round.taps.splice(last, 1);
      show();
      tell();
    };
  }
  clearInterval(round.timer);
  round.timer = setInterval(show, 200);
  if (!round.lit) round.lit = navigator.wakeLock?.request("screen").catch(() => null) || true;
  show();
  return () => clearInterval(round.timer);
}

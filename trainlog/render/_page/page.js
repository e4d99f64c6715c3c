"use strict";
const W = 900, L = 64, R = 12, T = 18, B = 38, DASH = ["", "9 4", "3 3", "9 3 2 3"];
const svg = (parent, tag, attributes, text) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const key in attributes) node.setAttribute(key, attributes[key]);
  if (text !== undefined) node.textContent = text;
  parent.append(node);
  return node;
};
const html = (parent, tag, properties) => { const node = Object.assign(document.createElement(tag), properties); parent.append(node); return node; };
const ticks = (low, high, most) => {
  const raw = (high - low) / most || 1, power = 10 ** Math.floor(Math.log10(raw)), pitch = [1, 2, 5, 10].find(m => m * power >= raw * 0.999) * power;
  const found = [];
  for (let k = Math.ceil(low / pitch); k * pitch <= high * (1 + 1e-9) + 1e-12 && found.length < 50; k++) found.push(k * pitch || 0);
  return found;
};
const logTicks = (low, high, most) => { // of logarithms: 1, 2 and 5 of each power of ten, or powers alone where there are many
  const span = high - low, digits = span <= 2 ? [1, 2, 5] : [1], every = Math.max(1, Math.ceil(span / most)), found = [];
  if (span < 0.6) return ticks(10 ** low, 10 ** high, most).filter(v => v > 0).map(Math.log10);
  for (let p = Math.floor(low); p <= high; p += every) for (const d of digits) found.push(p + Math.log10(d));
  return found.filter(v => v >= low && v <= high);
};
const short = value => value !== 0 && Math.abs(value) < 1e-3 ? String(Number(value.toPrecision(3)))
  : value.toLocaleString("en", Math.abs(value) >= 1e6 ? {notation: "compact", maximumSignificantDigits: 4} : {maximumSignificantDigits: Math.abs(value) >= 1e4 ? 6 : 4});

function chart(figure) {
  const data = JSON.parse(figure.querySelector("script").textContent), series = data.series, H = data.height || 380;
  const state = {axis: data.axis, log: Boolean(data.log), logX: Boolean(data.log_x), fit: Boolean(data.limits), zoom: null, cursor: null};
  series.forEach((s, i) => { s.colour ??= i % 4; s.dash ??= i % 4; });
  const controls = html(figure, "div", {className: "controls"});
  const units = Object.keys(series[0].x).filter(unit => series.every(s => s.x[unit]));
  const select = html(html(controls, "label", {textContent: "axis "}), "select", {});
  for (const unit of units) html(select, "option", {textContent: unit, value: unit});
  select.value = state.axis;
  select.onchange = () => { state.axis = select.value; state.zoom = state.cursor = null; draw(); };
  if (units.length < 2) select.parentNode.hidden = true;
  const check = (text, on, act, s) => {
    const label = html(controls, "label", {className: s ? "series" : ""});
    const box = html(label, "input", {type: "checkbox", checked: on});
    if (s) {
      const swatch = svg(label, "svg", {viewBox: "0 0 30 8", class: "swatch", "aria-hidden": true});
      svg(swatch, "line", {x1: 1, x2: 29, y1: 4, y2: 4, class: s.faint ? "curve faint" : "curve", style: `stroke:var(--c${s.colour})`, "stroke-dasharray": DASH[s.dash]});
    }
    label.append(" " + text + (s && s.own ? " (own scale)" : ""));
    box.onchange = () => { act(box.checked); draw(); };
  };
  check("log y", state.log, on => { state.log = on; });
  check("log x", state.logX, on => { state.logX = on; });
  if (data.limits) check("settled part of the curve", true, on => { state.fit = on; });
  series.forEach(s => check(s.name, s.on, on => { s.on = on; }, s));
  html(controls, "button", {type: "button", textContent: "whole run", onclick: () => { state.zoom = null; draw(); }});
  const root = svg(figure, "svg", {viewBox: `0 0 ${W} ${H}`, tabindex: 0, role: "img",
    "aria-label": `${series.map(s => s.name).join(", ")}. Arrow keys read values, + and - zoom, 0 shows the whole run.`});
  const said = html(figure, "output", {});
  said.setAttribute("aria-live", "polite");
  const convert = step => { // a step on the axis shown, between the nearest points of the longest series
    const s = series.reduce((a, b) => a.y.length >= b.y.length ? a : b), from = s.x[data.axis], to = s.x[state.axis];
    let i = from.findIndex(v => v >= step);
    if (i < 0) i = from.length - 1;
    if (i === 0) return to[0];
    return to[i - 1] + (to[i] - to[i - 1]) * Math.min((step - from[i - 1]) / (from[i] - from[i - 1] || 1), 1);
  };
  let span, px, left;
  function draw() {
    root.replaceChildren();
    const shown = series.filter(s => s.on);
    const all = series.flatMap(s => [s.x[state.axis][0], s.x[state.axis].at(-1)]);
    span = state.zoom || [Math.min(...all), Math.max(...all)];
    if (span[1] <= span[0]) span = [span[0] - 0.5, span[0] + 0.5];
    const along = state.logX ? x => Math.log10(Math.max(x, Number.MIN_VALUE)) : x => x, back = state.logX ? x => 10 ** x : x => x;
    if (state.logX && span[0] <= 0) span = [Math.min(...series.flatMap(s => s.x[state.axis].filter(x => x > 0)), span[1]), span[1]];
    const from = along(span[0]), reach = along(span[1]) - from || 1;
    px = x => L + (along(x) - from) / reach * (W - L - R);
    left = x => back(from + (x - L) / (W - L - R) * reach);
    const inner = y => state.log ? Math.log10(y) : y;
    const points = shown.map(s => s.y.map((y, i) => [s.x[state.axis][i], inner(y)]).filter(p => isFinite(p[1])));
    const common = points.filter((_, i) => !shown[i].own), inside = (common.length ? common : points).flat().filter(p => p[0] >= span[0] && p[0] <= span[1]).map(p => p[1]);
    let low = inside.reduce((a, b) => Math.min(a, b), Infinity), high = inside.reduce((a, b) => Math.max(a, b), -Infinity);
    if (state.fit && !state.zoom) [low, high] = data.limits.map(inner).map((y, i) => isFinite(y) ? y : [low, high][i]);
    if (!(high > low)) { low = isFinite(low) ? low - 0.5 : 0; high = low + 1; }
    else if (!state.fit || state.zoom) { const pad = 0.04 * (high - low); low -= pad; high += pad; }
    const py = y => H - B - (y - low) / (high - low) * (H - B - T);
    const heights = shown.map((s, i) => { // of a series that shares no unit with the others: from its lowest to its highest value
      if (!s.own || !common.length || !points[i].length) return py;
      const values = points[i].map(p => p[1]), least = values.reduce((a, b) => Math.min(a, b)), most = values.reduce((a, b) => Math.max(a, b));
      return y => H - B - (most > least ? (y - least) / (most - least) : 0.5) * 0.92 * (H - B - T);
    });
    for (const x of state.logX ? logTicks(from, from + reach, 9).map(back) : ticks(span[0], span[1], 7)) {
      svg(root, "line", {x1: px(x), x2: px(x), y1: T, y2: H - B, class: "grid"});
      svg(root, "text", {x: Math.min(px(x), W - 24), y: H - 20, "text-anchor": "middle"}, short(x));
    }
    for (const y of state.log ? logTicks(low, high, 6) : ticks(low, high, 5)) {
      svg(root, "line", {x1: L, x2: W - R, y1: py(y), y2: py(y), class: "grid"});
      svg(root, "text", {x: L - 6, y: py(y) + 4, "text-anchor": "end"}, short(state.log ? 10 ** y : y));
    }
    svg(root, "text", {x: W - R, y: H - 3, "text-anchor": "end"}, state.axis === data.axis ? data.label || state.axis : state.axis);
    if (data.title) svg(root, "text", {x: 2, y: 11}, data.title);
    const hold = svg(root, "svg", {x: L, y: T, width: W - L - R, height: H - B - T, viewBox: `${L} ${T} ${W - L - R} ${H - B - T}`});
    data.marks.forEach((mark, i) => {
      const x = px(convert(mark.step));
      if (mark.low != null && mark.high != null) {
        const a = px(convert(mark.low)), b = px(convert(mark.high));
        svg(hold, "rect", {x: a, y: T, width: Math.max(b - a, 1), height: H - B - T, class: "band"});
      }
      if (!mark.label) return;
      svg(hold, "line", {x1: x, x2: x, y1: T, y2: H - B, class: "mark"});
      const late = x > (L + W - R) / 2;
      svg(hold, "text", {x: late ? x - 3 : x + 3, y: T + 12 + 14 * (i % 5), "text-anchor": late ? "end" : "start"}, mark.label);
    });
    shown.forEach((s, i) => {
      svg(hold, "polyline", {points: points[i].map(p => `${px(p[0]).toFixed(1)},${heights[i](p[1]).toFixed(1)}`).join(" "),
        class: s.faint ? "curve faint" : "curve", style: `stroke:var(--c${s.colour})`, "stroke-dasharray": DASH[s.dash]});
    });
    if (state.cursor === null) return;
    svg(hold, "line", {x1: px(state.cursor), x2: px(state.cursor), y1: T, y2: H - B, class: "cursor"});
    shown.forEach((s, i) => {
      const at = nearest(s.x[state.axis], state.cursor), y = inner(s.y[at]);
      if (isFinite(y)) svg(hold, "circle", {cx: px(s.x[state.axis][at]), cy: heights[i](y), r: 4, class: "point", style: `fill:var(--c${s.colour})`});
    });
  }
  const nearest = (xs, x) => xs.reduce((best, v, i) => Math.abs(v - x) < Math.abs(xs[best] - x) ? i : best, 0);
  function look(x) { // reads the point that is nearest, and of every other series its nearest, saying where that is when it is elsewhere
    const shown = series.filter(s => s.on), near = shown.map(s => s.x[state.axis][nearest(s.x[state.axis], x)]);
    state.cursor = near.length ? near.reduce((a, b) => Math.abs(b - x) < Math.abs(a - x) ? b : a) : Math.min(Math.max(x, span[0]), span[1]);
    said.textContent = `${state.axis} ${short(state.cursor)}: ` + shown.map(s => {
      const at = nearest(s.x[state.axis], state.cursor), where = s.x[state.axis][at];
      return `${s.name} ${s.y[at]}${where === state.cursor ? "" : ` (at ${short(where)})`}`;
    }).join(", ");
    draw();
  }
  function zoom(factor, at) {
    const width = (span[1] - span[0]) * factor, part = (at - span[0]) / (span[1] - span[0]);
    state.zoom = [at - width * part, at + width * (1 - part)];
    draw();
  }
  const place = event => { const box = root.getBoundingClientRect(); return left((event.clientX - box.left) / box.width * W); };
  let start = null;
  root.onpointermove = event => look(place(event));
  root.onpointerdown = event => { start = place(event); };
  root.onpointerup = event => {
    const end = place(event);
    if (start !== null && Math.abs(px(end) - px(start)) > 12) { state.zoom = [Math.min(start, end), Math.max(start, end)]; draw(); }
    start = null;
  };
  root.ondblclick = () => { state.zoom = null; draw(); };
  root.onkeydown = event => {
    const xs = (series.find(s => s.on) || series[0]).x[state.axis], i = state.cursor === null ? -1 : nearest(xs, state.cursor);
    const to = {ArrowRight: Math.min(i + 1, xs.length - 1), ArrowLeft: Math.max(i - 1, 0), Home: 0, End: xs.length - 1}[event.key];
    if (to !== undefined) look(xs[to]);
    else if (event.key === "+") zoom(0.5, state.cursor ?? (span[0] + span[1]) / 2);
    else if (event.key === "-") zoom(2, state.cursor ?? (span[0] + span[1]) / 2);
    else if (event.key === "0") { state.zoom = null; draw(); }
    else return;
    event.preventDefault();
  };
  for (const button of figure.parentNode.querySelectorAll("button[data-step]"))
    button.onclick = () => { state.zoom = null; draw(); look(convert(Number(button.dataset.step))); root.focus(); root.scrollIntoView({block: "center"}); };
  draw();
}
document.querySelectorAll("figure").forEach(chart);

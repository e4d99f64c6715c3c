"use strict";
const W = 900, H = 380, L = 64, R = 12, T = 16, B = 34, DASH = ["", "9 4", "3 3", "9 3 2 3"];
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
  for (let k = Math.ceil(low / pitch); k * pitch <= high * (1 + 1e-9) + 1e-12 && found.length < 50; k++) found.push(k * pitch);
  return found;
};
const short = value => Number(value.toPrecision(4)).toLocaleString("en");

function chart(figure) {
  const data = JSON.parse(figure.querySelector("script").textContent), series = data.series;
  const state = {axis: data.axis, log: false, zoom: null, cursor: null};
  const controls = html(figure, "div", {className: "controls"});
  const units = Object.keys(series[0].x).filter(unit => series.every(s => s.x[unit]));
  const select = html(html(controls, "label", {textContent: "axis "}), "select", {});
  for (const unit of units) html(select, "option", {textContent: unit, value: unit});
  select.value = state.axis;
  select.onchange = () => { state.axis = select.value; state.zoom = state.cursor = null; draw(); };
  const check = (text, on, act) => {
    const label = html(controls, "label", {});
    const box = html(label, "input", {type: "checkbox", checked: on});
    label.append(" " + text);
    box.onchange = () => { act(box.checked); draw(); };
  };
  check("log scale", false, on => { state.log = on; });
  series.forEach(s => check(s.name, s.on, on => { s.on = on; }));
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
    px = x => L + (x - span[0]) / (span[1] - span[0]) * (W - L - R);
    left = x => span[0] + (x - L) / (W - L - R) * (span[1] - span[0]);
    const inner = y => state.log ? Math.log10(y) : y;
    const points = shown.map(s => s.y.map((y, i) => [s.x[state.axis][i], inner(y)]).filter(p => isFinite(p[1])));
    const inside = points.flat().filter(p => p[0] >= span[0] && p[0] <= span[1]).map(p => p[1]);
    let low = inside.reduce((a, b) => Math.min(a, b), Infinity), high = inside.reduce((a, b) => Math.max(a, b), -Infinity);
    if (!(high > low)) { low = isFinite(low) ? low - 0.5 : 0; high = low + 1; }
    const py = y => H - B - (y - low) / (high - low) * (H - B - T);
    for (const x of ticks(span[0], span[1], 7)) {
      svg(root, "line", {x1: px(x), x2: px(x), y1: T, y2: H - B, class: "grid"});
      svg(root, "text", {x: Math.min(px(x), W - 24), y: H - 14, "text-anchor": "middle"}, short(x));
    }
    for (const y of ticks(low, high, 5)) {
      svg(root, "line", {x1: L, x2: W - R, y1: py(y), y2: py(y), class: "grid"});
      svg(root, "text", {x: L - 6, y: py(y) + 4, "text-anchor": "end"}, short(state.log ? 10 ** y : y));
    }
    svg(root, "text", {x: W - R, y: H - 1, "text-anchor": "end"}, state.axis);
    const hold = svg(root, "svg", {x: L, y: 0, width: W - L - R, height: H, viewBox: `${L} 0 ${W - L - R} ${H}`});
    data.marks.forEach((mark, i) => {
      const x = px(convert(mark.step));
      if (mark.low != null && mark.high != null) {
        const a = px(convert(mark.low)), b = px(convert(mark.high));
        svg(hold, "rect", {x: a, y: T, width: Math.max(b - a, 1), height: H - B - T, class: "band"});
      }
      svg(hold, "line", {x1: x, x2: x, y1: T, y2: H - B, class: "mark"});
      svg(hold, "text", {x: x + 3, y: T + 12 + 14 * (i % 4)}, mark.label);
    });
    shown.forEach((s, i) => {
      const k = series.indexOf(s) % 4;
      svg(hold, "polyline", {points: points[i].map(p => `${px(p[0]).toFixed(1)},${py(p[1]).toFixed(1)}`).join(" "), class: "curve",
        style: `stroke:var(--c${k})`, "stroke-dasharray": DASH[k]});
      svg(root, "text", {x: W - R - 6, y: T + 14 + 16 * i, "text-anchor": "end", style: `fill:var(--c${k})`}, `${["solid", "dashed", "dotted", "dash-dot"][k]}: ${s.name}`);
    });
    if (state.cursor !== null) svg(hold, "line", {x1: px(state.cursor), x2: px(state.cursor), y1: T, y2: H - B, class: "cursor"});
  }
  const nearest = (xs, x) => xs.reduce((best, v, i) => Math.abs(v - x) < Math.abs(xs[best] - x) ? i : best, 0);
  function look(x) {
    state.cursor = Math.min(Math.max(x, span[0]), span[1]);
    said.textContent = `${state.axis} ${short(state.cursor)}: ` + series.filter(s => s.on).map(s => `${s.name} ${s.y[nearest(s.x[state.axis], state.cursor)]}`).join(", ");
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

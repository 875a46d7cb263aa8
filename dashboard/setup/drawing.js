// One outline is drawn over the floor plan: corners move with pointer or arrow keys, a press beside them adds one to the
// nearest edge, Delete takes one away. Everything is in metres; what comes from data is only ever set as text.
const SVG = "http://www.w3.org/2000/svg";

function made(name, fixed, above) {
  const one = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(fixed)) one.setAttribute(key, value);
  return above.appendChild(one);
}

function gap(point, a, b) {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const along = ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / (dx * dx + dy * dy || 1);
  const t = Math.max(0, Math.min(1, along));
  return Math.hypot(point[0] - a[0] - t * dx, point[1] - a[1] - t * dy);
}

export default function (component) {
  const { data, setStateValue, parentElement } = component;
  const svg = parentElement.querySelector("svg");
  const [x0, y0, wide, deep] = data.box;
  const size = Math.max(wide, deep) / 100;
  const least = data.closed ? 3 : 2;
  const corners = [...svg.querySelectorAll(".corner")];
  const focused = corners.indexOf(svg.getRootNode().activeElement);
  const points = data.points.map(point => [...point]);
  let held = null;

  const tell = () => setStateValue("points", points.map(point => point.map(value => Math.round(value * 100) / 100)));
  const path = drawn => drawn.map(point => point.join(",")).join(" ");

  function place(event) {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return [point.x, point.y];
  }

  function label(parent, words, x, y) {
    made("text", { x, y, "font-size": size * 2, "stroke-width": size / 3 }, parent).textContent = words;
  }

  function draw(focus) {
    svg.replaceChildren();
    if (data.image) {
      const [ix, iy, iw, ih] = data.image_box;
      const fixed = { x: ix, y: iy, width: iw, height: ih, preserveAspectRatio: "none" };
      made("image", { ...fixed, href: data.image }, svg);
    } else {
      for (let x = Math.ceil(x0); x <= x0 + wide; x++)
        made("line", { class: "grid", x1: x, x2: x, y1: y0, y2: y0 + deep, "stroke-width": size / 6 }, svg);
      for (let y = Math.ceil(y0); y <= y0 + deep; y++)
        made("line", { class: "grid", x1: x0, x2: x0 + wide, y1: y, y2: y, "stroke-width": size / 6 }, svg);
    }
    for (const other of data.others) {
      made(other.closed ? "polygon" : "polyline", { class: "other", points: path(other.points), "stroke-width": size / 3 }, svg);
      label(svg, other.name, other.points[0][0], other.points[0][1]);
    }
    made(data.closed ? "polygon" : "polyline", { class: "own", points: path(points), "stroke-width": size / 2 }, svg);
    points.forEach((point, i) => {
      const fixed = { class: "corner", cx: point[0], cy: point[1], r: size * 1.3, "stroke-width": size / 2.5, tabindex: 0 };
      const words = `${data.words} ${i + 1}: ${point[0].toFixed(2)}, ${point[1].toFixed(2)}`;
      const corner = made("circle", { ...fixed, role: "button", "aria-label": words }, svg);
      corner.onpointerdown = event => { held = i; svg.setPointerCapture(event.pointerId); event.stopPropagation(); };
      corner.onkeydown = event => moved(event, i);
      if (i === focus) corner.focus();
    });
  }

  function moved(event, i) {
    const way = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1] }[event.key];
    if (way) {
      points[i] = [points[i][0] + way[0], points[i][1] + way[1]];
    } else if ((event.key === "Delete" || event.key === "Backspace") && points.length > least) {
      points.splice(i, 1);
    } else {
      return;
    }
    event.preventDefault();
    draw(Math.min(i, points.length - 1));
    tell();
  }

  svg.setAttribute("viewBox", data.box.join(" "));
  svg.setAttribute("aria-label", data.alt);
  svg.onpointermove = event => {
    if (held === null) return;
    points[held] = place(event);
    draw();
  };
  svg.onpointerup = () => {
    if (held === null) return;
    held = null;
    tell();
  };
  svg.onpointerdown = event => {
    if (!data.closed || points.length >= 64) return;
    const point = place(event);
    const gaps = points.map((corner, i) => gap(point, corner, points[(i + 1) % points.length]));
    points.splice(gaps.indexOf(Math.min(...gaps)) + 1, 0, point);
    draw();
    tell();
  };
  draw(focused);
}

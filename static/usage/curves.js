/* Draws each element with data-curve by uPlot. The table beside it has the same numbers; without this script it is what
   there is. Lines are told apart by their dashes and by words on them, never by color alone. */
"use strict";

(() => {
  const HEIGHT = 240;
  const DASHES = { line: [6, 4], mark: [10, 4, 2, 4] };
  const drawn = [];

  /** Return a custom property of the style sheet, as the screen or the paper has it. */
  const token = (element, name) => getComputedStyle(element).getPropertyValue(name).trim();

  /** Return how dates and figures are written in the reader's language, on the billing zone's clock. */
  const writers = ({ language, zone }) => {
    const day = new Intl.DateTimeFormat(language, { month: "short", day: "numeric", timeZone: zone });
    const figure = new Intl.NumberFormat(language, { maximumFractionDigits: 2 });
    return {
      day: (seconds) => day.format(seconds * 1000),
      figure: (value) => figure.format(value),
    };
  };

  /** Write a label that stays inside the drawing, on a ground of its own. */
  const label = (u, text, x, y, ink, ground) => {
    const { ctx, bbox } = u;
    const scale = devicePixelRatio;
    ctx.font = `${12 * scale}px system-ui, sans-serif`;
    const width = ctx.measureText(text).width;
    const left = Math.min(Math.max(x, bbox.left + 4 * scale), bbox.left + bbox.width - width - 4 * scale);
    const base = Math.min(Math.max(y, bbox.top + 14 * scale), bbox.top + bbox.height - 4 * scale);
    ctx.fillStyle = ground;
    ctx.globalAlpha = 0.85;
    ctx.fillRect(left - 2 * scale, base - 12 * scale, width + 4 * scale, 16 * scale);
    ctx.globalAlpha = 1;
    ctx.fillStyle = ink;
    ctx.textAlign = "left";
    ctx.textBaseline = "alphabetic";
    ctx.fillText(text, left, base);
  };

  const level = (u, y, dash, ink) => {
    const { ctx, bbox } = u;
    const at = u.valToPos(y, "y", true);
    ctx.setLineDash(dash.map((length) => length * devicePixelRatio));
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.strokeStyle = ink;
    ctx.beginPath();
    ctx.moveTo(bbox.left, at);
    ctx.lineTo(bbox.left + bbox.width, at);
    ctx.stroke();
    ctx.setLineDash([]);
    return at;
  };

  const annotate = (u, curve, ink, ground, write) => {
    const { ctx, bbox } = u;
    ctx.save();
    for (const line of curve.lines) {
      const at = level(u, line.y, DASHES.line, ink);
      label(u, `${line.label}: ${write.figure(line.y)}`, bbox.left + 4, at - 5 * devicePixelRatio, ink, ground);
    }
    for (const mark of curve.marks) {
      const at = level(u, mark.y, DASHES.mark, ink);
      const x = u.valToPos(mark.x, "x", true);
      ctx.beginPath();
      ctx.arc(x, at, 5 * devicePixelRatio, 0, 2 * Math.PI);
      ctx.lineWidth = 2 * devicePixelRatio;
      ctx.stroke();
      label(u, mark.label, x + 10 * devicePixelRatio, at - 8 * devicePixelRatio, ink, ground);
    }
    ctx.restore();
  };

  /** Return how wide an axis must be for the longest of its figures. */
  const room = (u, figures) => 16 + 7 * Math.max(2, ...(figures ?? []).map((figure) => figure.length));

  const PATHS = {
    bars: () => uPlot.paths.bars({ size: [0.7, 40] }),
    steps: () => uPlot.paths.stepped({ align: 1 }),
    line: () => uPlot.paths.linear(),
  };

  const draw = (element) => {
    const curve = JSON.parse(element.dataset.curve);
    const write = writers(curve);
    const ink = token(element, "--ink");
    const ground = token(element, "--surface");
    const accent = token(element, "--accent");
    const highest = Math.max(1, ...curve.y, ...curve.lines.map((line) => line.y), ...curve.marks.map((mark) => mark.y));
    const axis = {
      stroke: token(element, "--muted"),
      grid: { stroke: token(element, "--line"), width: 1 },
      ticks: { show: false },
      font: "12px system-ui, sans-serif",
    };
    element.replaceChildren();
    return new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), curve.zone),
        legend: { show: false },
        cursor: { show: false },
        select: { show: false },
        scales: {
          x: { time: true, range: [curve.from, curve.until] },
          y: { range: [0, highest * 1.15] },
        },
        axes: [
          { ...axis, space: 70, values: (u, at) => at.map(write.day) },
          { ...axis, size: room, values: (u, at) => at.map(write.figure) },
        ],
        series: [
          {},
          {
            stroke: accent,
            width: 2,
            fill: curve.kind === "line" ? undefined : token(element, "--accent-soft"),
            paths: PATHS[curve.kind](),
            points: { show: curve.kind === "line" && curve.x.length < 40, size: 6, fill: ground },
          },
        ],
        hooks: { draw: [(u) => annotate(u, curve, ink, ground, write)] },
      },
      [curve.x, curve.y],
      element,
    );
  };

  const drawAll = () => {
    for (const chart of drawn.splice(0)) chart.destroy();
    for (const element of document.querySelectorAll("[data-curve]")) drawn.push(draw(element));
  };

  document.documentElement.classList.add("draws-curves");
  drawAll();
  new ResizeObserver(() => {
    for (const chart of drawn) {
      const width = chart.root.parentElement.clientWidth;
      if (width && width !== chart.width) chart.setSize({ width, height: HEIGHT });
    }
  }).observe(document.querySelector("main"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
})();

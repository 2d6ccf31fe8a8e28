'use strict';
// Draws the graphs of the report. The data stand in the element "data"; times are in nanoseconds, sizes in octets.
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const tip = document.getElementById('tip');
  const verdicts = ['', 'sent again after a timeout', 'sent again after duplicate ACKs', 'sent again because of SACK', 'tail loss probe',
    'sent again although it had arrived', 'sent again', 'overtaken on its way', 'captured twice'];
  const colour = name => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
  const charts = [];

  const number = value => Math.round(value).toLocaleString('en').replace(/,/g, '\u202f');
  const trimmed = value => String(+value.toPrecision(3));
  const seconds = ns => Math.abs(ns) < 1e3 ? trimmed(ns) + ' ns' : Math.abs(ns) < 1e6 ? trimmed(ns / 1e3) + ' µs'
    : Math.abs(ns) < 1e9 ? trimmed(ns / 1e6) + ' ms' : trimmed(ns / 1e9) + ' s';
  const octets = value => { let unit = 0; while (Math.abs(value) >= 1024 && unit < 4) { value /= 1024; unit++; } return trimmed(value) + ['', ' KiB', ' MiB', ' GiB', ' TiB'][unit]; };
  const bits = value => { let unit = 0; while (Math.abs(value) >= 1000 && unit < 4) { value /= 1000; unit++; } return trimmed(value) + [' bit/s', ' kbit/s', ' Mbit/s', ' Gbit/s', ' Tbit/s'][unit]; };

  function ticks(from, to, most, base) {
    const raw = (to - from) / most;
    if (!(raw > 0)) return [];
    let step;
    if (base === 2) { const power = 2 ** Math.floor(Math.log2(raw)); step = raw > power ? power * 2 : power; }
    else { const power = 10 ** Math.floor(Math.log10(raw)); step = [1, 2, 5, 10].find(each => each * power >= raw) * power; }
    const all = [];
    for (let at = Math.ceil(from / step) * step; at <= to && all.length < 50; at += step) all.push(at);
    return all;
  }

  // A chart of points over time. layers(): [{kind: 'line'|'step'|'dots'|'segments'|'blocks'|'bars', color, points, label}].
  class Chart {
    constructor(canvas, group, layers, options) {
      Object.assign(this, { canvas, group, layers, options });
      this.seen = false;
      group.charts.push(this);
      charts.push(this);
      canvas.tabIndex = 0;
      canvas.addEventListener('mousedown', event => this.press(event));
      canvas.addEventListener('mousemove', event => this.hover(event));
      canvas.addEventListener('mouseleave', () => { tip.style.display = 'none'; });
      canvas.addEventListener('dblclick', () => this.group.reset());
      canvas.addEventListener('wheel', event => { if (event.deltaY) { event.preventDefault(); this.group.zoom(this.timeAt(event.offsetX), event.deltaY > 0 ? 1.25 : 0.8); } }, { passive: false });
      canvas.addEventListener('keydown', event => this.key(event));
    }
    get box() { return { left: 78, right: this.canvas.clientWidth - 10, top: 8, bottom: this.canvas.clientHeight - 22 }; }
    timeAt(x) { const { left, right } = this.box; return this.group.from + (x - left) / (right - left) * (this.group.to - this.group.from); }
    x(time) { const { left, right } = this.box; return left + (time - this.group.from) / (this.group.to - this.group.from) * (right - left); }
    y(value) { const { top, bottom } = this.box; return bottom - (value - this.low) / (this.high - this.low) * (bottom - top); }

    // The vertical range of what lies in the shown time.
    scale() {
      let low = this.options.zero ? 0 : Infinity, high = -Infinity;
      for (const layer of this.layers()) {
        if (layer.isLimit) continue;
        let before;
        for (const point of layer.points) {
          const [begin, end, bottom, top] = layer.span(point);
          if (end < this.group.from) { before = top; continue; }
          if (begin > this.group.to) continue; // a capture may go back in time
          if (bottom < low) low = bottom;
          if (top > high) high = top;
        }
        if (before !== undefined && layer.kind === 'step') { low = Math.min(low, before); high = Math.max(high, before); }
      }
      if (!(high > low)) { low = Number.isFinite(low) ? low : 0; high = low + 1; }
      const margin = (high - low) * 0.05;
      this.low = this.options.zero ? 0 : low - margin;
      this.high = high + margin;
    }

    draw() {
      if (!this.seen) return;
      const canvas = this.canvas, ratio = devicePixelRatio || 1;
      canvas.width = canvas.clientWidth * ratio;
      canvas.height = canvas.clientHeight * ratio;
      const context = canvas.getContext('2d');
      context.scale(ratio, ratio);
      this.scale();
      const { left, right, top, bottom } = this.box;
      context.font = '11px system-ui, sans-serif';
      context.strokeStyle = colour('line');
      context.fillStyle = colour('dim');
      context.lineWidth = 1;
      context.textAlign = 'right'; context.textBaseline = 'middle';
      for (const value of ticks(this.low, this.high, 6, this.options.base)) {
        const y = Math.round(this.y(value)) + 0.5;
        context.beginPath(); context.moveTo(left, y); context.lineTo(right, y); context.stroke();
        context.fillText(this.options.text(value), left - 6, y);
      }
      context.textAlign = 'center'; context.textBaseline = 'top';
      for (const time of ticks(this.group.from, this.group.to, Math.max(3, (right - left) / 110))) {
        const x = Math.round(this.x(time)) + 0.5;
        context.beginPath(); context.moveTo(x, top); context.lineTo(x, bottom); context.stroke();
        const digits = Math.min(9, Math.max(0, 2 - Math.floor(Math.log10((this.group.to - this.group.from) / 1e9))));
        context.fillText((time / 1e9).toFixed(digits) + ' s', x, bottom + 5);
      }
      context.save();
      context.beginPath(); context.rect(left, top, right - left, bottom - top); context.clip();
      for (const layer of this.layers()) this.paint(context, layer);
      if (this.drag) { context.fillStyle = colour('focus') + '33'; context.fillRect(Math.min(this.drag.from, this.drag.to), top, Math.abs(this.drag.to - this.drag.from), bottom - top); }
      context.restore();
    }

    paint(context, layer) {
      context.strokeStyle = context.fillStyle = colour(layer.color);
      context.lineWidth = layer.width || 1.25;
      const { left, right } = this.box;
      if (layer.kind === 'line' || layer.kind === 'step') {
        context.beginPath();
        let last;
        for (const point of layer.points) {
          const [begin, , , value] = layer.span(point);
          const x = this.x(begin), y = this.y(value);
          if (last === undefined) context.moveTo(x, y);
          else { if (layer.kind === 'step') context.lineTo(x, last); context.lineTo(x, y); }
          last = y;
        }
        if (layer.kind === 'step' && last !== undefined) context.lineTo(right, last);
        context.stroke();
        return;
      }
      for (const point of layer.points) {
        const [begin, end, bottom, top] = layer.span(point);
        if (end < this.group.from || begin > this.group.to) continue;
        const x = this.x(begin), y = this.y(top);
        if (layer.kind === 'dots') context.fillRect(x - 1.5, y - 1.5, 3, 3);
        else if (layer.kind === 'bars') context.fillRect(x, y, Math.max(1, this.x(end) - x - 0.5), this.y(0) - y);
        else { // segments: from the first octet at the first time to the last at the last
          context.beginPath(); context.moveTo(x, this.y(bottom)); context.lineTo(Math.max(this.x(end), x), y); context.stroke();
          if (layer.isMarked) { context.beginPath(); context.arc(x, (y + this.y(bottom)) / 2, 4, 0, 7); context.stroke(); }
        }
      }
    }

    nearest(x, y) {
      let best, least = 24 * 24;
      for (const layer of this.layers()) {
        for (const point of layer.points) {
          const [begin, end, bottom, top] = layer.span(point);
          if (end < this.group.from || begin > this.group.to) continue;
          const dx = Math.max(0, this.x(begin) - x, x - this.x(end));
          const dy = layer.kind === 'bars' ? 0 : Math.max(0, this.y(top) - y, y - this.y(bottom));
          const distance = dx * dx + dy * dy - (layer.isMarked ? 9 : 0);
          if (distance < least) { least = distance; best = { layer, point }; }
        }
      }
      return best;
    }
    hover(event) {
      if (this.drag) { this.drag.to = event.offsetX; this.draw(); return; }
      const found = this.nearest(event.offsetX, event.offsetY);
      tip.style.display = found ? 'block' : 'none';
      if (!found) return;
      tip.textContent = found.layer.tell(found.point);
      tip.style.left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8) + 'px';
      tip.style.top = Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 8) + 'px';
    }
    press(event) {
      if (event.button !== 0) return;
      this.drag = { from: event.offsetX, to: event.offsetX };
      const release = up => {
        removeEventListener('mouseup', release);
        const { from, to } = this.drag;
        this.drag = null;
        if (Math.abs(to - from) > 5) this.group.show(this.timeAt(Math.min(from, to)), this.timeAt(Math.max(from, to)));
        else this.draw();
      };
      addEventListener('mouseup', release);
    }
    key(event) {
      const { from, to } = this.group, middle = (from + to) / 2, span = to - from;
      switch (event.key) {
        case '+': case '=': this.group.zoom(middle, 0.7); break;
        case '-': this.group.zoom(middle, 1 / 0.7); break;
        case 'ArrowLeft': this.group.show(from - span / 5, to - span / 5); break;
        case 'ArrowRight': this.group.show(from + span / 5, to + span / 5); break;
        case '0': case 'Home': this.group.reset(); break;
        default: return;
      }
      event.preventDefault();
    }
  }

  // The charts of one conversation share their time.
  class Group {
    constructor(end) { this.charts = []; this.end = Math.max(end, 1000); this.reset(); }
    reset() { this.show(-this.end * 0.01, this.end * 1.01); }
    show(from, to) {
      const span = Math.min(Math.max(to - from, 100), this.end * 1.02), least = -this.end * 0.01;
      this.from = Math.min(Math.max(from, least), this.end * 1.01 - span);
      this.to = this.from + span;
      this.charts.forEach(chart => chart.draw());
    }
    zoom(at, factor) { this.show(at - (at - this.from) * factor, at + (this.to - at) * factor); }
  }

  const segmentSpan = s => [s[0], s[0] + s[1], s[2], s[2] + s[3]];
  const pointSpan = p => [p[0], p[0], p[1], p[1]];
  const at = time => 'at ' + (time / 1e9).toFixed(6) + ' s';
  const tellSegment = s => `packet ${s[4]}${s[1] ? ' and those behind it' : ''} ${at(s[0])}\noctets ${number(s[2])} to ${number(s[2] + s[3])}${s[5] ? '\n' + verdicts[s[5]] : ''}`;
  const tellPoint = (what, text) => p => `packet ${p[2]} ${at(p[0])}\n${what} ${text(p[1])}`;

  function conversation(section) {
    const stream = data.streams[+section.dataset.index], group = new Group(stream.duration);
    let way = stream.ways[1].octets > stream.ways[0].octets ? 1 : 0;
    const now = () => stream.ways[way];
    const bars = () => now().bins.map((value, index) => [index * now().binLength, value * 8e9 / now().binLength, 0]).filter(bar => bar[1] > 0);
    const layers = {
      sequence: () => [
        { kind: 'step', color: 'win', points: now().limits, span: pointSpan, tell: tellPoint('the window ends at octet', number), isLimit: true },
        { kind: 'step', color: 'ack', points: now().acknowledged, span: pointSpan, tell: tellPoint('acknowledges up to octet', number) },
        { kind: 'segments', color: 'data', width: 2, points: now().segments, span: segmentSpan, tell: tellSegment },
        { kind: 'blocks', color: 'sack', width: 2, points: now().blocks, span: b => [b[0], b[0], b[1], b[1] + b[2]], tell: b => `packet ${b[3]} ${at(b[0])}\nSACK: octets ${number(b[1])} to ${number(b[1] + b[2])}` },
        { kind: 'segments', color: 'bad', width: 2, points: now().marked.filter(s => s[5] < 7), span: segmentSpan, tell: tellSegment, isMarked: true },
        { kind: 'segments', color: 'order', width: 2, points: now().marked.filter(s => s[5] >= 7), span: segmentSpan, tell: tellSegment, isMarked: true },
      ],
      throughput: () => [{ kind: 'bars', color: 'data', points: bars(), span: b => [b[0], b[0] + now().binLength, 0, b[1]], tell: b => `${at(b[0])}, for ${seconds(now().binLength)}\n${bits(b[1])}` }],
      roundtrip: () => [{ kind: 'dots', color: 'ack', points: now().roundTrips, span: pointSpan, tell: tellPoint('round trip', seconds) }],
      window: () => [
        { kind: 'step', color: 'win', points: now().windows, span: pointSpan, tell: tellPoint('window', v => number(v) + ' octets') },
        { kind: 'line', color: 'data', points: now().inFlight, span: pointSpan, tell: tellPoint('in flight', v => number(v) + ' octets') },
      ],
    };
    const options = { sequence: { text: octets, base: 2 }, throughput: { text: bits, zero: true }, roundtrip: { text: seconds, zero: true }, window: { text: octets, base: 2, zero: true } };
    for (const canvas of section.querySelectorAll('canvas')) new Chart(canvas, group, layers[canvas.dataset.chart], options[canvas.dataset.chart]);
    const buttons = [...section.querySelectorAll('.ways button')];
    buttons.forEach((button, index) => button.addEventListener('click', () => choose(index)));
    function choose(index) {
      way = index;
      buttons.forEach((button, each) => button.setAttribute('aria-pressed', each === way));
      group.charts.forEach(chart => chart.draw());
    }
    choose(way);
  }

  document.querySelectorAll('section[data-index]').forEach(conversation);
  document.querySelectorAll('.scripted').forEach(element => { element.hidden = false; });
  // What is in sight at once is drawn at once; whatever the observer tells comes with a later frame.
  charts.forEach(chart => {
    const box = chart.canvas.getBoundingClientRect();
    chart.seen = box.top < innerHeight && box.bottom > 0;
    chart.draw();
  });
  const watcher = new IntersectionObserver(entries => entries.forEach(entry => {
    const chart = charts.find(one => one.canvas === entry.target);
    chart.seen = entry.isIntersecting;
    chart.draw();
  }), { rootMargin: '200px' });
  charts.forEach(chart => watcher.observe(chart.canvas));
  addEventListener('resize', () => charts.forEach(chart => chart.draw()));
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => charts.forEach(chart => chart.draw()));
})();

// Values of a chart's lines where somebody points, or goes by the arrow keys. Without this the page says everything too.
for (const chart of document.querySelectorAll('svg.chart')) {
  const series = [...chart.querySelectorAll('.series')].map((group) => ({
    nth: Number(group.dataset.nth),
    name: group.dataset.name,
    at: group.dataset.at?.split(' ').map(Number),
    x: group.dataset.x?.split(' '),
    y: group.dataset.y.split(' '),
  }));
  if (series.length === 0) continue;
  series.sort((one, two) => one.nth - two.nth);
  // Most lines have their points at the same places, which are written once.
  for (const line of series) line.at ??= series[0].at;
  const plot = chart.parentElement;
  const tip = document.createElement('div');
  tip.className = 'tip';
  tip.hidden = true;
  plot.append(tip);
  const box = chart.viewBox.baseVal;
  const cursor = document.createElementNS(chart.namespaceURI, 'path');
  cursor.setAttribute('class', 'cursor');
  chart.append(cursor);
  const nearest = (at, x) => at.reduce((best, here, nth) => (Math.abs(here - x) < Math.abs(at[best] - x) ? nth : best), 0);
  const hide = () => {
    tip.hidden = true;
    cursor.removeAttribute('d');
  };
  const show = (x) => {
    const first = nearest(series[0].at, x);
    const here = series[0].at[first];
    const head = document.createElement('b');
    head.textContent = series[0].x[first];
    const rows = series.map(({ nth: key, name, at, y }) => {
      const row = document.createElement('div');
      row.className = `s${key}`;
      // What has no value near is not made up from one far away.
      const nth = nearest(at, here);
      const value = document.createElement('span');
      value.textContent = Math.abs(at[nth] - here) <= box.width / 40 ? y[nth] : '–';
      row.append(`${name} `, value);
      return row;
    });
    tip.replaceChildren(head, ...rows);
    cursor.setAttribute('d', `M${here} 30V${box.height - 28}`);
    tip.hidden = false;
    const scale = plot.clientWidth / box.width;
    const left = here * scale;
    tip.style.left = `${Math.max(0, left + 12 + tip.offsetWidth > plot.clientWidth ? left - 12 - tip.offsetWidth : left + 12)}px`;
    return first;
  };
  chart.addEventListener('pointermove', (event) => {
    const { left, width } = chart.getBoundingClientRect();
    show(((event.clientX - left) / width) * box.width);
  });
  chart.addEventListener('pointerleave', hide);
  plot.tabIndex = 0;
  plot.setAttribute('role', 'group');
  plot.setAttribute('aria-label', `${chart.querySelector('title').textContent}: arrow keys read the values`);
  tip.setAttribute('role', 'status');
  let nth = 0;
  plot.addEventListener('keydown', (event) => {
    const last = series[0].at.length - 1;
    const steps = { ArrowLeft: nth - 1, ArrowRight: nth + 1, Home: 0, End: last, PageUp: nth - 20, PageDown: nth + 20 };
    if (event.key === 'Escape') hide();
    if (!(event.key in steps) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    nth = Math.min(last, Math.max(0, tip.hidden ? nth : steps[event.key]));
    show(series[0].at[nth]);
  });
  plot.addEventListener('blur', hide);
}

// Values of a chart's lines where somebody points. Without this the page says everything too.
for (const chart of document.querySelectorAll('svg.chart')) {
  const lines = [...chart.querySelectorAll('path[data-x]')].map((path) => ({
    name: path.dataset.name,
    x: path.dataset.x.split(' '),
    y: path.dataset.y.split(' '),
    at: path.getAttribute('d').slice(1).split(' ').filter((_, nth) => nth % 2 === 0).map(Number),
  }));
  if (lines.length === 0) continue;
  const tip = document.createElement('div');
  tip.className = 'tip';
  tip.hidden = true;
  chart.after(tip);
  chart.addEventListener('pointermove', (event) => {
    const box = chart.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * chart.viewBox.baseVal.width;
    const nearest = (at) => at.reduce((best, here, nth) => (Math.abs(here - x) < Math.abs(at[best] - x) ? nth : best), 0);
    const first = lines[0].x[nearest(lines[0].at)];
    tip.textContent = [first, ...lines.map((line) => `${line.name} ${line.y[nearest(line.at)]}`)].join('\n');
    tip.hidden = false;
    const figure = chart.parentElement.getBoundingClientRect();
    const left = event.clientX - figure.left + 14;
    tip.style.left = `${Math.max(0, Math.min(left, figure.width - tip.offsetWidth - 4))}px`;
    tip.style.top = `${box.top - figure.top + 20}px`;
  });
  chart.addEventListener('pointerleave', () => (tip.hidden = true));
}

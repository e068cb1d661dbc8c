"use strict";
/* Draws the graphs that stand as JSON in the page, one in each .chart, and draws them anew when the window changes. */

const PREFIXES = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]];

function short(value) {
  for (const [size, prefix] of PREFIXES) {
    if (Math.abs(value) >= size) return `${Number((value / size).toPrecision(3))}${prefix}`;
  }
  return `${Number(value.toPrecision(3))}`;
}

const options = JSON.parse(document.getElementById("graphs").textContent);
const graphs = [...document.querySelectorAll(".chart")].map((place, number) => {
  const option = options[number];
  for (const axis of [].concat(option.yAxis ?? [])) axis.axisLabel.formatter = short;
  option.tooltip.valueFormatter = (value) => (value === null || value === undefined ? "-" : short(value));
  const graph = echarts.init(place, null, { renderer: "svg" });
  graph.setOption(option);
  return graph;
});
window.addEventListener("resize", () => graphs.forEach((graph) => graph.resize()));
document.documentElement.dataset.drawn = String(graphs.length);

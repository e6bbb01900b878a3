// The look of a report: one style sheet inside the page, light and dark as the reader's system is, good on paper.

const shades = Array.from({ length: 9 }, (_, index) => {
  const share = Math.round(8 + index * 9);
  return `.right.h${index + 1}{background:color-mix(in oklch,var(--good) ${share}%,transparent)}.wrong.h${index + 1}{background:color-mix(in oklch,var(--bad) ${share}%,transparent)}`;
}).join('');

export const reportStyle = `
:root{color-scheme:light dark;--bg:#fff;--text:#20242c;--soft:#5b6370;--line:#dfe3e8;--sunken:#f5f6f8;--accent:#0a6f77;--good:#1c7a43;--bad:#b3362b}
@media (prefers-color-scheme:dark){:root{--bg:#14171c;--text:#e9ebee;--soft:#a3abb6;--line:#2c323a;--sunken:#1b1f26;--accent:#5ac4cc;--good:#58c585;--bad:#ef8376}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1080px;padding:32px 24px 64px;background:var(--bg);color:var(--text);font:14px/1.5 system-ui,sans-serif}
h1{font-size:22px;line-height:1.3;margin:0}h2{font-size:16px;margin:36px 0 12px;padding-top:12px;border-top:1px solid var(--line)}
p{max-width:70ch}small,.soft{color:var(--soft);font-size:12px}
dl.key{display:grid;grid-template-columns:repeat(auto-fit,minmax(128px,1fr));gap:12px;margin:20px 0}
dl.key div{background:var(--sunken);border-radius:8px;padding:10px 12px}dt{color:var(--soft);font-size:12px}dd{margin:0;font-size:18px;font-variant-numeric:tabular-nums}dd small{display:block}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:5px 10px;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}th{font-weight:600}thead th{color:var(--soft);font-size:12px}
td.n,th.n{text-align:right;white-space:nowrap}
.wide{overflow-x:auto}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(300px,1fr));gap:16px}
figure{margin:0;break-inside:avoid}figcaption{font-weight:600}figcaption small{font-weight:400}
svg{display:block;width:100%;height:auto}svg.square{max-width:320px}
.line{fill:none;stroke:var(--accent);stroke-width:1.6;stroke-linejoin:round}.dashed{stroke-dasharray:5 3}.dot,.bar{fill:var(--accent)}
.grid,.axis{stroke:var(--line)}.best{stroke:var(--soft);stroke-dasharray:2 3}.tick{fill:var(--soft);font-size:11px}
.confusion{width:auto;font-size:11px}.confusion td{min-width:26px;text-align:center;padding:3px}.confusion th[scope=row]{white-space:nowrap}
.confusion thead th{vertical-align:bottom}.confusion thead span{writing-mode:vertical-rl;transform:rotate(180deg);white-space:nowrap}
${shades}
pre{background:var(--sunken);border-radius:8px;padding:14px;overflow-x:auto;font:12px/1.5 ui-monospace,monospace}
svg.meter{height:6px;min-width:60px;margin-top:7px;background:var(--sunken)}
td:first-child{min-width:150px}.confusion td,td.n{min-width:26px}
@media print{body{max-width:none;padding:0;font-size:11px}h2{break-after:avoid}tr,svg,pre{break-inside:avoid}a{color:inherit}}
`;

// The intent task on Banking77 (train.csv → test.csv) beside scikit-learn with the same settings, in turn on this
// machine: time to fit with tf-idf, 10,000 predictions, one prediction, memory, accuracy, macro-F1, calibration.
// scikit-learn's time is that of vectorising and fitting texts already in memory. Beside it stand ours of the same work
// (from the first word counted to weights that are packed and hashed), the run whole (it reads its rows from storage
// first), and each phase.
//     npm run bench -- intent [--rounds 3] [--quick]      --quick leaves out the preset best (words and characters)
import { readFileSync } from 'node:fs';

export const title = 'Intent on Banking77 beside scikit-learn';

const variants = [
  { key: 'default', name: 'recipe defaults', peer: 'recipe-default', recipe: {} },
  { key: 'best', name: 'preset best', peer: 'word+char', recipe: { extends: 'best' } },
];
const whole = { split: { train: 1, validation: 0, test: 0 } };

export async function run(tools) {
  const { shared, median, say, options } = tools;
  const files = ['train.csv', 'test.csv'].map((name) => ({ name, path: shared(`datasets/banking77/${name}`) }));
  if (files.some((file) => !file.path)) {
    say('Banking77 is not at ../shared/datasets/banking77: there is nothing to measure here.');
    return [];
  }
  const at = options.indexOf('--rounds');
  const rounds = at >= 0 ? Number(options[at + 1]) : 3;
  const rows = [];
  for (const variant of options.includes('--quick') ? variants.slice(0, 1) : variants) {
    const ours = [];
    const theirs = [];
    for (let round = 0; round < rounds; round++) {
      say(`${variant.name}, round ${round + 1} of ${rounds}`);
      ours.push(await measureStudio(tools, files, variant.recipe));
      const peer = await tools.peer('intent_sklearn.py', ['--only', variant.peer]);
      if (peer) theirs.push({ ...peer.metrics[variant.peer], peakMb: peer.peakRssMb });
    }
    rows.push(...compared(tools, variant, ours, theirs, median));
  }
  return rows;
}

/** A fresh browser each time, so that the memory is that of one training. */
async function measureStudio(tools, files, recipe) {
  const { page, pid, close } = await tools.open();
  await tools.give(
    page,
    files.map((file) => ({ name: file.name, text: readFileSync(file.path, 'utf8') })),
  );
  const prepared = await page.evaluate(async () => {
    await window.studio.ready();
    const project = await window.studio.projects.create({ name: 'bench', task: 'intent' });
    const dataset = await window.studio.datasets.import(project.id, window.given);
    // A first small run starts the workers, as an open studio has them.
    const warm = { task: 'intent', dataset: dataset.id, seed: 1, config: { maxFeatures: 100, calibration: 'none' } };
    await window.studio.train(project.id, { ...warm, config: { ...warm.config, temperature: false } });
    // The first visit keeps the program for use offline, which the server compresses for the first time meanwhile.
    await navigator.serviceWorker?.ready;
    await new Promise((resolve) => setTimeout(resolve, 3000));
    return { projectId: project.id, datasetId: dataset.id };
  });
  const memory = tools.memory(pid());
  const figures = await page.evaluate(
    async ({ projectId, datasetId, recipe, whole }) => {
      const { studio } = window;
      const began = performance.now();
      const phases = [];
      const noted = { onEvent: (event) => void (event.type === 'progress' && begins(event.progress.phase)) };
      const begins = (name) => {
        if (phases.at(-1)?.name !== name) phases.push({ name, at: performance.now() });
      };
      const config = { task: 'intent', dataset: datasetId, seed: 1, ...recipe, config: whole };
      const run = await studio.train(projectId, config, noted);
      const ended = performance.now();
      const trainSeconds = (ended - began) / 1000;
      const beganAt = (name) => phases.find((phase) => phase.name === name)?.at ?? ended;
      const between = (from, to) => (beganAt(to) - beganAt(from)) / 1000;
      const texts = [];
      for (let offset = 0; texts.length < 3000; offset += 1000)
        for (const row of (await studio.datasets.rows(datasetId, { offset, limit: 1000 })).rows) texts.push(row.text);
      const many = Array.from({ length: 10000 }, (_, i) => texts[i % texts.length]);
      await studio.models.predict(run.modelId, texts.slice(0, 100));
      const before = performance.now();
      await studio.models.predict(run.modelId, many);
      const predict10kSeconds = (performance.now() - before) / 1000;
      const ones = [];
      for (const text of texts.slice(0, 200)) {
        const start = performance.now();
        await studio.models.predict(run.modelId, [text]);
        ones.push(performance.now() - start);
      }
      ones.sort((a, b) => a - b);
      const model = await studio.models.get(run.modelId);
      return {
        fitSeconds: between('counting words', 'evaluating'),
        runSeconds: run.seconds,
        trainSeconds,
        readSeconds: run.seconds - between('counting words', 'evaluating'),
        countSeconds: between('counting words', 'training'),
        descendSeconds: between('training', 'calibrating'),
        calibrateSeconds: between('calibrating', 'evaluating'),
        evaluateSeconds: (ended - beganAt('evaluating')) / 1000,
        predict10kSeconds,
        singleMs: ones[100],
        singleWorkerMs: model.latency.oneMs,
        modelMb: model.sizeBytes / 1e6,
        accuracy: run.metrics.test.accuracy,
        f1Macro: run.metrics.test.f1Macro,
        ece: run.metrics.test.ece,
      };
    },
    { ...prepared, recipe, whole },
  );
  const { rest, peak } = await memory.stop();
  await close();
  return { ...figures, peakMb: peak / 2 ** 20, aboveRestMb: (peak - rest) / 2 ** 20 };
}

function compared(tools, { key, name, peer: _peer }, ours, theirs, median) {
  const own = (field) => median(ours.map((figures) => figures[field]));
  const other = (field, recordedKey, scale = 1) => {
    if (theirs.length > 0) return { 'scikit-learn': median(theirs.map((figures) => figures[field])) * scale };
    const old = key === 'default' ? tools.recorded(`intent.banking77.${recordedKey}`) : undefined;
    return old ? { 'scikit-learn': old } : {};
  };
  const row = (what, unit, value, peers, better = 'lower') => ({
    name: `${name}: ${what}`,
    unit,
    ours: value,
    peers,
    better,
  });
  return [
    row('fit with tf-idf', 's', own('fitSeconds'), other('vectoriseFitSeconds', 'fitSeconds')),
    row('run whole, reading its rows first', 's', own('runSeconds'), other('vectoriseFitSeconds', 'fitSeconds')),
    row('train call, with evaluation and storing', 's', own('trainSeconds'), {}),
    row('phase: reading rows from storage', 's', own('readSeconds'), {}),
    row('phase: tf-idf', 's', own('countSeconds'), other('vectoriseSeconds', 'vectoriseSeconds')),
    row('phase: classifiers and their sigmoids', 's', own('descendSeconds'), other('fitSeconds', 'fitOnlySeconds')),
    row('phase: temperature, weights packed and hashed', 's', own('calibrateSeconds'), {}),
    row('phase: evaluating, timing and storing', 's', own('evaluateSeconds'), {}),
    row('10,000 predictions', 's', own('predict10kSeconds'), other('predict10kSeconds', 'predict10kSeconds')),
    row(
      'one prediction, asked from the page',
      'ms',
      own('singleMs'),
      theirs.length > 0
        ? { 'scikit-learn': median(theirs.map((figures) => 1000 / figures.predictionsPerSecondSingle)) }
        : other('', 'singleMs'),
    ),
    row('one prediction, in the worker', 'ms', own('singleWorkerMs'), {}),
    row('accuracy', '%', own('accuracy') * 100, other('accuracy', 'accuracy', 100), 'higher'),
    row('macro-F1', '%', own('f1Macro') * 100, other('f1Macro', 'f1Macro', 100), 'higher'),
    row('calibration error (ECE)', '', own('ece'), other('ece15', 'ece')),
    row('memory above rest, all processes', 'MB', own('aboveRestMb'), {}),
    row('peak memory (the browser whole; the Python process)', 'MB', own('peakMb'), other('peakMb', 'peakMegabytes')),
    row('model', 'MB', own('modelMb'), {}),
  ];
}

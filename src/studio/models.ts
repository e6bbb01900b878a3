// The registry as the facade shows it: ask a model, judge it, put it live and take it back, take it away.
import { DatasetError, NotFoundError, RecipeError, UnsupportedError } from '../contract/errors';
import type { ClassificationMetrics } from '../contract/metrics';
import type { Deployment, GateDecision, Model } from '../contract/records';
import type { StudioApi } from '../contract/studio';
import { zipFiles } from '../lib/archive';
import { rollbackTarget } from '../lib/deployment-history';
import { newId } from '../lib/ids';
import { primaryFigure } from '../lib/metrics/figures';
import { onChange } from '../storage/changes';
import { getDataset } from '../storage/datasets';
import { addDeployment, listDeployments, liveDeployment } from '../storage/deployments';
import { hide, unhide } from '../storage/hidden';
import { getModel, listModels, purgeModel } from '../storage/models';
import { getProject } from '../storage/projects';
import { getSettings } from '../storage/settings';
import { compareModels } from './compare';
import type { StudioContext } from './context';
import { createEmbed } from './embed';
import { firstDeployment, judgeAtGate, refusedUnmeasured, type GateAnswer } from './gate';
import { schedulePurge } from './purge';
import { checkedInputs, checkedTopK, rowsGiven, rowsOfDataset } from './model-input';

const reasonLimit = 2000;

/**
 * Rejects with NotFoundError for a model that is not there. A model's record holds its whole evaluation and takes a
 * millisecond to read, as long as an answer: so it is read once, and again after any model was stored or removed.
 */
function rememberedPresence(): (id: string) => Promise<void> {
  let there = new Set<string>();
  onChange(({ stores }) => {
    if (stores.includes('models')) there = new Set();
  });
  return async (id) => {
    const known = there;
    if (known.has(id)) return;
    await getModel(id);
    known.add(id);
  };
}

export function createModels(context: StudioContext): StudioApi['models'] {
  const isThere = rememberedPresence();
  return {
    async list(projectId) {
      await getProject(projectId);
      return listModels(projectId);
    },
    get: getModel,
    async predict(id, inputs, options = {}) {
      const texts = checkedInputs(inputs);
      const topK = checkedTopK(options.topK);
      await isThere(id);
      if (texts.length === 0) return [];
      return context.trainer.predict(id, texts, { topK, evidence: options.evidence ?? false });
    },
    embed: createEmbed(context, isThere),
    async evaluate(id, options) {
      const model = await getModel(id);
      const rows =
        options.rows === undefined
          ? await rowsOfDataset(await getDataset(options.datasetId ?? model.datasetId), options.split, model)
          : rowsGiven(options.rows);
      const { predicted: _predicted, confidence: _confidence, ...metrics } = await context.trainer.evaluate(id, rows);
      return metrics satisfies ClassificationMetrics;
    },
    compare: (ids, options) => compareModels(context, ids, options),
    async gate(id) {
      const model = await getModel(id);
      const answer = await askGate(context, model);
      return { deployed: answer.passes, decision: answer.decision };
    },
    deploy: (id, options = {}) => deploy(context, id, options.override),
    rollback: (projectId) => rollback(context, projectId),
    async deployments(projectId) {
      await getProject(projectId);
      return listDeployments(projectId);
    },
    async formats(id) {
      return takeAways(context, await getModel(id)).map(({ when: _when, ...format }) => format);
    },
    async export(id, format) {
      const model = await getModel(id);
      requireFormat(context, model, format);
      const files = await context.trainer.exportModel(model.id, format);
      const [only] = files;
      if (files.length === 1 && only) return new Blob([plain(only.bytes)], { type: mediaType(only.path) });
      return new Blob([plain(zipFiles(files))], { type: 'application/zip' });
    },
    async prove(id, format, texts) {
      const model = await getModel(id);
      requireFormat(context, model, format);
      return context.trainer.proveExport(model.id, format, checkedInputs(texts));
    },
    async remove(id) {
      const model = await getModel(id);
      await context.requireWriter(model.projectId);
      const live = await liveDeployment(model.projectId);
      if (live?.modelId === id)
        throw new DatasetError(
          `${model.name} is live and cannot be removed. Deploy another version or roll back first; nothing was removed.`,
        );
      await hide('models', model, purgeModel);
      schedulePurge();
      await context.trainer.unload(id);
    },
    restoreRemoved: (id) => unhide('models', id),
  };
}

function specOf(context: StudioContext, model: Model) {
  const spec = context.tasks.get(model.task);
  if (!spec)
    throw new UnsupportedError(`${model.name} was made by the task "${model.task}", which this build does not have.`);
  return spec;
}

const takeAways = (context: StudioContext, model: Model) =>
  specOf(context, model).exports.filter(({ when }) => when?.(model.recipe.config) ?? true);

function requireFormat(context: StudioContext, model: Model, format: string): void {
  const known = takeAways(context, model).map((one) => one.format);
  if (!known.includes(format))
    throw new UnsupportedError(
      `${model.name} cannot be taken away as "${String(format)}". It can as: ${known.join(', ')}.`,
    );
}

/** Bytes in memory of their own: a Blob does not take memory that threads share. */
function plain(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

function mediaType(path: string): string {
  if (path.endsWith('.json')) return 'application/json';
  if (path.endsWith('.html')) return 'text/html';
  return 'application/octet-stream';
}

async function askGate(context: StudioContext, model: Model): Promise<GateAnswer> {
  const live = await liveDeployment(model.projectId);
  if (!live) return firstDeployment(model);
  if (live.modelId === model.id) return alreadyLive(model);
  const liveModel = (await listModels(model.projectId)).find((one) => one.id === live.modelId);
  if (!liveModel) return refusedUnmeasured('The live version is no longer here, so there is nothing to compare with.');
  return judgeAtGate(context, model, liveModel);
}

function alreadyLive(model: Model): GateAnswer {
  const f1 = primaryFigure(model.metrics.test ?? model.metrics.validation)?.value ?? null;
  return {
    passes: true,
    decision: {
      rule: 'A version is not judged against itself.',
      live: f1,
      candidate: f1,
      difference: f1 === null ? null : 0,
      reason: `${model.name} is live already. Nothing was changed.`,
    },
  };
}

async function deploy(
  context: StudioContext,
  id: string,
  override: string | undefined,
): Promise<{ deployed: boolean; decision: GateDecision }> {
  const given = checkedReason(override);
  const model = await getModel(id);
  await context.requireWriter(model.projectId);
  const before = await liveDeployment(model.projectId);
  if (before?.modelId === id) return { deployed: true, decision: alreadyLive(model).decision };
  const answer = await askGate(context, model).catch((error: unknown) => {
    // An override must not hang on a measurement that cannot be made.
    if (given === null) throw error;
    return refusedUnmeasured(`The gate could not measure: ${error instanceof Error ? error.message : String(error)}`);
  });
  if (!answer.passes && given === null) return { deployed: false, decision: answer.decision };
  const { author } = await getSettings();
  await addDeployment(model.projectId, (history) => {
    const live = history.find((deployment) => deployment.live);
    if (live?.id !== before?.id)
      throw new DatasetError(
        'Another version went live in the meantime. Look at it, then deploy again; nothing was changed.',
      );
    return {
      id: newId('deployment'),
      modelId: id,
      by: author,
      reason: given ?? answer.decision.reason,
      decision: answer.decision,
    };
  });
  return { deployed: true, decision: answer.decision };
}

function checkedReason(override: unknown): string | null {
  if (override === undefined) return null;
  const reason = typeof override === 'string' ? override.trim() : '';
  if (reason === '')
    throw new RecipeError('Going live against the gate needs a reason in words, which is kept with the deployment.');
  if (reason.length > reasonLimit)
    throw new RecipeError(`The reason is longer than ${reasonLimit.toLocaleString('en-GB')} characters; shorten it.`);
  return reason;
}

async function rollback(context: StudioContext, projectId: string): Promise<Deployment> {
  await getProject(projectId);
  await context.requireWriter(projectId);
  const models = new Map((await listModels(projectId)).map((model) => [model.id, model]));
  const { author } = await getSettings();
  return addDeployment(projectId, (history) => {
    const live = history.find((deployment) => deployment.live);
    if (!live) throw new NotFoundError('No version is live yet, so there is nothing to roll back. Deploy one first.');
    const target = rollbackTarget(history, new Set(models.keys()));
    const name = models.get(live.modelId)?.name ?? 'the live version';
    if (!target)
      throw new NotFoundError(
        `There is no earlier version to roll back to: nothing that was live before ${name} is still here. ${name} stays live.`,
      );
    return {
      id: newId('deployment'),
      modelId: target.modelId,
      by: author,
      reason: `Rolled back from ${name} to ${models.get(target.modelId)?.name ?? target.modelId}.`,
      restores: target.id,
    };
  });
}

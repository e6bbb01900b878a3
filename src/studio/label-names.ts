// What an older model's labels are called now: renamed and merged labels under their new name, their scores added.
import type { Model, Project } from '../contract/records';
import type { Prediction } from '../contract/train';
import { listRenames } from '../storage/edits';

export type Renaming = (answer: Prediction) => Prediction;

/** The history is read only where the model knows a label that the project no longer has. */
export async function renamingFor(project: Project, model: Model): Promise<Renaming> {
  const current = new Set(project.labels);
  if (model.labels.every((label) => current.has(label))) return (answer) => answer;
  const names = new Map(model.labels.map((label) => [label, label]));
  for (const { from, to } of await listRenames(project.id, model.createdAt))
    for (const [label, name] of names) if (name === from) names.set(label, to);
  return (answer) => renamed(answer, names);
}

function renamed(answer: Prediction, names: ReadonlyMap<string, string>): Prediction {
  const nameOf = (label: string): string => names.get(label) ?? label;
  const sums = new Map<string, number>();
  for (const { label, score } of answer.scores) sums.set(nameOf(label), (sums.get(nameOf(label)) ?? 0) + score);
  const scores = [...sums].map(([label, score]) => ({ label, score })).sort((a, b) => b.score - a.score);
  const first = scores[0] ?? { label: nameOf(answer.label), score: answer.confidence };
  return {
    ...answer,
    label: first.label,
    confidence: first.score,
    scores,
    ...(answer.labels ? { labels: [...new Set(answer.labels.map(nameOf))] } : {}),
  };
}

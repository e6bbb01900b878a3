// What of a transformer is trained under a recipe's settings, layer by layer with numbers of parameters. Pure; the counts of a
// base's layers come from the worker.
import type { BaseLayers, LayerFacts } from '../../contract/map';

export type LayerState = 'trained' | 'frozen' | 'LoRA';

export interface PicturedLayer {
  id: string;
  title: string;
  state: LayerState;
  /** All of the layer's numbers, LoRA's added ones not among them. */
  parameters: number;
  trained: number;
}

export interface LayerPicture {
  layers: PicturedLayer[];
  /** Blocks that can be frozen one by one. */
  blocks: number;
  parameters: number;
  trained: number;
}

interface Settings {
  freeze: unknown;
  freezeLayers: unknown;
  lora: unknown;
  head: unknown;
  fewShot: unknown;
}

/** The last part of a layer's name, as LoRA targets are written. */
const lastPart = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

/** Numbers that LoRA adds to a layer: rank times inputs and outputs of each target (Hu et al. 2021). */
export function loraParameters({ linears }: LayerFacts, rank: number, targets: readonly string[]): number {
  return linears
    .filter(({ name }) => targets.includes(lastPart(name)))
    .reduce((sum, { inputs, outputs }) => sum + rank * (inputs + outputs), 0);
}

/** Layers from the words up to the head; `labels` of the head. */
export function layerPicture(base: BaseLayers, settings: Settings, labels: number): LayerPicture {
  const lora = readLora(settings.lora);
  const first = Math.max(0, Math.trunc(Number(settings.freezeLayers) || 0));
  const wordsFrozen = settings.freeze === 'embeddings' || settings.freeze === 'encoder' || first > 0;
  let block = 0;
  const layers = base.layers.map((layer): PicturedLayer => {
    const { id, title, parameters } = layer;
    if (lora) {
      const added = layer.kind === 'block' ? loraParameters(layer, lora.rank, lora.targets) : 0;
      return { id, title, parameters, state: added > 0 ? 'LoRA' : 'frozen', trained: added };
    }
    const frozen = layer.kind === 'block' ? settings.freeze === 'encoder' || block++ < first : wordsFrozen;
    return { id, title, parameters, state: frozen ? 'frozen' : 'trained', trained: frozen ? 0 : parameters };
  });
  const fitted =
    settings.head === 'fitted' ||
    (settings.head !== 'family' && (settings.freeze === 'encoder' || Number(settings.fewShot) > 0));
  const head = (fitted ? 0 : base.familyHead) + labels * (base.hidden + 1);
  layers.push({ id: 'head', title: 'Head', state: 'trained', parameters: head, trained: head });
  const total = (of: (layer: PicturedLayer) => number): number => layers.reduce((sum, layer) => sum + of(layer), 0);
  return {
    layers,
    blocks: base.layers.filter(({ kind }) => kind === 'block').length,
    parameters: total(({ parameters }) => parameters),
    trained: total(({ trained }) => trained),
  };
}

function readLora(value: unknown): { rank: number; targets: string[] } | null {
  if (typeof value !== 'object' || value === null) return null;
  const rank = Number(Reflect.get(value, 'rank'));
  const targets: unknown = Reflect.get(value, 'targets');
  return {
    rank: Number.isFinite(rank) ? Math.max(0, rank) : 0,
    targets: Array.isArray(targets) ? targets.map(String) : [],
  };
}

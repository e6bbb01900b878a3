// Gradients without an optimizer: of parameters, to compare a model with a peer's, and of values that the model watches
// (StepContext.watch), such as the embeddings of tokens, to say which of them an answer hangs on (gradient × input,
// Shrikumar et al. 2017). Nothing is dropped out and nothing is changed.
import type { TensorMap } from '../../src/contract/records';
import type { Prepared, Session } from '../backends/device';
import type { Plan } from '../tape/plan';
import { record } from '../tape/record';
import { weightsSlab, type Parameters } from './parameters';
import { StepContext, type StepInputs } from './step-context';
import { writePlanInputs } from './step-inputs';
import type { LossFunction } from './step-plan';

export interface GradientsOptions {
  parameters: Parameters;
  /** One number: a loss, or the sum of the chosen logits of all rows. */
  loss: LossFunction;
  /** Parameters whose gradients are wanted, frozen ones and tables included (these dense); none unless given. */
  of?: (name: string) => boolean;
  /** Names of watched values whose gradients are wanted. */
  watched?: readonly string[];
  /** What the trained weights are read from: "weights", or their average (step-plan.ts). */
  from?: string;
}

export interface FoundGradients {
  loss: number;
  /** By name; parameters that the loss does not depend on have zeros. */
  parameters: TensorMap;
  /** Value and gradient of each watched value, both in its shape. */
  watched: Record<string, { shape: number[]; value: Float32Array; gradient: Float32Array }>;
}

interface Ready {
  plan: Plan;
  prepared: Prepared;
  shapes: { parameters: Map<string, readonly number[]>; watched: Map<string, readonly number[]> };
}

/** Plans are made at the first call with new sizes. Parameters must have been written to the session. */
export function createGradients(session: Session, options: GradientsOptions) {
  const plans = new Map<string, Promise<Ready>>();
  /** Inputs and answers of a run lie in one place: a second question waits until the first has its answer. */
  let turn: Promise<unknown> = Promise.resolve();

  function recordPlan(sizes: Readonly<Record<string, number>>): Omit<Ready, 'prepared'> {
    const shapes: Ready['shapes'] = { parameters: new Map(), watched: new Map() };
    const plan = record((r) => {
      const context = new StepContext(r, options.parameters, sizes, false, options.from ?? weightsSlab);
      const loss = options.loss(context);
      const parameters = [...context.readParameters].filter(([name]) => options.of?.(name) ?? false);
      const watched = (options.watched ?? []).map((name) => {
        const value = context.watched.get(name);
        if (!value) throw new Error(`The model watches no value "${name}".`);
        return [name, value] as const;
      });
      const of = [...parameters, ...watched];
      const found = r.gradients(
        loss,
        of.map(([, tensor]) => tensor),
        undefined,
        { zeros: true },
      );
      r.output('loss', loss);
      of.forEach(([name, tensor], i) => {
        const kind = i < parameters.length ? 'parameters' : 'watched';
        shapes[kind].set(name, tensor.shape);
        r.output(`gradient ${kind} ${name}`, found[i]!);
        if (kind === 'watched') r.output(`value ${name}`, tensor);
      });
    });
    return { plan, shapes };
  }

  function ready(sizes: Readonly<Record<string, number>>): Promise<Ready> {
    const key = JSON.stringify(sizes);
    const known = plans.get(key);
    if (known) return known;
    const made = (async () => {
      const recorded = recordPlan(sizes);
      return { ...recorded, prepared: await session.prepare(recorded.plan) };
    })();
    plans.set(key, made);
    made.catch(() => plans.delete(key));
    return made;
  }

  async function find(inputs: StepInputs, sizes: Readonly<Record<string, number>>): Promise<FoundGradients> {
    const { plan, prepared, shapes } = await ready(sizes);
    writePlanInputs(session, plan, inputs);
    await prepared.run();
    const read = (name: string): Promise<Float32Array> => session.output(prepared, name);
    const found: FoundGradients = { loss: (await read('loss'))[0]!, parameters: {}, watched: {} };
    for (const [name, shape] of shapes.parameters) {
      const data = await read(`gradient parameters ${name}`);
      found.parameters[name] = { shape: [...shape], dtype: 'float32', data };
    }
    for (const [name, shape] of shapes.watched) {
      const [value, gradient] = [await read(`value ${name}`), await read(`gradient watched ${name}`)];
      found.watched[name] = { shape: [...shape], value, gradient };
    }
    return found;
  }

  return {
    /** Loss and gradients at these inputs with the weights as they are now. */
    at(inputs: StepInputs, sizes: Readonly<Record<string, number>> = {}): Promise<FoundGradients> {
      const next = turn.then(() => find(inputs, sizes));
      turn = next.catch(() => undefined);
      return next;
    },

    /** Gives the plans back. */
    async dispose(): Promise<void> {
      for (const made of plans.values()) (await made).prepared.dispose();
      plans.clear();
    },
  };
}

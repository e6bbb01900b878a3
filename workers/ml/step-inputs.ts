// Hands the host's arrays to the inputs of a plan.
import type { Session } from '../backends/device';
import type { Plan } from '../tape/plan';
import type { StepInputs } from './step-context';

/** Writes every input of the plan but those in `written`. Throws where one was not given; what else is given is left. */
export function writePlanInputs(
  session: Session,
  plan: Plan,
  given: StepInputs,
  written: readonly string[] = [],
): void {
  for (const { kind, name, alias } of plan.arrays) {
    if (kind !== 'input' || name === undefined || alias !== undefined || written.includes(name)) continue;
    const data = given[name];
    if (!data) throw new Error(`The step's input "${name}" was not given.`);
    session.write(name, data);
  }
}

/**
 * Whether calls that overlapped can be explained by some order of them, one after the other. The order must keep
 * to real time: a call that was answered before another one was sent comes first.
 */
import { isDeepStrictEqual } from "node:util";

/** Times are readings of one clock that every sending and every answer moves on. */
export interface AnsweredCall<Command, Answer> {
  readonly command: Command;
  readonly answer: Answer;
  readonly sentAt: number;
  readonly answeredAt: number;
}

interface History<State, Command, Answer> {
  readonly begin: State;
  readonly calls: readonly AnsweredCall<Command, Answer>[];
  /** What a command does when it is alone. */
  step(state: State, command: Command): { readonly state: State; readonly answer: Answer };
  /** Whether this is what was found after all calls. */
  isEnd(state: State): boolean;
}

/** An order that explains all answers and the end; null when there is none. */
export function findOrder<State, Command, Answer>({
  begin,
  calls,
  step,
  isEnd,
}: History<State, Command, Answer>): readonly AnsweredCall<Command, Answer>[] | null {
  /** What is left and the state together say all about the rest: a pair that led nowhere is not tried again. */
  const deadEnds = new Set<string>();

  const search = (
    state: State,
    left: readonly AnsweredCall<Command, Answer>[],
  ): readonly AnsweredCall<Command, Answer>[] | null => {
    if (left.length === 0) {
      return isEnd(state) ? [] : null;
    }
    const place = JSON.stringify([left.map((call) => calls.indexOf(call)), state]);
    if (deadEnds.has(place)) {
      return null;
    }
    const firstAnswer = Math.min(...left.map(({ answeredAt }) => answeredAt));
    for (const call of left) {
      if (call.sentAt > firstAnswer) {
        continue;
      }
      const next = step(state, call.command);
      if (!isDeepStrictEqual(next.answer, call.answer)) {
        continue;
      }
      const rest = search(
        next.state,
        left.filter((other) => other !== call),
      );
      if (rest !== null) {
        return [call, ...rest];
      }
    }
    deadEnds.add(place);
    return null;
  };
  return search(begin, calls);
}

import { describe, expect, it } from "vitest";
import { movementOf, restoringMovement, standingMovements } from "../../functions/domain/movement.ts";
import { aLevel } from "./sample.ts";

const movementAt = (version: number, onHand: number) =>
  movementOf({
    before: version === 1 ? null : aLevel({ onHand: onHand - 1, available: onHand - 1 }, { version: version - 1 }),
    after: aLevel({ onHand, available: onHand }, { version }),
  });
const [first, second, third] = [movementAt(1, 1), movementAt(2, 2), movementAt(3, 3)];
const back = (version: number, onHand: number, newest = third) =>
  restoringMovement(aLevel({ onHand, available: onHand }, { version }), newest, first);
const versionsOf = (movements: Parameters<typeof standingMovements>[0]) =>
  standingMovements(movements).map(({ version }) => version);

describe("the movement of a level that was restored", () => {
  it("goes on behind all that the trail has, from what that was to what was restored", () => {
    expect(back(1, 1)).toMatchObject({
      version: 4,
      restores: 1,
      changes: { onHand: -2, available: -2 },
      after: { onHand: 1 },
    });
  });
});

describe("the movements that still count", () => {
  it("are all of them where nothing was restored", () => {
    expect(versionsOf([first, second, third])).toEqual([1, 2, 3]);
  });

  it("leave out what a restore gave up", () => {
    const restored = back(1, 1);
    expect(versionsOf([first, second, third, restored])).toEqual([1, 4]);
    expect(versionsOf([first, second, third, restored, movementAt(5, 2)])).toEqual([1, 4, 5]);
    expect(versionsOf([first, second, third, back(0, 0)])).toEqual([4]);
  });

  it("are those of a time that was given up and taken up again", () => {
    const givenUp = back(1, 1);
    const again = back(3, 3, givenUp);
    expect(versionsOf([first, second, third, givenUp, again])).toEqual([1, 2, 3, 5]);
  });
});

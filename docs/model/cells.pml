/*
 * A level that is split into cells and merged again while buyers take from it and give back: splitting in steps,
 * stealing and taking from several cells, merging, legs whose cell has been merged, and a second generation.
 *
 * As in life-cycle.pml, a transaction of the code is one atomic step, and what it was planned from is read before.
 */
#ifndef MUTANT
#define MUTANT 0 /* No condition is dropped. */
#endif
#ifndef UNITS
#define UNITS 3
#endif
#ifndef CALLS
#define CALLS 4 /* How many commands buyers send, resends among them. */
#endif
#ifndef ORDERS
#define ORDERS 3 /* How many times an operator asks for a split or a merge. */
#endif
#ifndef BUYERS
#define BUYERS 2 /* How many of them are under way at a time. */
#endif
#ifndef OPERATORS
#define OPERATORS 2
#endif
#ifndef CRASHES
#define CRASHES 1 /* How often an operator's request breaks off after any of its steps. */
#endif
#ifndef MOST
#define MOST 1 /* mostCellsPerStep */
#endif

#define CELLS 2
#define PLACES 5 /* The base, then two cells of either generation. */
#define BASE 0
#define placeOf(generation, index) ((generation - 1) * CELLS + index)

/* A condition of the code, unless the mutant drops it. */
#define condition(name, holds) (MUTANT == name || (holds))
#define TAKES_SELLABLE 1
#define RECORD_IS_UNCHANGED 2
#define CELL_VERSION_IS 3
#define LEVEL_VERSION_IS 4
#define MERGED_LEGS_RESOLVE 5
#define SPLIT_TAKES_SELLABLE 6
#define SPLIT_IS_AS_SEEN 7
#define CELL_IS_ABSENT 8
#define KEY_HAS_GENERATION 9

mtype = { none, held, ended };

typedef Stock {
  bit isMade;
  bit isMerged;
  byte version;
  short onHand;
  short reserved
};
typedef Hold { mtype status = none; byte version; byte legs[PLACES] };

Stock stock[PLACES];
Hold hold[2];
byte generation;   /* how many splits the level has begun */
byte cells;        /* into how many it is split; 0: not at all */

byte calls = CALLS;
byte orders = ORDERS;
byte crashes = CRASHES;
byte shipped;      /* what only the properties know: units that left the house */

#define sellableAt(p) (stock[p].onHand - stock[p].reserved)
#define legsAt(p) ((hold[0].status == held -> hold[0].legs[p] : 0) + (hold[1].status == held -> hold[1].legs[p] : 0))
#define isGone(p) (!stock[p].isMade || stock[p].isMerged)
/* A leg on a merged cell rests on the base. */
#define legsMovedToBase ((stock[1].isMerged -> legsAt(1) : 0) + (stock[2].isMerged -> legsAt(2) : 0) + \
  (stock[3].isMerged -> legsAt(3) : 0) + (stock[4].isMerged -> legsAt(4) : 0))
#define holdsItsLegs(p) (stock[p].isMerged -> stock[p].reserved == 0 && stock[p].onHand == 0 : stock[p].reserved == legsAt(p))
#define isInForce(p) (stock[p].isMade && !stock[p].isMerged)

inline check() {
  assert(stock[0].onHand >= stock[0].reserved && stock[1].onHand >= stock[1].reserved &&
    stock[2].onHand >= stock[2].reserved && stock[3].onHand >= stock[3].reserved &&
    stock[4].onHand >= stock[4].reserved);
  /* Invariant 2. */
  assert(stock[BASE].reserved == legsAt(BASE) + legsMovedToBase);
  assert(holdsItsLegs(1) && holdsItsLegs(2) && holdsItsLegs(3) && holdsItsLegs(4));
  /* No unit is made or lost. */
  assert(stock[0].onHand + stock[1].onHand + stock[2].onHand + stock[3].onHand + stock[4].onHand + shipped == UNITS);
  /* No unit lies where nobody looks: a cell has units only while its level is split into its generation. */
  assert(!(isInForce(1) || isInForce(2)) || (cells > 0 && generation == 1));
  assert(!(isInForce(3) || isInForce(4)) || (cells > 0 && generation == 2))
}

/* Invariant 3: what is taken is there, in the very write. */
inline takes(p) {
  assert(sellableAt(p) >= 1);
  stock[p].reserved++;
  stock[p].version++
}

/* changeOfStock of one leg that is given back or shipped; a merged cell says that it is in the base. */
inline givesBack(p, ships) {
  stock[p].reserved = stock[p].reserved - legs[at];
  if
  :: ships -> stock[p].onHand = stock[p].onHand - legs[at]
  :: else
  fi;
  stock[p].version++
}

proctype Buyer() {
  byte r, p, q, at, version;
  byte legs[PLACES];
  bit ships;
  end:
  do
  /* reserveStock: one or two units, from any places, by whatever is remembered of them. */
  :: atomic {
    calls > 0 -> calls--;
    select(r : 0 .. 1);
    select(p : 0 .. 4);
    select(q : 0 .. 5); /* 5: one unit only */
    if
    :: hold[r].status == none && stock[p].isMade && (q == 5 || (q > p && stock[q].isMade)) &&
      (MUTANT == TAKES_SELLABLE -> stock[p].onHand >= 1 : sellableAt(p) >= 1) &&
      (q == 5 || (MUTANT == TAKES_SELLABLE -> stock[q].onHand >= 1 : sellableAt(q) >= 1)) ->
      takes(p);
      hold[r].legs[p] = 1;
      if
      :: q < 5 -> takes(q); hold[r].legs[q] = 1
      :: else
      fi;
      hold[r].status = held;
      hold[r].version = 1;
      check()
    :: hold[r].status == none && q == p && q < 5 && stock[p].isMade &&
      (MUTANT == TAKES_SELLABLE -> stock[p].onHand >= 2 : sellableAt(p) >= 2) ->
      takes(p); takes(p);
      hold[r].legs[p] = 2;
      hold[r].status = held;
      hold[r].version = 1;
      check()
    :: else
    fi;
    r = 0; p = 0; q = 0
  }
  /* releaseReservation and fulfilReservation: a read, then one transaction; the wait for it may be long. */
  :: atomic {
    hold[0].status == held || hold[1].status == held ->
    if
    :: hold[0].status == held -> r = 0
    :: hold[1].status == held -> r = 1
    fi;
    version = hold[r].version;
    for (at : 0 .. 4) { legs[at] = hold[r].legs[at] }
    at = 0;
    if
    :: ships = 0
    :: ships = 1
    fi
  }
    atomic {
      if
      :: condition(RECORD_IS_UNCHANGED, hold[r].status == held && hold[r].version == version) ->
        /* Discoveries: a cell that was merged, or is no more, refuses, and the next plan has its legs on the base. */
        for (at : 0 .. 4) {
          p = (at != BASE && isGone(at) && MUTANT != MERGED_LEGS_RESOLVE -> BASE : at);
          if
          :: MUTANT == KEY_HAS_GENERATION && at != BASE && generation == 2 -> p = 2 + (at - 1) % 2 + 1
          :: else
          fi;
          if
          :: legs[at] > 0 ->
            givesBack(p, ships);
            shipped = shipped + (ships -> legs[at] : 0);
            hold[r].legs[at] = 0
          :: else
          fi
        }
        hold[r].status = ended;
        hold[r].version = version + 1;
        check()
      :: else
      fi;
      for (at : 0 .. 4) { legs[at] = 0 }
      r = 0; p = 0; at = 0; version = 0; ships = 0
    }
  od
}

/* readCells: each cell is read for itself. */
inline readsCell(at) {
  p = placeOf(seenGeneration, at + 1);
  isMade[at] = stock[p].isMade;
  isOpenCell[at] = isInForce(p);
  cellVersion[at] = stock[p].version; onHand[at] = stock[p].onHand; reserved[at] = stock[p].reserved;
  count = count + isOpenCell[at];
  missing = missing + !isMade[at];
  p = 0
}

/* splitLevel with the wish of two cells or of one; the same request again goes on where another broke off. */
proctype Operator() {
  bit wish; /* 1: split */
  byte seenGeneration, seenCells, seenVersion, seenSellable;
  byte i, p, count, missing, share;
  bit isMade[CELLS], isOpenCell[CELLS];
  byte cellVersion[CELLS], onHand[CELLS], reserved[CELLS];
  byte moved, sumOnHand, sumReserved;
  bit isLast, isIncomplete, isRefused;
  end:
  do
  :: atomic {
    orders > 0 -> orders--;
    if
    :: wish = 0
    :: wish = 1
    fi
  }
    do
    :: crashes > 0 -> crashes--; break
    :: atomic {
      true ->
      /* readLevel */
      seenGeneration = generation; seenCells = cells; seenVersion = stock[BASE].version;
      seenSellable = sellableAt(BASE)
    }
      if
      :: !wish && seenCells == 0 -> break
      :: wish && seenCells == 0 ->
        if
        :: seenGeneration == 2 -> break /* The model ends at the second generation. */
        :: else
        fi;
        /* beginSplit */
        atomic {
          if
          :: cells == 0 -> generation = seenGeneration + 1; cells = CELLS; stock[BASE].version++; check()
          :: else
          fi
        }
      :: seenCells > 0 ->
        atomic { readsCell(0) }
        atomic { readsCell(1) }
        if
        :: wish && missing == 0 -> break
        :: else
        fi;
        atomic {
          if
          :: wish ->
            /* splitStep: what is free is spread over the cells that are missing, so many of them at a time. */
            moved = 0;
            for (i : 0 .. 1) {
              if
              :: !isMade[i] && (MOST > 1 || !(i == 1 && !isMade[0])) ->
                onHand[i] = (missing == 1 -> seenSellable : (i == 0 -> seenSellable / 2 : seenSellable - seenSellable / 2));
                moved = moved + onHand[i]
              :: else -> onHand[i] = 0
              fi
            }
            isRefused = !(condition(SPLIT_IS_AS_SEEN, generation == seenGeneration && cells == CELLS) &&
              (moved == 0 || condition(SPLIT_TAKES_SELLABLE, sellableAt(BASE) >= moved)));
            for (i : 0 .. 1) {
              p = placeOf(seenGeneration, i + 1);
              isRefused = isRefused || (!isMade[i] && (MOST > 1 || !(i == 1 && !isMade[0])) && !condition(CELL_IS_ABSENT, !stock[p].isMade))
            }
            if
            :: !isRefused ->
              stock[BASE].onHand = stock[BASE].onHand - moved;
              stock[BASE].version++;
              for (i : 0 .. 1) {
                p = placeOf(seenGeneration, i + 1);
                if
                :: !isMade[i] && (MOST > 1 || !(i == 1 && !isMade[0])) ->
                  stock[p].isMade = 1; stock[p].onHand = onHand[i]; stock[p].version = 1
                :: else
                fi
              }
              check()
            :: else
            fi
          :: !wish ->
            /* mergeStep */
            isLast = count < MOST;
            isIncomplete = missing > 0;
            isRefused = !(generation == seenGeneration && cells == CELLS) ||
              !(!(isLast && isIncomplete) || condition(LEVEL_VERSION_IS, stock[BASE].version == seenVersion));
            sumOnHand = 0; sumReserved = 0;
            for (i : 0 .. 1) {
              p = placeOf(seenGeneration, i + 1);
              if
              :: isOpenCell[i] && (MOST > 1 || !(i == 1 && isOpenCell[0])) ->
                sumOnHand = sumOnHand + onHand[i]; sumReserved = sumReserved + reserved[i];
                isRefused = isRefused || stock[p].isMerged || !condition(CELL_VERSION_IS, stock[p].version == cellVersion[i])
              :: else -> isOpenCell[i] = 0
              fi
            }
            if
            :: !isRefused ->
              stock[BASE].onHand = stock[BASE].onHand + sumOnHand;
              stock[BASE].reserved = stock[BASE].reserved + sumReserved;
              stock[BASE].version++;
              for (i : 0 .. 1) {
                p = placeOf(seenGeneration, i + 1);
                if
                :: isOpenCell[i] ->
                  stock[p].onHand = stock[p].onHand - onHand[i];
                  stock[p].reserved = stock[p].reserved - reserved[i];
                  stock[p].isMerged = 1;
                  stock[p].version++
                :: else
                fi
              }
              if
              :: isLast -> cells = 0
              :: else
              fi;
              check()
            :: else
            fi
          fi;
          p = 0; i = 0; moved = 0; sumOnHand = 0; sumReserved = 0; isLast = 0; isIncomplete = 0; isRefused = 0;
          count = 0; missing = 0;
          isMade[0] = 0; isMade[1] = 0; isOpenCell[0] = 0; isOpenCell[1] = 0; cellVersion[0] = 0; cellVersion[1] = 0;
          onHand[0] = 0; onHand[1] = 0; reserved[0] = 0; reserved[1] = 0
        }
      fi
    od;
    atomic {
      wish = 0; seenGeneration = 0; seenCells = 0; seenVersion = 0; seenSellable = 0;
      count = 0; missing = 0; i = 0; p = 0;
      isMade[0] = 0; isMade[1] = 0; isOpenCell[0] = 0; isOpenCell[1] = 0; cellVersion[0] = 0; cellVersion[1] = 0;
      onHand[0] = 0; onHand[1] = 0; reserved[0] = 0; reserved[1] = 0
    }
  od
}

/* Every hold has ended and nothing is reserved; what was not shipped is where the next buyer looks. */
proctype AtRest() {
  end:
  timeout ->
  assert(hold[0].status != held && hold[1].status != held);
  assert(stock[0].reserved + stock[1].reserved + stock[2].reserved + stock[3].reserved + stock[4].reserved == 0)
}

init {
  atomic {
    stock[BASE].isMade = 1;
    stock[BASE].onHand = UNITS;
    byte each;
    for (each : 1 .. BUYERS) { run Buyer() }
    for (each : 1 .. OPERATORS) { run Operator() }
    each = 0;
    run AtRest()
  }
}

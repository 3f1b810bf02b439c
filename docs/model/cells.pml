/*
 * A level that is split into cells and made whole again while buyers take from it and give back: splitting and merging
 * in steps by two operators, requests that break off, legs whose cell has been merged, a second split, and buyers who
 * read all cells before they are refused.
 *
 * A conditional write or a transaction of the code is one atomic step. What the code reads before it is read in a
 * step of its own, so that anybody may write in between. README.md says which rule of the code each name stands for.
 */
#ifndef UNITS
#define UNITS 2
#endif
#ifndef SUPPLY
#define SUPPLY 0 /* Units that come in. */
#endif
#ifndef CALLS
#define CALLS 2 /* Commands that buyers send. */
#endif
#ifndef SLOW
#define SLOW 1 /* Commands that are between their read and their write at a time. */
#endif
#ifndef ORDERS
#define ORDERS 2 /* How many times an operator asks for a split or a merge. */
#endif
#ifndef OPERATORS
#define OPERATORS 1 /* Operators at a time. */
#endif
#ifndef CRASHES
#define CRASHES 1 /* Orders that break off. */
#endif
#ifndef READERS
#define READERS 0 /* Buyers at a time who read all cells before they are refused. */
#endif
#ifndef READINGS
#define READINGS 1 /* How many of them there are in all. */
#endif
#ifndef WITHOUT
#define WITHOUT 0 /* The rule that is left out: a mistake that must be found. */
#endif

#define rule(name, holds) (WITHOUT == name || (holds))
#define STOCK_IS_FREE 1
#define IS_UNCHANGED 2
#define VERSION_OF_CELL 3
#define VERSION_OF_LEVEL 4
#define MERGED_LEGS_REST_ON_LEVEL 5
#define SPLIT_TAKES_WHAT_IS_FREE 6
#define IS_SPLIT_INTO 7
#define ITEM_IS_ABSENT 8
#define KEY_HAS_GENERATION 9
#define READS_LEVEL_AGAIN 10
#define MARKER_HAS_GENERATION 11

/* The level itself, and two cells of either generation. */
#define PLACES 5
#define LEVEL 0
#define CELLS 2
#define placeOf(generation, index) (CELLS * (generation - 1) + index)
#define RESERVATIONS 2

mtype = { absent, held, ended };

typedef Stock {
  bit isMade;
  bit isMerged;
  unsigned version : 4;
  unsigned onHand : 3;
  unsigned reserved : 3
};
typedef Hold { mtype status = absent; byte version; byte legs[PLACES] };

Stock stock[PLACES];
Hold hold[RESERVATIONS];
byte generation; /* how often the level was split */
byte cells;      /* into how many it is split; 0: it is whole */

/* SOLDOUT#<location>: what somebody found who read all cells twice. */
bit markerIsFresh;
byte markerGeneration, markerLeft;

byte calls = CALLS;
byte orders = ORDERS;
byte crashes = CRASHES;
byte supply = SUPPLY;
byte readings = READINGS;

/* What the properties know, and the code does not. */
byte shippedInAll;
#if READERS
byte least[3];      /* the fewest units that were free at a time: in either generation, and in the present reading (0) */
bit cameBack[3];    /* units came in or were given back meanwhile */
#endif

#define free(p) (stock[p].onHand - stock[p].reserved)
#define freeInAll (free(0) + free(1) + free(2) + free(3) + free(4))
#define legsAt(p) ((hold[0].status == held -> hold[0].legs[p] : 0) + (hold[1].status == held -> hold[1].legs[p] : 0))
#define isGone(p) (!stock[p].isMade || stock[p].isMerged)
#define isInForce(p) (stock[p].isMade && !stock[p].isMerged)
/* Legs on a merged cell rest on the level. */
#define legsFrom(p) (stock[p].isMerged -> legsAt(p) : 0)
#define holdsItsLegs(p) \
  (isInForce(p) -> stock[p].reserved == legsAt(p) : stock[p].reserved == 0 && stock[p].onHand == 0)

#define noLess(p) (stock[p].onHand >= stock[p].reserved)

/* What must hold after every write. */
inline check() {
  assert(noLess(0) && noLess(1) && noLess(2) && noLess(3) && noLess(4));
  /* Invariant 2: what is reserved is what open reservations rest on. */
  assert(stock[LEVEL].reserved == legsAt(LEVEL) + legsFrom(1) + legsFrom(2) + legsFrom(3) + legsFrom(4));
  assert(holdsItsLegs(1) && holdsItsLegs(2) && holdsItsLegs(3) && holdsItsLegs(4));
  /* No unit is made, and none is lost. */
  assert(stock[0].onHand + stock[1].onHand + stock[2].onHand + stock[3].onHand + stock[4].onHand + shippedInAll ==
    UNITS + (SUPPLY - supply));
  /* None lies where nobody looks: a cell has units only while the level is split into its generation. */
  assert(!(isInForce(1) || isInForce(2)) || (cells > 0 && generation == 1));
  assert(!(isInForce(3) || isInForce(4)) || (cells > 0 && generation == 2));
#if READERS
  least[0] = (freeInAll < least[0] -> freeInAll : least[0]);
  least[generation] = (freeInAll < least[generation] -> freeInAll : least[generation])
#endif
}

inline unitsCameBack() {
#if READERS
  cameBack[0] = 1; cameBack[generation] = 1
#else
  skip
#endif
}

/* Invariant 3: what is taken was there, in the very write that took it. */
#define takes(p) assert(free(p) >= 1); stock[p].reserved++; stock[p].version++
/* A cell that has been merged has nothing. */
#define stockIsFree(p, units) (stock[p].isMade && (WITHOUT == STOCK_IS_FREE -> stock[p].onHand >= units : free(p) >= units))

/* reserveStock: one or two units from any places, by whatever was known of them. */
proctype Buyer() {
  byte r, p, q;
  end:
  do
  :: atomic {
    calls > 0 && (hold[0].status == absent || hold[1].status == absent) && freeInAll > 0 ->
    r = (hold[0].status == absent -> 0 : 1);
    if
    :: stockIsFree(0, 1) -> p = 0
    :: stockIsFree(1, 1) -> p = 1
    :: stockIsFree(2, 1) -> p = 2
    :: stockIsFree(3, 1) -> p = 3
    :: stockIsFree(4, 1) -> p = 4
    fi;
    calls--;
    takes(p);
    hold[r].legs[p]++;
    /* A quantity that no cell has is taken from several. */
    if
    :: true
    :: stockIsFree(0, 1) && p == 0 -> takes(0); hold[r].legs[0]++
    :: stockIsFree(1, 1) && p <= 1 -> takes(1); hold[r].legs[1]++
    :: stockIsFree(2, 1) && p <= 2 -> takes(2); hold[r].legs[2]++
    :: stockIsFree(3, 1) && p <= 3 -> takes(3); hold[r].legs[3]++
    :: stockIsFree(4, 1) && p <= 4 -> takes(4); hold[r].legs[4]++
    fi;
    hold[r].status = held;
    hold[r].version = 1;
    check();
    r = 0; p = 0
  }
  :: atomic { supply > 0 -> supply--; stock[LEVEL].onHand++; stock[LEVEL].version++; unitsCameBack(); check() }
  :: atomic { markerIsFresh -> markerIsFresh = 0; markerGeneration = 0; markerLeft = 0 } /* A second has passed. */
  od
}

/*
 * Discoveries: the write finds that a cell has been merged, or is no more, and the next plan has its legs on the level.
 */
#define restsOn(p) \
  (p == LEVEL || (!isGone(p) && WITHOUT != KEY_HAS_GENERATION) || WITHOUT == MERGED_LEGS_REST_ON_LEVEL -> p : \
    (WITHOUT == KEY_HAS_GENERATION && generation == 2 && p <= CELLS -> p + CELLS : (isGone(p) -> LEVEL : p)))

#define givesBack(p) \
  assert(stock[restsOn(p)].reserved >= legs[p]); \
  stock[restsOn(p)].reserved = stock[restsOn(p)].reserved - legs[p]; \
  stock[restsOn(p)].onHand = stock[restsOn(p)].onHand - (ships -> legs[p] : 0); \
  stock[restsOn(p)].version = stock[restsOn(p)].version + (legs[p] > 0); \
  shippedInAll = shippedInAll + (ships -> legs[p] : 0)

/* releaseReservation, fulfilReservation: a read, then one transaction; the wait for it may be long. */
proctype SlowBuyer() {
  byte r, version;
  byte legs[PLACES];
  bit ships;
  end:
  do
  :: atomic {
    calls > 0 && (hold[0].status == held || hold[1].status == held) ->
    calls--;
    if
    :: hold[0].status == held -> r = 0
    :: hold[1].status == held -> r = 1
    fi;
    version = hold[r].version;
    legs[0] = hold[r].legs[0]; legs[1] = hold[r].legs[1]; legs[2] = hold[r].legs[2];
    legs[3] = hold[r].legs[3]; legs[4] = hold[r].legs[4]
  }
    atomic {
      if
      :: rule(IS_UNCHANGED, hold[r].version == version) ->
        if
        :: ships = 0; unitsCameBack()
        :: ships = 1
        fi;
        givesBack(0); givesBack(1); givesBack(2); givesBack(3); givesBack(4);
        hold[r].legs[0] = 0; hold[r].legs[1] = 0; hold[r].legs[2] = 0; hold[r].legs[3] = 0; hold[r].legs[4] = 0;
        hold[r].status = ended;
        hold[r].version = version + 1;
        check()
      :: true /* Dead, or somebody was first. */
      fi;
      r = 0; version = 0; ships = 0;
      legs[0] = 0; legs[1] = 0; legs[2] = 0; legs[3] = 0; legs[4] = 0
    }
  od
}

/* readCells: each cell is read for itself. */
#define readsCell(i) \
  isSeen[i] = stock[placeOf(seenGeneration, i + 1)].isMade; \
  isLeft[i] = isInForce(placeOf(seenGeneration, i + 1)); \
  seenVersionOf[i] = stock[placeOf(seenGeneration, i + 1)].version; \
  seenOnHand[i] = stock[placeOf(seenGeneration, i + 1)].onHand; \
  seenReserved[i] = stock[placeOf(seenGeneration, i + 1)].reserved

#define isSplitInto() rule(IS_SPLIT_INTO, generation == seenGeneration && cells == CELLS)
#define itemIsAbsent(i) rule(ITEM_IS_ABSENT, !stock[placeOf(seenGeneration, i + 1)].isMade)

#define makesCell(i, units) \
  stock[placeOf(seenGeneration, i + 1)].isMade = 1; \
  stock[placeOf(seenGeneration, i + 1)].onHand = units; \
  stock[placeOf(seenGeneration, i + 1)].version = 1

/* Half of what is free, or all of it for the last cell. */
#define share(i) (isSeen[1 - i] -> seenFree : (i == 0 -> seenFree / 2 : seenFree - seenFree / 2))

/* One transaction makes one of the missing cells, or both. */
#define splitStep(makes0, makes1) \
  moved = (makes0 -> share(0) : 0) + (makes1 -> share(1) : 0); \
  if \
  :: isSplitInto() && (WITHOUT == SPLIT_TAKES_WHAT_IS_FREE || free(LEVEL) >= moved) && \
    (!makes0 || itemIsAbsent(0)) && (!makes1 || itemIsAbsent(1)) -> \
    assert(free(LEVEL) >= moved); \
    stock[LEVEL].onHand = stock[LEVEL].onHand - moved; \
    stock[LEVEL].version++; \
    if \
    :: makes0 -> makesCell(0, share(0)) \
    :: else \
    fi; \
    if \
    :: makes1 -> makesCell(1, share(1)) \
    :: else \
    fi; \
    check() \
  :: else /* Buyers were faster. */ \
  fi

#define isAsSeen(i) \
  (isInForce(placeOf(seenGeneration, i + 1)) && \
    rule(VERSION_OF_CELL, stock[placeOf(seenGeneration, i + 1)].version == seenVersionOf[i]))
#define mergesCell(i) \
  stock[placeOf(seenGeneration, i + 1)].onHand = stock[placeOf(seenGeneration, i + 1)].onHand - seenOnHand[i]; \
  stock[placeOf(seenGeneration, i + 1)].reserved = stock[placeOf(seenGeneration, i + 1)].reserved - seenReserved[i]; \
  stock[placeOf(seenGeneration, i + 1)].isMerged = 1; \
  stock[placeOf(seenGeneration, i + 1)].version++; \
  stock[LEVEL].onHand = stock[LEVEL].onHand + seenOnHand[i]; \
  stock[LEVEL].reserved = stock[LEVEL].reserved + seenReserved[i]; \
  isLeft[i] = 0

/*
 * splitLevel: brings the level to two cells, or to one. The same request again goes on where another broke off.
 */
proctype Operator() {
  bit split, merges0, merges1, isLast, mayGetCells;
  byte seenGeneration, seenCells, seenVersion, seenFree, moved;
  bit isSeen[CELLS], isLeft[CELLS];
  byte seenVersionOf[CELLS], seenOnHand[CELLS], seenReserved[CELLS];
  end:
  do
  :: atomic {
    orders > 0 -> orders--;
    if
    :: split = 1
    :: split = 0
    fi
  }
    look: atomic { /* readLevel */
      seenGeneration = generation; seenCells = cells; seenVersion = stock[LEVEL].version; seenFree = free(LEVEL)
    }
    if
    :: atomic { crashes > 0 -> crashes--; goto done }
    :: atomic { !split && seenCells == 0 -> goto done }
    :: atomic { split && seenCells == 0 && seenGeneration == 2 -> goto done } /* The model ends with the second split. */
    :: atomic { split && seenCells == 0 && seenGeneration < 2 -> /* beginSplit: isNotSplit */
      if
      :: cells == 0 ->
        generation = seenGeneration + 1;
        cells = CELLS;
        stock[LEVEL].version++;
#if READERS
        least[generation] = freeInAll;
#endif
        check()
      :: else
      fi;
      goto look
    }
    :: atomic { seenCells > 0 -> readsCell(0) }
    fi;
    atomic { readsCell(1); mayGetCells = !isSeen[0] || !isSeen[1] }
    if
    :: atomic { split && (isSeen[0] != isLeft[0] || isSeen[1] != isLeft[1]) -> /* A merge is going on, or was broken off. */
      if
      :: cells == 0 || generation != seenGeneration -> goto look
      :: else -> goto done /* merge_first */
      fi
    }
    :: atomic { split && isLeft[0] && isLeft[1] -> goto done }
    :: atomic { split && isSeen[0] == isLeft[0] && isSeen[1] == isLeft[1] && !(isLeft[0] && isLeft[1]) ->
      if
      :: !isSeen[0] -> splitStep(1, 0)
      :: isSeen[0] -> splitStep(0, 1)
      :: !isSeen[0] && !isSeen[1] -> splitStep(1, 1)
      fi;
      goto look
    }
    :: !split -> skip
    fi;
    merge:
    if
    :: atomic { crashes > 0 -> crashes--; goto done }
    :: atomic { true -> /* One of the cells that are left, or all of them; the step that takes the last ones is the last. */
      if
      :: merges0 = isLeft[0]; merges1 = isLeft[1]
      :: isLeft[0] && isLeft[1] -> merges0 = 1
      :: isLeft[0] && isLeft[1] -> merges1 = 1
      fi;
      isLast = (isLeft[0] == merges0 && isLeft[1] == merges1);
      if
      :: isSplitInto() && (!(isLast && mayGetCells) || rule(VERSION_OF_LEVEL, stock[LEVEL].version == seenVersion)) &&
        (!merges0 || isAsSeen(0)) && (!merges1 || isAsSeen(1)) ->
        if
        :: merges0 -> mergesCell(0)
        :: else
        fi;
        if
        :: merges1 -> mergesCell(1)
        :: else
        fi;
        stock[LEVEL].version++;
        cells = (isLast -> 0 : cells);
        check();
        merges0 = 0; merges1 = 0;
        if
        :: isLast -> goto look
        :: else -> goto merge
        fi
      :: isSplitInto() && (!(isLast && mayGetCells) || rule(VERSION_OF_LEVEL, stock[LEVEL].version == seenVersion)) &&
        ((merges0 && !isAsSeen(0)) || (merges1 && !isAsSeen(1))) ->
        /* seenAgain: the refusal brings the cells back that have changed. */
        if
        :: merges0 && !isAsSeen(0) -> readsCell(0)
        :: else
        fi;
        if
        :: merges1 && !isAsSeen(1) -> readsCell(1)
        :: else
        fi;
        merges0 = 0; merges1 = 0;
        goto merge
      :: else -> merges0 = 0; merges1 = 0; goto look
      fi
    }
    fi;
    done: atomic {
      split = 0; isLast = 0; mayGetCells = 0;
      seenGeneration = 0; seenCells = 0; seenVersion = 0; seenFree = 0; moved = 0;
      isSeen[0] = 0; isSeen[1] = 0; isLeft[0] = 0; isLeft[1] = 0;
      seenVersionOf[0] = 0; seenVersionOf[1] = 0;
      seenOnHand[0] = 0; seenOnHand[1] = 0; seenReserved[0] = 0; seenReserved[1] = 0
    }
  od
}

#if READERS
/*
 * HotLevels.choose: a buyer of some units reads the level, its marker, every cell, and the level again; and all of that
 * once more before he is refused, and says so to others.
 */
proctype Reader() {
  byte wanted, seenGeneration, before, after, sum;
  bit isSecond, isMarked;
  end:
  do
  :: atomic {
    readings > 0 && cells > 0 -> readings--;
    least[0] = freeInAll;
    cameBack[0] = 0;
    if
    :: wanted = 1
    :: wanted = 2
    fi
  }
    again: atomic { /* look: readLevel */
      if
      :: cells == 0 -> goto over
      :: else -> seenGeneration = generation; before = free(LEVEL)
      fi
    }
    atomic { /* readSoldOut, heed */
      if
      :: markerIsFresh && rule(MARKER_HAS_GENERATION, markerGeneration == seenGeneration) && markerLeft < wanted ->
        /* Invariant 6: somebody found too little in this very sale. */
        assert(least[seenGeneration] <= markerLeft || cameBack[seenGeneration]);
        goto over
      :: else
      fi
    }
    atomic { sum = (isInForce(placeOf(seenGeneration, 1)) -> free(placeOf(seenGeneration, 1)) : 0) }
    atomic { sum = sum + (isInForce(placeOf(seenGeneration, 2)) -> free(placeOf(seenGeneration, 2)) : 0) }
    atomic { /* readAll: the level once more */
      after = (WITHOUT == READS_LEVEL_AGAIN -> 0 : free(LEVEL));
      sum = sum + (after > before -> after : before);
      if
      :: sum >= wanted || (WITHOUT != READS_LEVEL_AGAIN && (cells == 0 || generation != seenGeneration)) -> goto over
      :: sum < wanted && !isSecond -> isSecond = 1; before = 0; after = 0; sum = 0; goto again
      :: else
      fi
    }
    atomic { /* markSoldOut */
      /* Invariant 6: too little was free at a time, unless units came back while he read. */
      assert(least[0] < wanted || cameBack[0]);
      markerIsFresh = 1; markerGeneration = seenGeneration; markerLeft = sum
    }
    over: atomic { wanted = 0; seenGeneration = 0; before = 0; after = 0; sum = 0; isSecond = 0 }
  od
}
#endif

init {
  atomic {
    byte process;
    stock[LEVEL].isMade = 1;
    stock[LEVEL].onHand = UNITS;
#if READERS
    least[0] = UNITS; least[1] = UNITS; least[2] = UNITS;
#endif
    run Buyer();
    for (process : 1 .. SLOW) { run SlowBuyer() }
    for (process : 1 .. OPERATORS) { run Operator() }
#if READERS
    for (process : 1 .. READERS) { run Reader() }
#endif
    process = 0
  }
}

/*
 * The backorder queue of one level: promises beyond the stock, carts that grow and shrink, stock that comes in and is
 * counted away, the allocator, and records that are deleted while they wait.
 *
 * A conditional write or a transaction of the code is one atomic step. What the code reads before it is read in a
 * step of its own, so that anybody may write in between. README.md says which rule of the code each name stands for.
 */
#ifndef UNITS
#define UNITS 1
#endif
#ifndef LIMIT
#define LIMIT 2 /* how many units may be promised beyond the stock */
#endif
#ifndef CALLS
#define CALLS 3 /* Commands that callers send. */
#endif
#ifndef CALLERS
#define CALLERS 1 /* Commands that are under way at a time. */
#endif
#ifndef ALLOCATORS
#define ALLOCATORS 1 /* Messages of the queue "backorders" that are worked on at a time. */
#endif
#ifndef SUPPLY
#define SUPPLY 2 /* Units that come in. */
#endif
#ifndef LOSSES
#define LOSSES 1 /* Units that a forced count takes away. */
#endif
#ifndef FAULTS
#define FAULTS 1 /* Orders that are deleted by mistake, and allocators that die: together. */
#endif
#ifndef WITHOUT
#define WITHOUT 0 /* The rule that is left out: a mistake that must be found. */
#endif

#define rule(name, holds) (WITHOUT == name || (holds))
#define TAKES_SELLABLE 1
#define STOCK_IS_SHORT 2
#define HEADROOM_IS_THERE 3
#define IS_UNCHANGED 4
#define UNITS_ARE_AVAILABLE 5
#define HEAD_FIRST 6
#define RESERVATION_IS_GONE 7
#define PUTS_PLACES_BACK 8
#define PUT_BACK_TELLS_QUEUE 9
#define LEVEL_TELLS_QUEUE 10
#define TIME_TO_LIVE 11

#define RESERVATIONS 3
/* A reservation has a place for its first promise, and one behind it for its growth. */
#define PLACES 6
#define first(r) (2 * r)
#define second(r) (2 * r + 1)
#define ownerOf(p) (p / 2)

mtype = { absent, held, committed, ended };

typedef Record { mtype status = absent; unsigned version : 4; unsigned allocated : 3 };

short onHand = UNITS;
short reserved;
short backordered;
Record record[RESERVATIONS];
bit isDeleted[RESERVATIONS]; /* There is no record, but the message of its deletion has it. */
byte waits[PLACES];          /* places in the record: units promised beyond the stock */
byte promisedAt[PLACES];     /* when that was */
byte entry[PLACES];          /* the queue: the entry of the place, units; 0 where there is none */
bit told;                    /* There is a message in the queue "backorders". */

byte moment = 1;
byte calls = CALLS;
byte supply = SUPPLY;
byte losses = LOSSES;
byte faults = FAULTS;

#define available (onHand - reserved)
#define sellable (available - backordered)
#define headroom (LIMIT - backordered)
#define isOpen(r) (!isDeleted[r] && (record[r].status == held || record[r].status == committed))
#define isPromised(r) (record[r].status == held || record[r].status == committed)
#define allocatedTo(r) (isPromised(r) -> record[r].allocated : 0)
#define waitsAt(r) (isPromised(r) -> waits[first(r)] + waits[second(r)] : 0)
#define owedInAll (waitsAt(0) + waitsAt(1) + waitsAt(2))
#define isInQueue(r) (!isOpen(r) || (entry[first(r)] == waits[first(r)] && entry[second(r)] == waits[second(r)]))

/* What must hold after every write. */
#define check() \
  assert(onHand == UNITS + (SUPPLY - supply) - (LOSSES - losses)); \
  /* Invariant 2: what is promised is what reservations rest on. */ \
  assert(reserved == allocatedTo(0) + allocatedTo(1) + allocatedTo(2)); \
  assert(backordered == owedInAll); \
  /* Whoever waits has his places in the queue. */ \
  assert(isInQueue(0) && isInQueue(1) && isInQueue(2))

/*
 * Invariants 3 and 7: a new buyer takes what is there and owed to nobody; what is promised beyond that is within the
 * limit, and nobody waits for what he could have at once.
 */
#define takes(units, beyond) \
  assert(units == 0 || available - owedInAll >= units); \
  assert(beyond == 0 || (owedInAll + beyond <= LIMIT && available - owedInAll < units + beyond)); \
  reserved = reserved + units; \
  backordered = backordered + beyond

#define stockIsFree(units) (units == 0 || (WITHOUT == TAKES_SELLABLE -> available >= units : sellable >= units))
#define stockIsShort(units) rule(STOCK_IS_SHORT, sellable < units)
#define headroomIsThere(units) rule(HEADROOM_IS_THERE, headroom >= units)
#define mayTake(units, beyond) \
  (stockIsFree(units) && (beyond == 0 || (headroomIsThere(beyond) && stockIsShort(units + beyond))))
#define isUnchanged(r, seen) rule(IS_UNCHANGED, isOpen(r) && record[r].version == seen)

/* ofQueue: the stream tells of a write after which there is something to give, and somebody to give it to. */
#define levelIsWritten() told = told || (available > 0 && backordered > 0 && WITHOUT != LEVEL_TELLS_QUEUE)

/* The entries of a reservation are written with its record. */
#define writesEntries(r) entry[first(r)] = waits[first(r)]; entry[second(r)] = waits[second(r)]

#define endsAs(r) \
  reserved = reserved - record[r].allocated; \
  backordered = backordered - waits[first(r)] - waits[second(r)]; \
  waits[first(r)] = 0; waits[second(r)] = 0; promisedAt[first(r)] = 0; promisedAt[second(r)] = 0; \
  writesEntries(r); \
  record[r].status = ended; record[r].allocated = 0; record[r].version = 0; \
  isDeleted[r] = 0

/* reserveStock: so many units from stock, and so many beyond it. The promise bears the time of the plan. */
#define reserves(r, units, beyond) \
  :: record[r].status == absent && mayTake(units, beyond) -> \
    takes(units, beyond); \
    record[r].status = held; record[r].version = 1; record[r].allocated = units; \
    waits[first(r)] = beyond; promisedAt[first(r)] = (beyond > 0 -> now : 0); \
    writesEntries(r); \
    levelIsWritten(); \
    check()

#define commits(r) atomic { \
  calls > 0 && isOpen(r) && record[r].status == held -> calls--; record[r].status = committed; record[r].version++ }

proctype Caller() {
  byte r, now, version;
  end:
  do
  :: commits(0)
  :: commits(1)
  :: commits(2)
  /* All other commands are planned first: from the record as it was read, at the time when it was. */
  :: atomic {
    calls > 0 && (record[2].status == absent || isOpen(0) || isOpen(1) || isOpen(2)) ->
    calls--;
    if
    :: record[0].status == absent -> r = 0
    :: record[0].status != absent && record[1].status == absent -> r = 1
    :: record[1].status != absent && record[2].status == absent -> r = 2
    :: isOpen(0) -> r = 0; version = record[0].version
    :: isOpen(1) -> r = 1; version = record[1].version
    :: isOpen(2) -> r = 2; version = record[2].version
    fi;
    now = moment;
    moment++
  }
    atomic {
      if
      :: version == 0 ->
        if
        reserves(r, 1, 0)
        reserves(r, 2, 0)
        reserves(r, 0, 1)
        reserves(r, 1, 1)
        reserves(r, 0, 2)
        :: true /* Refused, or dead. */
        fi
      :: version > 0 ->
        if
        :: isUnchanged(r, version) && isPromised(r) -> /* releaseReservation */
          endsAs(r);
          levelIsWritten();
          check()
        :: isUnchanged(r, version) && record[r].status == held && mayTake(1, 0) -> /* rearrangeReservation: one more */
          takes(1, 0);
          record[r].allocated++; record[r].version = version + 1;
          levelIsWritten();
          check()
        :: isUnchanged(r, version) && record[r].status == held && waits[second(r)] == 0 && mayTake(0, 1) ->
          takes(0, 1);
          waits[second(r)] = 1; promisedAt[second(r)] = now; record[r].version = version + 1;
          writesEntries(r);
          levelIsWritten();
          check()
        :: isUnchanged(r, version) && record[r].status == held && waits[first(r)] + waits[second(r)] > 0 -> /* One less. */
          backordered--;
          if
          :: waits[second(r)] > 0 -> waits[second(r)]--
          :: else -> waits[first(r)]--
          fi;
          record[r].version = version + 1;
          writesEntries(r);
          levelIsWritten();
          check()
        :: true
        fi
      fi;
      r = 0; now = 0; version = 0
    }
  od
}

#define precedes(p, q) (entry[p] > 0 && promisedAt[p] < promisedAt[q])
#define isHead(p) \
  (entry[p] > 0 && rule(HEAD_FIRST, !precedes(0, p) && !precedes(1, p) && !precedes(2, p) && !precedes(3, p) && \
    !precedes(4, p) && !precedes(5, p)))
#define isWaiting(p) (isOpen(ownerOf(p)) && waits[p] > 0)
/* Somebody waits who was promised earlier, and waited already when the head was read. */
#define waitsLonger(p, q) (isWaiting(p) && waited[p] && promisedAt[p] < promisedAt[q])

#define isGone(p) (isDeleted[ownerOf(p)])

/*
 * allocateBackorders: the level, the head of its queue and the record are read one after the other, and then written.
 * Where the record was changed meanwhile it is decided again from what the refusal met, with the same head.
 */
proctype Allocator() {
  byte units, head, version, given, allocated, waitsFirst, waitsSecond;
  bit waited[PLACES];
  end:
  do
  :: atomic { told -> told = 0 }
    do
    :: atomic { available > 0 && backordered > 0 -> units = available } /* readLevel, owesQueue */
      atomic { /* readHead */
        if
        :: isHead(0) -> head = 0
        :: isHead(1) -> head = 1
        :: isHead(2) -> head = 2
        :: isHead(3) -> head = 3
        :: isHead(4) -> head = 4
        :: isHead(5) -> head = 5
        :: else -> units = 0; break /* The queue is empty. */
        fi;
        if
        :: entry[head] < units -> units = entry[head]
        :: else
        fi;
        waited[0] = isWaiting(0); waited[1] = isWaiting(1); waited[2] = isWaiting(2);
        waited[3] = isWaiting(3); waited[4] = isWaiting(4); waited[5] = isWaiting(5)
      }
      decide:
      atomic {
        if
        :: isGone(head) -> version = 0
        :: else ->
          version = record[ownerOf(head)].version;
          allocated = record[ownerOf(head)].allocated;
          waitsFirst = waits[first(ownerOf(head))];
          waitsSecond = waits[second(ownerOf(head))];
          given = (waits[head] < units -> waits[head] : units)
        fi
      }
      atomic {
        if
        :: version == 0 && given == 0 && rule(RESERVATION_IS_GONE, isGone(head)) -> /* removeEntry */
          entry[head] = 0;
          check()
        :: given > 0 && isUnchanged(ownerOf(head), version) && rule(UNITS_ARE_AVAILABLE, available >= given) ->
          /* Invariant 7: what is there, to the oldest promise. */
          assert(available >= given);
          assert(!waitsLonger(0, head) && !waitsLonger(1, head) && !waitsLonger(2, head) && !waitsLonger(3, head) &&
            !waitsLonger(4, head) && !waitsLonger(5, head));
          reserved = reserved + given;
          backordered = backordered - given;
          record[ownerOf(head)].allocated = allocated + given;
          waits[first(ownerOf(head))] = waitsFirst;
          waits[second(ownerOf(head))] = waitsSecond;
          waits[head] = waits[head] - given;
          record[ownerOf(head)].version = version + 1;
          writesEntries(ownerOf(head));
          levelIsWritten();
          check()
        :: given > 0 && !isUnchanged(ownerOf(head), version) -> given = 0; goto decide
        :: else /* It was served, or left the queue, or the level has less now: all is looked at anew. */
        fi;
        head = 0; version = 0; given = 0; units = 0; allocated = 0; waitsFirst = 0; waitsSecond = 0;
        waited[0] = 0; waited[1] = 0; waited[2] = 0; waited[3] = 0; waited[4] = 0; waited[5] = 0
      }
    :: atomic { !(available > 0 && backordered > 0) -> break }
    :: atomic { faults > 0 -> faults--; told = 1; break } /* It dies, and the message comes again. */
    od
  od
}

#define timeToLiveDeletes(r) \
  atomic { isOpen(r) && record[r].status == held && WITHOUT != TIME_TO_LIVE -> isDeleted[r] = 1; check() }
#define mistakeDeletes(r) \
  atomic { isOpen(r) && record[r].status == committed && faults > 0 -> faults--; isDeleted[r] = 1; check() }
/* releaseDeleted: giveBack of a hold, putBack of an order with its places, of which the stream tells the queue. */
#define givesBack(r) \
  atomic { isDeleted[r] && record[r].status == held -> endsAs(r); levelIsWritten(); check() }
#define putsBack(r) atomic { \
  isDeleted[r] && record[r].status == committed -> \
  isDeleted[r] = 0; \
  record[r].version++; \
  if \
  :: WITHOUT != PUTS_PLACES_BACK -> writesEntries(r) \
  :: else \
  fi; \
  told = told || (waitsAt(r) > 0 && WITHOUT != PUT_BACK_TELLS_QUEUE); \
  check() }

/* The table's TTL, the warehouse, and what goes wrong. */
proctype World() {
  end:
  do
  :: timeToLiveDeletes(0)
  :: timeToLiveDeletes(1)
  :: timeToLiveDeletes(2)
  :: mistakeDeletes(0)
  :: mistakeDeletes(1)
  :: mistakeDeletes(2)
  :: givesBack(0)
  :: givesBack(1)
  :: givesBack(2)
  :: putsBack(0)
  :: putsBack(1)
  :: putsBack(2)
  :: atomic { supply > 0 -> supply--; onHand++; levelIsWritten(); check() }
  :: atomic { losses > 0 && onHand > 0 -> losses--; onHand--; levelIsWritten(); check() }
  od
}

/* When nothing can happen any more but that somebody calls: nothing lies free that somebody waits for. */
proctype AtRest() {
  end:
  timeout ->
  assert(record[0].status != held && record[1].status != held && record[2].status != held);
  assert(!isDeleted[0] && !isDeleted[1] && !isDeleted[2]);
  assert(available <= 0 || backordered == 0);
  assert(entry[0] + entry[1] + entry[2] + entry[3] + entry[4] + entry[5] == backordered)
}

init {
  atomic {
    byte process;
    for (process : 1 .. CALLERS) { run Caller() }
    for (process : 1 .. ALLOCATORS) { run Allocator() }
    process = 0;
    run World(); run AtRest()
  }
}

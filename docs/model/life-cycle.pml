/*
 * The life of reservations on one level: holds and their deadlines, TTL deletion and its guard, commits in time and
 * late, cart changes, shipping in part, release, the backorder queue and its allocator.
 *
 * Every conditional write or transaction of the code is one atomic step here, since DynamoDB makes it so. Whatever
 * the code reads before such a write is copied into variables of the process in a step of its own, so that anybody
 * may write in between. README.md says which line of the code each step stands for.
 */
#ifndef MUTANT
#define MUTANT 0 /* No condition is dropped. */
#endif
#ifndef UNITS
#define UNITS 1
#endif
#ifndef LIMIT
#define LIMIT 2
#endif
#ifndef CALLS
#define CALLS 5 /* How many commands callers send, resends among them. */
#endif
#ifndef CALLERS
#define CALLERS 2 /* How many of them are under way at a time. */
#endif
#ifndef FAULTS
#define FAULTS 1 /* How many crashes, duplicates, lost messages and skewed clocks there are together. */
#endif
#ifndef SUPPLY
#define SUPPLY 1 /* How many units come in later. */
#endif
#ifndef LOSSES
#define LOSSES 1 /* How many units a forced count takes away. */
#endif

#define IDS 2
#define UIDS 3
#define NOBODY 255
/* The first id may be used twice. */
#define idOf(u) (u == 2 -> 1 : 0)

/* A condition of the code, unless the mutant drops it. */
#define condition(name, holds) (MUTANT == name || (holds))
#define COMMIT_IS_HELD 1
#define CHANGE_IS_UNCHANGED 2
#define TTL_GUARD 3
#define ALLOCATION_IS_UNCHANGED 4
#define TAKES_SELLABLE 5
#define ALLOCATION_IS_AVAILABLE 6
#define HEADROOM_IS_THERE 7
#define ID_IS_FREE 8
#define PUT_BACK_COMMITTED 9
#define STOCK_IS_SHORT 10
#define GIVES_BACK_WHEN_ID_TAKEN 11
#define BACKSTOP 12
#define PUT_BACK_TELLS_QUEUE 13
#define ENTRY_OWNER_IS_GONE 14

mtype = { none, held, committed, fulfilled, released, expired };
mtype = { commits, releases, ships, changes, idles };

typedef Record {
  mtype status = none; /* none: there is no item */
  byte uid;
  byte version;
  byte quantity;
  byte allocated;
  byte backordered;
  byte shipped;
  bit isDue /* the deadline has passed */
};
/* What the stream carries of a deleted record; none: no message. */
typedef Image { mtype status = none; byte quantity; byte allocated; byte backordered; byte shipped; byte version; byte place; bit isDue };
typedef Entry { byte quantity; byte place };

Record record[IDS];
Image deleted[UIDS];   /* queue "expired", by the uid of the old image */
Entry entry[UIDS];     /* queue of the level; quantity 0: no entry */
bit guard[UIDS];       /* EXPIRED#<uid> */
bit isUsed[UIDS];      /* incarnations that have been made */
bit deadline[UIDS];    /* queue "deadlines" */
bit backorders;        /* queue "backorders" */

short onHand = UNITS;
short reserved;
short backordered;

byte calls = CALLS;
byte faults = FAULTS;
byte supply = SUPPLY;
byte losses = LOSSES;
byte promises;         /* orders the places in the queue */

/* What only the properties know. */
bit owes[UIDS];        /* a deleted record has been neither given back nor put back */
byte ends[UIDS];
byte shippedBefore;    /* by records that are no more */

#define available (onHand - reserved)
#define sellable (available - backordered)
#define headroom (LIMIT - backordered)
#define isOpen(r) (record[r].status == held || record[r].status == committed)
#define legsOf(figure) ((isOpen(0) -> record[0].figure : 0) + (isOpen(1) -> record[1].figure : 0) \
  + owes[0] * deleted[0].figure + owes[1] * deleted[1].figure + owes[2] * deleted[2].figure)
#define isWhole(r) (!isOpen(r) || record[r].allocated + record[r].backordered + record[r].shipped == record[r].quantity)
#define isWaiting(u) (entry[u].quantity > 0)
#define isOlder(v, u) (entry[v].quantity > 0 && entry[v].place < entry[u].place)

/* Invariants 2 and 4, conservation, and that an open record is whole; they hold after every write. */
inline check() {
  assert(onHand >= 0 && reserved >= 0 && backordered >= 0);
  assert(reserved == legsOf(allocated));
  assert(backordered == legsOf(backordered));
  assert(onHand + record[0].shipped + record[1].shipped + shippedBefore + owes[0] * deleted[0].shipped + owes[1] * deleted[1].shipped +
    owes[2] * deleted[2].shipped ==
    UNITS + (SUPPLY - supply) - (LOSSES - losses));
  assert(isWhole(0) && isWhole(1));
  assert(ends[0] <= 1 && ends[1] <= 1 && ends[2] <= 1)
}

/* The stream tells of every write of the level: forwardsOf, ofQueue. */
inline levelWritten() {
  if
  :: available > 0 && backordered > 0 -> backorders = 1
  :: else
  fi
}

/* Invariants 3 and 7: whoever takes new units, takes what nobody else was promised, or waits within the limit. */
inline takes(taken, promised) {
  assert(taken == 0 || available - legsOf(backordered) >= taken);
  assert(promised == 0 || (backordered + promised <= LIMIT && sellable < taken + promised));
  reserved = reserved + taken;
  backordered = backordered + promised
}

/* conditionsOfTaking */
#define mayTake(a, b) \
  ((a == 0 || (MUTANT == TAKES_SELLABLE -> available >= a : sellable >= a)) \
  && (b == 0 || (condition(HEADROOM_IS_THERE, headroom >= b) && condition(STOCK_IS_SHORT, sellable < a + b))))

inline queues(who, waits) {
  if
  :: waits > 0 && entry[who].quantity == 0 -> promises++; entry[who].place = promises
  :: else
  fi;
  entry[who].quantity = waits;
  if
  :: waits == 0 -> entry[who].place = 0
  :: else
  fi
}

/* isUnchanged: the record is the very one that the change was computed from. */
#define isStill(u, seenVersion) (record[idOf(u)].status != none && record[idOf(u)].uid == u && \
  record[idOf(u)].version == seenVersion)

/* The end of an open record: what it rests on is free again. */
inline endsAs(r, how) {
  ends[record[r].uid]++;
  record[r].status = how;
  record[r].quantity = record[r].shipped;
  record[r].allocated = 0;
  record[r].backordered = 0;
  record[r].isDue = 0;
  record[r].version++
}

/*
 * One request or its resend, in an environment of its own. It stops after its read when it crashes, and comes
 * again when its answer was lost: each of them is one of the calls.
 */
proctype Caller() {
  byte r, u, a, b, k;
  bit isSame;
  mtype what;
  Record seen;
  end:
  do
    /* reserveStock: any plan, from however old a picture, meets the conditions of its write. */
    :: atomic {
      calls > 0 -> calls--;
      if
      :: r = 0; u = 0
      :: isUsed[0] -> r = 0; u = 1
      :: r = 1; u = 2
      fi;
      if
      :: a = 1; b = 0
      :: a = 0; b = 1
      :: a = 1; b = 1
      :: r == 0 -> a = 2; b = 0
      fi;
      if
      :: !isUsed[u] && deleted[0].status != committed && condition(ID_IS_FREE, record[r].status == none) && mayTake(a, b) ->
        takes(a, b);
        isUsed[u] = 1;
        record[r].status = held;
        record[r].uid = u;
        record[r].version = 1;
        record[r].quantity = a + b;
        record[r].allocated = a;
        record[r].backordered = b;
        record[r].shipped = 0;
        record[r].isDue = 0;
        queues(u, b);
        deadline[u] = 1;
        levelWritten();
        check()
      :: else
      fi;
      r = 0; u = 0; a = 0; b = 0
    }
    /* commitReservation: one blind write of one item. */
    :: atomic {
      calls > 0 -> calls--;
      select(r : 0 .. 1);
      if
      :: record[r].status != none && condition(COMMIT_IS_HELD, record[r].status == held) ->
        assert(record[r].status == held); /* Invariant 4: what has ended is never revived without its stock. */
        record[r].status = committed;
        record[r].isDue = 0;
        record[r].version++;
        check()
      :: else
      fi;
      r = 0
    }
    /* Everything else reads the record first. */
    :: atomic {
      calls > 0 -> calls--;
      select(r : 0 .. 1);
      if
      :: record[r].status == expired -> what = commits
      :: isOpen(r) -> what = releases
      :: record[r].status == committed && record[r].allocated > 0 -> what = ships
      :: record[r].status == held && !record[r].isDue -> what = changes
      :: else -> what = idles
      fi;
      if
      :: what != idles ->
        seen.status = record[r].status; seen.uid = record[r].uid; seen.version = record[r].version;
        seen.quantity = record[r].quantity; seen.allocated = record[r].allocated;
        seen.backordered = record[r].backordered; seen.shipped = record[r].shipped
      :: else
      fi
    }
    if
    :: what == idles
    :: what != idles && faults > 0 -> faults-- /* It crashes before the write, or is stalled for ever. */
    :: atomic {
      what != idles ->
      isSame = condition(CHANGE_IS_UNCHANGED, isStill(seen.uid, seen.version));
      if
      :: isSame && what == releases ->
        /* released(): an order that was shipped in part ends as fulfilled. */
        reserved = reserved - seen.allocated;
        backordered = backordered - seen.backordered;
        queues(seen.uid, 0);
        endsAs(r, (seen.shipped > 0 -> fulfilled : released));
        levelWritten();
        check()
      :: isSame && what == ships && onHand >= 1 && reserved >= 1 ->
        /* decideFulfil: one unit at a time; the last one ends it. */
        onHand--; reserved--;
        record[r].allocated = seen.allocated - 1;
        record[r].shipped = seen.shipped + 1;
        record[r].version = seen.version + 1;
        if
        :: record[r].allocated + record[r].backordered == 0 -> endsAs(r, fulfilled)
        :: else
        fi;
        levelWritten();
        check()
      :: isSame && what == changes ->
        /* keepLegs: a smaller cart gives back the units that it waits for first; a larger one takes any more. */
        if
        :: seen.quantity > 1 && seen.backordered > 0 ->
          backordered--;
          record[r].backordered = seen.backordered - 1;
          record[r].quantity = seen.quantity - 1
        :: seen.quantity > 1 && seen.backordered == 0 ->
          reserved--;
          record[r].allocated = seen.allocated - 1;
          record[r].quantity = seen.quantity - 1
        :: seen.quantity == 1 && seen.backordered == 0 && mayTake(1, 0) ->
          takes(1, 0);
          record[r].allocated = seen.allocated + 1;
          record[r].quantity = seen.quantity + 1
        :: seen.quantity == 1 && seen.backordered == 0 && mayTake(0, 1) ->
          takes(0, 1);
          record[r].backordered = 1;
          record[r].quantity = seen.quantity + 1
        :: else
        fi;
        queues(seen.uid, record[r].backordered);
        record[r].version = seen.version + 1;
        levelWritten();
        check()
      :: isSame && what == commits && mayTake(1, 0) ->
        /* reacquire: all or nothing, here one unit, with a new place if it waits. */
        takes(1, 0);
        ends[seen.uid]--;
        record[r].status = committed; record[r].quantity = seen.shipped + 1;
        record[r].allocated = 1; record[r].version = seen.version + 1;
        levelWritten();
        check()
      :: isSame && what == commits && mayTake(0, 1) ->
        takes(0, 1);
        ends[seen.uid]--;
        record[r].status = committed; record[r].quantity = seen.shipped + 1;
        record[r].backordered = 1; record[r].version = seen.version + 1;
        queues(seen.uid, 1);
        levelWritten();
        check()
      :: else /* Refused, or somebody was first: the answer says so, and a further call may follow. */
      fi
    }
    fi;
    atomic {
      r = 0; isSame = 0; what = 0;
      seen.status = 0; seen.uid = 0; seen.version = 0; seen.quantity = 0; seen.allocated = 0;
      seen.backordered = 0; seen.shipped = 0
    }
  od
}

/* decideExpire: a hold whose deadline is still to come is waited for; any other message is read and judged. */
#define isHeldBy(u) (record[idOf(u)].status == held && record[idOf(u)].uid == u)
#define comesUp(u) (deadline[u] && !(isHeldBy(u) && !record[idOf(u)].isDue))

/* expire-reservations: the message of a deadline. */
proctype Expirer() {
  byte u, version, allocated, waiting;
  bit isDuplicate;
  end:
  do
  :: atomic {
    comesUp(0) || comesUp(1) || comesUp(2) ->
    if
    :: comesUp(0) -> u = 0
    :: comesUp(1) -> u = 1
    :: comesUp(2) -> u = 2
    fi;
    if
    :: isHeldBy(u) ->
      version = record[idOf(u)].version;
      allocated = record[idOf(u)].allocated;
      waiting = record[idOf(u)].backordered
    :: else -> deadline[u] = 0; u = NOBODY
    fi
  }
  if
  :: u == NOBODY
  :: u != NOBODY && faults > 0 -> atomic { faults--; deadline[u] = 0 } /* It failed too often: the DLQ has it. */
  :: atomic {
    u != NOBODY ->
    if
    :: faults > 0 -> faults--; isDuplicate = 1
    :: true
    fi;
    if
    :: condition(CHANGE_IS_UNCHANGED, isStill(u, version)) ->
      assert(isHeldBy(u));
      reserved = reserved - allocated;
      backordered = backordered - waiting;
      queues(u, 0);
      endsAs(idOf(u), expired);
      deadline[u] = isDuplicate;
      levelWritten();
      check()
    :: else /* It is decided again from what the refused write brought back. */
    fi
  }
  fi;
  atomic { u = 0; version = 0; allocated = 0; waiting = 0; isDuplicate = 0 }
  od
}

/* release-expired: one transaction, made from the deleted record alone. */
proctype Releaser() {
  byte u;
  end:
  do
  :: atomic {
    deleted[0].status != none || deleted[1].status != none || deleted[2].status != none ->
    if
    :: deleted[0].status != none -> u = 0
    :: deleted[1].status != none -> u = 1
    :: deleted[2].status != none -> u = 2
    fi;
    if
    :: (deleted[u].status == held && deleted[u].isDue) || MUTANT == PUT_BACK_COMMITTED ->
      if
      :: condition(TTL_GUARD, !guard[u]) &&
        (MUTANT != GIVES_BACK_WHEN_ID_TAKEN || record[idOf(u)].status == none) ->
        assert(deleted[u].status == held);
        reserved = reserved - deleted[u].allocated;
        backordered = backordered - deleted[u].backordered;
        queues(u, 0);
        guard[u] = 1;
        owes[u] = 0;
        ends[u]++;
        if
        :: record[idOf(u)].status == none ->
          record[idOf(u)].status = expired; record[idOf(u)].uid = u; record[idOf(u)].quantity = 0;
          record[idOf(u)].allocated = 0; record[idOf(u)].backordered = 0; record[idOf(u)].shipped = 0;
          record[idOf(u)].isDue = 0; record[idOf(u)].version = deleted[u].version + 1
        :: else /* The id is in use again, and its record stays as it is. */
        fi;
        levelWritten()
      :: else
      fi
    :: else ->
      if
      :: record[idOf(u)].status == none ->
        record[idOf(u)].status = deleted[u].status; record[idOf(u)].uid = u;
        record[idOf(u)].quantity = deleted[u].quantity; record[idOf(u)].allocated = deleted[u].allocated;
        record[idOf(u)].backordered = deleted[u].backordered; record[idOf(u)].shipped = deleted[u].shipped;
        record[idOf(u)].version = deleted[u].version;
        entry[u].quantity = deleted[u].backordered;
        entry[u].place = deleted[u].place;
        owes[u] = 0;
        if
        /* The allocator may have taken its places for those of somebody who is gone, and have stopped. */
        :: MUTANT != PUT_BACK_TELLS_QUEUE && record[idOf(u)].backordered > 0 -> backorders = 1
        :: else
        fi
      :: else
      fi
    fi;
    if
    :: faults > 0 -> faults-- /* The message comes once more. */
    :: true ->
      deleted[u].status = none; deleted[u].quantity = 0; deleted[u].allocated = 0; deleted[u].backordered = 0;
      deleted[u].shipped = 0; deleted[u].version = 0; deleted[u].place = 0; deleted[u].isDue = 0
    fi;
    check();
    u = 0
  }
  od
}

/* allocate-backorders: level, head of the queue and record are read one after the other, then written. */
proctype Allocator() {
  byte head, units, version, allocated, waiting;
  bit isGone;
  end:
  do
  :: backorders ->
    atomic { backorders = 0; units = (available > 0 && backordered > 0 -> available : 0) }
    do
    :: units == 0 -> break
    :: units > 0 && faults > 0 -> atomic { faults--; backorders = 1; break } /* It crashes, and the message comes again. */
    :: atomic {
      units > 0 ->
      head = NOBODY;
      if
      :: isWaiting(0) && !isOlder(1, 0) && !isOlder(2, 0) -> head = 0
      :: isWaiting(1) && !isOlder(0, 1) && !isOlder(2, 1) -> head = 1
      :: isWaiting(2) && !isOlder(0, 2) && !isOlder(1, 2) -> head = 2
      :: else
      fi;
      if
      :: head != NOBODY && entry[head].quantity < units -> units = entry[head].quantity
      :: else
      fi
    }
      if
      :: head == NOBODY -> break
      :: else
      fi;
      atomic {
        isGone = (record[idOf(head)].status == none || record[idOf(head)].uid != head);
        if
        :: !isGone ->
          version = record[idOf(head)].version;
          allocated = record[idOf(head)].allocated;
          waiting = record[idOf(head)].backordered
        :: else
        fi
      }
      atomic {
        if
        :: isGone && condition(ENTRY_OWNER_IS_GONE, record[idOf(head)].status == none || record[idOf(head)].uid != head) ->
          /* removeEntry: its reservation is still gone in the very write. */
          entry[head].quantity = 0; entry[head].place = 0
        :: !isGone && waiting > 0 &&
          condition(ALLOCATION_IS_UNCHANGED, isStill(head, version)) &&
          condition(ALLOCATION_IS_AVAILABLE, available >= units) && backordered >= units ->
          /* Invariant 7: nobody was promised before the one who is served; and only what is there is given. */
          assert(available >= units);
          assert(!isOlder(0, head) && !isOlder(1, head) && !isOlder(2, head));
          reserved = reserved + units;
          backordered = backordered - units;
          record[idOf(head)].allocated = allocated + units;
          record[idOf(head)].backordered = waiting - units;
          record[idOf(head)].version = version + 1;
          queues(head, waiting - units);
          levelWritten();
          check()
        :: else
        fi;
        /* The level is looked at anew before the next entry. */
        head = 0; isGone = 0; version = 0; allocated = 0; waiting = 0;
        units = (available > 0 && backordered > 0 -> available : 0)
      }
    od;
    atomic { head = 0; units = 0 }
  od
}

/* A hold after its deadline and the grace; by a fault, an order that should have no TTL any more. Not an order
   whose id is claimed by another incarnation at the same time: that is beyond repair, and the code says so loudly. */
#define mayBeDeleted(r) (isOpen(r) && deleted[record[r].uid].status == none \
  && (record[r].status == held -> record[r].isDue && MUTANT != BACKSTOP : faults > 0 && owes[0] + owes[1] == 0))

inline ttlDeletes(r) {
  faults = faults - (record[r].status == committed);
  u = record[r].uid;
  deleted[u].status = record[r].status; deleted[u].quantity = record[r].quantity;
  deleted[u].allocated = record[r].allocated; deleted[u].backordered = record[r].backordered;
  deleted[u].shipped = record[r].shipped; deleted[u].version = record[r].version;
  deleted[u].isDue = record[r].isDue; deleted[u].place = entry[u].place;
  owes[u] = 1;
  record[r].status = none; record[r].uid = 0; record[r].version = 0; record[r].quantity = 0;
  record[r].allocated = 0; record[r].backordered = 0; record[r].shipped = 0; record[r].isDue = 0;
  check();
  u = 0
}

/* Time, DynamoDB's TTL and the warehouse. Each may come at any moment, and each comes in the end. */
proctype World() {
  byte u;
  end:
  do
  :: atomic { record[0].status == held && !record[0].isDue -> record[0].isDue = 1 }
  :: atomic { record[1].status == held && !record[1].isDue -> record[1].isDue = 1 }
  :: atomic { mayBeDeleted(0) -> ttlDeletes(0) }
  :: atomic { mayBeDeleted(1) -> ttlDeletes(1) }
  :: atomic {
    /* The retention of the first record ends, and its id is free for another. */
    !isOpen(0) && record[0].status != none && calls > 0 && deleted[record[0].uid].status == none ->
    shippedBefore = shippedBefore + record[0].shipped;
    record[0].status = none; record[0].uid = 0; record[0].version = 0; record[0].quantity = 0;
    record[0].allocated = 0; record[0].backordered = 0; record[0].shipped = 0;
    check()
  }
  :: atomic { supply > 0 -> supply--; onHand++; levelWritten(); check() }
  :: atomic { losses > 0 && onHand > 0 -> losses--; onHand--; levelWritten(); check() }
  od
}

/*
 * Nothing can happen any more, except that somebody calls: nobody holds what nobody will end, nothing lies free that
 * is owed to the queue, no message is left, and the queue is what the level says.
 */
proctype AtRest() {
  end:
  timeout ->
  assert(record[0].status != held && record[1].status != held);
  assert(!owes[0] && !owes[1] && !owes[2]);
  assert(available <= 0 || backordered == 0);
  assert(entry[0].quantity + entry[1].quantity + entry[2].quantity == backordered)
}

init {
  atomic {
    byte caller;
    for (caller : 1 .. CALLERS) { run Caller() }
    caller = 0;
    run Expirer(); run Releaser(); run Allocator(); run World(); run AtRest()
  }
}

/*
 * The life of reservations on one level without backorders: hold, extend, change, commit, late commit, ship, release,
 * the message of the deadline, the deletion by the table's TTL and what follows from it.
 *
 * A conditional write or a transaction of the code is one atomic step. What the code reads before it is read in a
 * step of its own, so that anybody may write in between. README.md says which rule of the code each name stands for.
 */
#ifndef UNITS
#define UNITS 2
#endif
#ifndef CALLS
#define CALLS 4 /* Commands that callers send, those that they send again among them. */
#endif
#ifndef SLOW
#define SLOW 1 /* Commands that are between their read and their write at a time. */
#endif
#ifndef FAULTS
#define FAULTS 2 /* Messages lost or told twice, records deleted by mistake, clocks that are behind: together. */
#endif
#ifndef WITHOUT
#define WITHOUT 0 /* The rule that is left out: a mistake that must be found. */
#endif

#define rule(name, holds) (WITHOUT == name || (holds))
#define STOCK_IS_FREE 1
#define ITEM_IS_ABSENT 2
#define IS_HELD 3
#define IS_UNCHANGED 4
#define EXPIRED_GUARD 5
#define GUARD_HAS_VERSION 6
#define GIVES_BACK_WHEN_ID_IS_TAKEN 7
#define PUTS_BACK 8
#define PUTS_BACK_ELSEWHERE 9
#define TIME_TO_LIVE 10
#define GUARDS_PUT_BACK 11

/* The incarnations 0 and 1 have one id, one after the other; incarnation 2 has another. */
#define UIDS 3
#define idOf(u) (u == 2 -> 1 : 0)
/* Where a record can stand: under either id, or under the uid of incarnation 0 as its id. */
#define KEYS 3
#define UNDER_ITS_UID 2
#define MOST_DELETIONS 4

mtype = { absent, held, committed, fulfilled, released, expired };

typedef Record {
  mtype status = absent;
  unsigned uid : 2;
  unsigned version : 4;
  unsigned quantity : 2;   /* what the lines ask for, while it can be taken (again) */
  unsigned allocated : 2;
  unsigned shipped : 2;
  unsigned isDue : 1       /* the deadline has passed */
};

/* A message of the queue "expired": the record as it was deleted. */
typedef Deletion { unsigned isTold : 1; unsigned key : 2; Record old };

unsigned onHand : 2 = UNITS;
unsigned reserved : 2;
Record record[KEYS];
bit isUsed[UIDS];
byte guard[UIDS];        /* EXPIRED#<uid>#<version>: one bit for each version */
bit deadline[UIDS + 1];  /* queue "deadlines": by uid; the last one names the record under its uid */
Deletion deletion[MOST_DELETIONS];

byte calls = CALLS;
byte faults = FAULTS;

/* What the properties know, and the code does not. */
bit isPromised[UIDS];    /* accepted, and not ended */
bit isOrphan[UIDS];      /* its record was deleted while it was open, and nothing has followed from that yet */
byte owed[UIDS];         /* the units of orphans */
byte shippedInAll;

#define sellable (onHand - reserved)
#define isOpen(k) (record[k].status == held || record[k].status == committed)
#define isOpenAs(k, u) (isOpen(k) && record[k].uid == u)
#define opensOf(u) (isOpenAs(0, u) + isOpenAs(1, u) + isOpenAs(2, u))
#define allocatedAt(k) (isOpen(k) -> record[k].allocated : 0)

/* What must hold after every write. */
inline check() {
  /* Invariant 1, and units are conserved. */
  assert(reserved <= onHand && onHand + shippedInAll == UNITS);
  /* Invariant 2: what is reserved is what open reservations rest on. */
  assert(reserved == allocatedAt(0) + allocatedAt(1) + allocatedAt(2) + owed[0] + owed[1] + owed[2]);
  /* A promise is kept by one record, or by the message of its deletion, until it ends; and by nothing afterwards. */
  assert(opensOf(0) + isOrphan[0] == isPromised[0]);
  assert(opensOf(1) + isOrphan[1] == isPromised[1]);
  assert(opensOf(2) + isOrphan[2] == isPromised[2])
}

/* Invariant 3: what is taken was there, in the very write that took it. */
#define takes(units) assert(sellable >= units); reserved = reserved + units

/* Invariant 4: what was promised ends once. */
#define ends(u) assert(isPromised[u]); isPromised[u] = 0

/* An ended record rests on nothing; only an expired one can be taken up again. */
#define endsAs(k, how) \
  ends(record[k].uid); \
  record[k].status = how; \
  record[k].allocated = 0; \
  record[k].quantity = (how == expired -> record[k].quantity : 0); \
  record[k].isDue = 0

#define copy(to, from) \
  to.status = from.status; to.uid = from.uid; to.version = from.version; to.quantity = from.quantity; \
  to.allocated = from.allocated; to.shipped = from.shipped; to.isDue = from.isDue

#define clear(it) \
  it.status = absent; it.uid = 0; it.version = 0; it.quantity = 0; it.allocated = 0; it.shipped = 0; it.isDue = 0

#define itemIsAbsent(k) rule(ITEM_IS_ABSENT, record[k].status == absent)
#define isHeld(k) rule(IS_HELD, record[k].status == held)
#define stockIsFree(units) rule(STOCK_IS_FREE, sellable >= units)
#define isUnchanged(k, seen) \
  rule(IS_UNCHANGED, record[k].status != absent && record[k].uid == seen.uid && record[k].version == seen.version)

/* reserveStock: one transaction, whatever it was planned from. */
#define mayBeUsed(u) (!isUsed[u] && (u != 1 || isUsed[0]))
#define reserves(u, units) atomic { \
  calls > 0 && mayBeUsed(u) && itemIsAbsent(idOf(u)) && stockIsFree(units) -> \
  calls--; \
  takes(units); \
  isUsed[u] = 1; \
  isPromised[u] = 1; \
  record[idOf(u)].status = held; record[idOf(u)].uid = u; record[idOf(u)].version = 1; \
  record[idOf(u)].quantity = units; record[idOf(u)].allocated = units; \
  record[idOf(u)].shipped = 0; record[idOf(u)].isDue = 0; \
  deadline[u] = 1; \
  check() }

/* One write of one item each: writeCommit, and writeExtension while the deadline has not passed. */
#define commits(k) atomic { \
  calls > 0 && record[k].status != absent && isHeld(k) -> \
  calls--; record[k].status = committed; record[k].isDue = 0; record[k].version++; check() }
#define extends(k) atomic { calls > 0 && record[k].status == held && !record[k].isDue -> calls--; record[k].version++ }

/*
 * One caller after the other. A call that is refused writes nothing, and is as good as none. A request that dies after
 * its read is one that writes nothing; one whose answer is lost is sent again, which is one more call.
 */
proctype Caller() {
  end:
  do
  :: reserves(0, 1)
  :: reserves(0, 2)
  :: reserves(1, 1)
  :: reserves(1, 2)
  :: reserves(2, 1)
  :: reserves(2, 2)
  :: commits(0)
  :: commits(1)
  :: commits(2)
  :: extends(0)
  :: extends(1)
  :: extends(2)
  od
}

#define mayChange(k) (isOpen(k) || record[k].status == expired)

/* Whatever else is asked for reads the record first. */
proctype SlowCaller() {
  byte k, units;
  Record seen;
  end:
  do
  :: atomic {
    calls > 0 && (mayChange(0) || mayChange(1) || mayChange(2)) ->
    calls--;
    if
    :: mayChange(0) -> k = 0
    :: mayChange(1) -> k = 1
    :: mayChange(2) -> k = 2
    fi;
    copy(seen, record[k])
  }
    atomic {
      if
      :: (seen.status == held || seen.status == committed) && isUnchanged(k, seen) -> /* releaseReservation */
        reserved = reserved - seen.allocated;
        endsAs(k, (seen.shipped > 0 -> fulfilled : released));
        record[k].version = seen.version + 1;
        check()
      :: seen.status == committed && isUnchanged(k, seen) -> /* fulfilReservation: all that is left, or one unit */
        if
        :: units = seen.allocated
        :: seen.allocated > 1 -> units = 1
        fi;
        onHand = onHand - units;
        reserved = reserved - units;
        shippedInAll = shippedInAll + units;
        record[k].allocated = seen.allocated - units;
        record[k].shipped = seen.shipped + units;
        record[k].version = seen.version + 1;
        if
        :: record[k].allocated == 0 -> endsAs(k, fulfilled)
        :: else
        fi;
        check()
      :: seen.status == held && !seen.isDue && seen.quantity == 1 && stockIsFree(1) && isUnchanged(k, seen) ->
        takes(1); /* rearrangeReservation: more units, or fewer */
        record[k].quantity = 2; record[k].allocated = 2; record[k].version = seen.version + 1;
        check()
      :: seen.status == held && !seen.isDue && seen.quantity == 2 && isUnchanged(k, seen) ->
        reserved--;
        record[k].quantity = 1; record[k].allocated = 1; record[k].version = seen.version + 1;
        check()
      :: seen.status == expired && stockIsFree(seen.quantity) && isUnchanged(k, seen) -> /* reacquire */
        assert(!isPromised[seen.uid]);
        takes(seen.quantity);
        isPromised[seen.uid] = 1;
        record[k].status = committed; record[k].allocated = seen.quantity; record[k].version = seen.version + 1;
        check()
      :: true /* Refused, or dead. */
      fi;
      k = 0; units = 0;
      clear(seen)
    }
  od
}

/* expireReservation: a hold whose deadline is still to come is waited for. */
#define keyOf(message) (message == UIDS -> UNDER_ITS_UID : idOf(message))
#define uidOf(message) (message == UIDS -> 0 : message)
#define isItsHold(message) (record[keyOf(message)].status == held && record[keyOf(message)].uid == uidOf(message))
#define comesUp(message) (deadline[message] && !(isItsHold(message) && !record[keyOf(message)].isDue))

proctype Expirer() {
  byte message, k;
  Record seen;
  end:
  do
  :: atomic {
    comesUp(0) || comesUp(1) || comesUp(2) || comesUp(3) ->
    if
    :: comesUp(0) -> message = 0
    :: comesUp(1) -> message = 1
    :: comesUp(2) -> message = 2
    :: comesUp(3) -> message = 3
    fi;
    k = keyOf(message)
  }
    do
    :: atomic { isItsHold(message) && record[k].isDue -> copy(seen, record[k]) } /* decideExpire */
      atomic {
        if
        :: isUnchanged(k, seen) ->
          assert(seen.status == held); /* An order does not expire. */
          reserved = reserved - seen.allocated;
          endsAs(k, expired);
          record[k].version = seen.version + 1;
          check()
        :: else /* It is decided again from what the refusal met. */
        fi;
        clear(seen)
      }
    :: atomic { !(isItsHold(message) && record[k].isDue) -> break }
    od;
    atomic {
      if
      :: deadline[message] = 0
      :: faults > 0 -> faults-- /* It comes once more. */
      fi;
      message = 0; k = 0
    }
  od
}

/* releaseExpired: what follows from a deletion. */
#define versionBit(image) (WITHOUT == GUARD_HAS_VERSION -> 1 : 1 << image.version)
#define guardIsFree(image) rule(EXPIRED_GUARD, (guard[image.uid] & versionBit(image)) == 0)
#define message deletion[m]

#define setsGuard() guard[message.old.uid] = guard[message.old.uid] | versionBit(message.old)
#define isSettled() isOrphan[message.old.uid] = 0; owed[message.old.uid] = 0

#define putsBackAt(k) \
  guard[message.old.uid] = guard[message.old.uid] | (WITHOUT == GUARDS_PUT_BACK -> 0 : versionBit(message.old)); \
  isSettled(); \
  copy(record[k], message.old); \
  record[k].version = message.old.version + 1; \
  if \
  :: message.old.status == held -> \
    deadline[(k == UNDER_ITS_UID -> UIDS : message.old.uid)] = 1 \
  :: else \
  fi; \
  check()

proctype Releaser() {
  byte m;
  bit isDue;
  end:
  do
  :: atomic {
    deletion[0].isTold || deletion[1].isTold || deletion[2].isTold || deletion[3].isTold ->
    if
    :: deletion[0].isTold -> m = 0
    :: deletion[1].isTold -> m = 1
    :: deletion[2].isTold -> m = 2
    :: deletion[3].isTold -> m = 3
    fi;
    /* Time goes by until the message is worked on; and a clock may be behind. */
    if
    :: message.old.status == held && message.old.isDue -> isDue = 1
    :: message.old.status == held && message.old.isDue && faults > 0 -> faults--; isDue = 0
    :: message.old.status == held && !message.old.isDue -> isDue = 1
    :: !message.old.isDue -> isDue = (WITHOUT == PUTS_BACK)
    fi
  }
    if
    :: isDue -> atomic {
      if
      :: guardIsFree(message.old) && record[message.key].status == absent ->
        assert(message.old.status == held); /* An order does not expire. */
        setsGuard();
        isSettled();
        reserved = reserved - message.old.allocated;
        copy(record[message.key], message.old);
        endsAs(message.key, expired);
        record[message.key].version = message.old.version + 1;
        check();
        goto ended
      :: guardIsFree(message.old) && record[message.key].status != absent && record[message.key].uid != message.old.uid &&
        WITHOUT != GIVES_BACK_WHEN_ID_IS_TAKEN -> skip
      :: else -> goto ended
      fi
    }
      atomic {
        if
        :: guardIsFree(message.old) ->
          setsGuard();
          isSettled();
          reserved = reserved - message.old.allocated;
          ends(message.old.uid);
          check()
        :: else
        fi
      }
    :: !isDue -> atomic {
      if
      :: guardIsFree(message.old) && record[message.key].status == absent -> putsBackAt(message.key); goto ended
      :: guardIsFree(message.old) && record[message.key].status != absent && record[message.key].uid != message.old.uid &&
        WITHOUT != PUTS_BACK_ELSEWHERE -> skip
      :: else -> goto ended
      fi
    }
      atomic {
        if
        :: guardIsFree(message.old) && record[UNDER_ITS_UID].status == absent -> putsBackAt(UNDER_ITS_UID)
        :: else
        fi
      }
    fi;
    ended:
    atomic {
      if
      :: clear(message.old); message.key = 0; message.isTold = 0
      :: faults > 0 -> faults-- /* It comes once more. */
      fi;
      m = 0; isDue = 0
    }
  od
}

/* Time, the table's TTL, and what goes wrong. */
#define freeDeletion (!deletion[0].isTold -> 0 : (!deletion[1].isTold -> 1 : (!deletion[2].isTold -> 2 : 3)))

#define deletes(k) \
  m = freeDeletion; \
  assert(!message.isTold); \
  message.isTold = 1; \
  message.key = k; \
  copy(message.old, record[k]); \
  isOrphan[record[k].uid] = 1; \
  owed[record[k].uid] = record[k].allocated; \
  clear(record[k]); \
  m = 0; \
  check()

#define deadlinePasses(k) atomic { record[k].status == held && !record[k].isDue -> record[k].isDue = 1 }
#define timeToLiveDeletes(k) atomic { record[k].status == held && record[k].isDue && WITHOUT != TIME_TO_LIVE -> deletes(k) }
#define mistakeDeletes(k) atomic { isOpen(k) && !record[k].isDue && faults > 0 -> faults--; deletes(k) }
#define messageIsLost(u) atomic { faults > 0 && deadline[u] -> faults--; deadline[u] = 0 }

proctype World() {
  byte m;
  end:
  do
  :: deadlinePasses(0)
  :: deadlinePasses(1)
  :: deadlinePasses(2)
  :: timeToLiveDeletes(0)
  :: timeToLiveDeletes(1)
  :: timeToLiveDeletes(2)
  :: mistakeDeletes(0)
  :: mistakeDeletes(1)
  :: mistakeDeletes(2)
  :: messageIsLost(0)
  :: messageIsLost(1)
  :: messageIsLost(2)
  /* The retention of an ended record has passed, and its id is free. */
  :: atomic { record[0].status != absent && !isOpen(0) && !isUsed[1] && calls > 0 -> clear(record[0]); check() }
  od
}

/* When nothing can happen any more but that somebody calls: no hold is left, and nothing is owed to a deletion. */
proctype AtRest() {
  end:
  timeout ->
  assert(record[0].status != held && record[1].status != held && record[2].status != held);
  assert(!isOrphan[0] && !isOrphan[1] && !isOrphan[2])
}

init {
  atomic {
    byte slow;
    for (slow : 1 .. SLOW) { run SlowCaller() }
    slow = 0;
    run Caller(); run Expirer(); run Releaser(); run World(); run AtRest()
  }
}

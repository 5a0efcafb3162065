/* Leases of BlockIds (engine/ring/block_lease.h, engine/store/lease_keeper.h): threads take ids of leased pages, blocks are freed
 * by any thread, recorders of dead threads are adopted with what is left of their leases, a generation ends. No id may
 * be given to two blocks, no birth may be applied to a live record, no death may miss its birth, and each page's slots
 * must add up.
 *
 * Rounds are atomic and read all rings at once: that cuts are closed is shown by cut.pml; that a ring carries what was
 * written, by the tests of the ring. Mutants (one -D each) must be caught:
 *   OFFERS_WHAT_IS_OUT   a page is leased again although slots of its last lease are still to be used
 *   LISTS_TWICE          a free lists a page that is listed already
 *   IGNORES_LIVE         a lease covers live slots too
 *   REUSES_AT_FREE       the freeing thread takes the id into its own lease
 *   STALE_LEASE          a lease of a generation that ended is used
 *   KEEPS_LEASE          a recorder goes on with its lease in a new generation
 *   ADOPTS_LIVING        a recorder is adopted while its owner lives
 *   NOT_CLOSED           the rings are not read at once
 */
#define RINGS  2
#define SLOTS  2          /* of a page; one free slot makes it worth leasing */
#define PAGES  2
#define IDS    4
#define ALLOCS 4
#define GENERATIONS 2

#define NOBODY 255
#define ALL_SLOTS 3
#define FIRST_OF(page) ((page) * SLOTS)
#define PAGE_OF(id) ((id) / SLOTS)
#define BIT_OF(id) (1 << ((id) % SLOTS))

#define ALLOC 0
#define FREE  1

/* Shared by the threads. */
byte generation = 0;
byte next_page[GENERATIONS];
byte allocs_left = ALLOCS;
chan leases = [PAGES] of { byte, byte, byte };      /* generation, page, free slots */
chan heap = [ALLOCS] of { byte, byte };             /* live blocks, anybody's to free, lowest first: generation, id */

/* Recorders: ring, lease, owner. */
chan ring0 = [6] of { byte, byte, byte };           /* kind, generation, id */
chan ring1 = [6] of { byte, byte, byte };
byte recorder_generation[RINGS];
byte lease_page[RINGS];
byte lease_free[RINGS];
byte owner[RINGS];

/* The consolidator's, of its generation. */
byte stored_generation = 0;
byte live[PAGES];                                   /* bits */
byte out[PAGES];
byte free[PAGES];
bit known[PAGES];
bit listed[PAGES];
byte times_listed[PAGES];

/* Which ids name a block, from the moment they are taken to the moment its free begins; no part of the protocol. */
byte named[GENERATIONS];

inline push(what, g, id) {
  if
  :: mine == 0 -> ring0!what, g, id
  :: else -> ring1!what, g, id
  fi
}

/* The hook's generation g; the recorder follows. */
inline enter() {
  g = generation;
  if
  :: recorder_generation[mine] != g ->
    recorder_generation[mine] = g;
#ifndef KEEPS_LEASE
    lease_free[mine] = 0
#endif
  :: else
  fi
}

inline renew() {
  do
  :: lease_free[mine] != 0 -> break
  :: lease_free[mine] == 0 && nempty(leases) ->
    leases?lease_g, page, slots;
#ifdef STALE_LEASE
    lease_g = g;
#endif
    if
    :: lease_g == g -> lease_page[mine] = page; lease_free[mine] = slots
    :: else                                            /* of a generation that ended */
    fi
  :: lease_free[mine] == 0 && empty(leases) && next_page[g] < PAGES ->
    lease_page[mine] = next_page[g];
    lease_free[mine] = ALL_SLOTS;
    next_page[g] = next_page[g] + 1
  :: lease_free[mine] == 0 && empty(leases) && next_page[g] == PAGES -> break   /* the model's memory is spent */
  od;
  lease_g = 0;
  page = 0;
  slots = 0
}

inline choose() {
  id = FIRST_OF(lease_page[mine]) + (lease_free[mine] & 1 -> 0 : 1)
}

inline take() {
  lease_free[mine] = lease_free[mine] & ~BIT_OF(id);
  assert(!(named[g] & (1 << id)));                     /* an id names one block */
  named[g] = named[g] | (1 << id)
}

/* A hook's steps are those that others can come between; the first thread may die between any two of them. */
proctype thread(byte me; bool dies; bool adopts) {
  byte mine, g, id, page, slots, lease_g, block_g;
  if
  :: !adopts -> mine = me
  :: else ->
end_nobody_to_adopt:
    atomic {
#ifdef ADOPTS_LIVING
      allocs_left < ALLOCS;
#else
      owner[0] == NOBODY;
#endif
      owner[0] = me;
      mine = 0
    }
  fi;
  do
  :: atomic { allocs_left > 0 -> allocs_left--; enter() };
    atomic {
      renew();
      if
      :: lease_free[mine] == 0 -> break
      :: else -> choose()
      fi
#ifdef ADOPTS_LIVING
    };
    atomic {                                           /* two threads at one lease: no step is one */
#endif
      take()
    };
    if
    :: atomic { push(ALLOC, g, id); heap!!g, id; g = 0; id = 0 }
    :: dies -> break                                   /* inside the hook: the id is lost, and not given twice */
    fi
  :: atomic {
       nempty(heap) ->
       heap?block_g, id;
       enter();
       if
       :: block_g == g -> named[g] = named[g] & ~(1 << id)
       :: else
       fi
     };
    atomic {
      if
      :: block_g != g                                  /* the generation's map does not know it */
      :: else ->
        push(FREE, g, id);
#ifdef REUSES_AT_FREE
        if
        :: lease_free[mine] == 0 -> lease_page[mine] = PAGE_OF(id); lease_free[mine] = BIT_OF(id)
        :: else
        fi
#endif
      fi;
      g = 0;
      id = 0;
      block_g = 0
    }
  :: dies || allocs_left == 0 && empty(heap) -> break
  od;
  owner[mine] = NOBODY
}

inline list(at) {
  listed[at] = 1;
  times_listed[at]++
}

inline apply_free(which) {
  live[PAGE_OF(which)] = live[PAGE_OF(which)] & ~BIT_OF(which);
  free[PAGE_OF(which)]++;
  if
#ifdef OFFERS_WHAT_IS_OUT
  :: !listed[PAGE_OF(which)] -> list(PAGE_OF(which))
#else
#ifdef LISTS_TWICE
  :: out[PAGE_OF(which)] == 0 -> list(PAGE_OF(which))
#else
  :: out[PAGE_OF(which)] == 0 && !listed[PAGE_OF(which)] -> list(PAGE_OF(which))
#endif
#endif
  :: else
  fi
}

inline apply_alloc(which) {
  assert(!(live[PAGE_OF(which)] & BIT_OF(which)));     /* a birth after the death before */
  live[PAGE_OF(which)] = live[PAGE_OF(which)] | BIT_OF(which);
  if
  :: !known[PAGE_OF(which)] -> known[PAGE_OF(which)] = 1; out[PAGE_OF(which)] = SLOTS
  :: else
  fi;
  assert(out[PAGE_OF(which)] > 0);
  out[PAGE_OF(which)]--;
  if
  :: out[PAGE_OF(which)] == 0 && free[PAGE_OF(which)] > 0 -> list(PAGE_OF(which))
  :: else
  fi
}

inline apply() {
  if
  :: event_g != stored_generation -> skip              /* forgotten */
  :: else ->
    if
    :: kind == ALLOC -> apply_alloc(which)
    :: kind == FREE && (live[PAGE_OF(which)] & BIT_OF(which)) -> apply_free(which)
    :: else -> deferred = deferred | (1 << which)
    fi
  fi
}

inline drain() {
  deferred = 0;
  do
  :: mark0 > 0 -> ring0?kind, event_g, which; apply(); mark0--
  :: else -> break
  od;
  do
  :: mark1 > 0 -> ring1?kind, event_g, which; apply(); mark1--
  :: else -> break
  od;
  which = 0;
  do
  :: which == IDS -> break
  :: else ->
    if
    :: deferred & (1 << which) ->
      assert(live[PAGE_OF(which)] & BIT_OF(which));    /* its birth came in the same round */
      apply_free(which)
    :: else
    fi;
    which++
  od
}

inline add_up() {
  at = 0;
  do
  :: at == PAGES -> break
  :: else ->
    assert(!known[at] || out[at] + free[at] + (live[at] & 1) + (live[at] >> 1) == SLOTS);
    at++
  od
}

inline offer() {
  at = 0;
  do
  :: at == PAGES -> break
  :: else ->
    do
    :: times_listed[at] > 0 && len(leases) < PAGES ->
#ifdef IGNORES_LIVE
      leases!stored_generation, at, ALL_SLOTS;
#else
      leases!stored_generation, at, ALL_SLOTS & ~live[at];
#endif
      times_listed[at]--;
      listed[at] = 0;
      out[at] = free[at];
      free[at] = 0
    :: else -> break
    od;
    at++
  od
}

/* Values that are dead would tell equal states apart. */
inline tidy() {
  kind = 0;
  event_g = 0;
  which = 0;
  at = 0;
  deferred = 0
}

proctype consolidator() {
  byte mark0, mark1, kind, event_g, which, at, deferred;
end:
  do
  :: atomic {
       len(ring0) + len(ring1) > 0 ->
       mark0 = len(ring0);
#ifdef NOT_CLOSED
     };
     atomic {
#endif
       mark1 = len(ring1);
       drain();
       add_up();
       offer();
       tidy()
     }
  :: atomic {                                          /* clear_traces(): the cut that ends a generation */
       generation + 1 < GENERATIONS ->
       generation++;
       mark0 = len(ring0);
       mark1 = len(ring1);
       drain();
       add_up();
       stored_generation = generation;
       at = 0;
       do
       :: at == PAGES -> break
       :: else ->
         live[at] = 0;
         out[at] = 0;
         free[at] = 0;
         known[at] = 0;
         listed[at] = 0;
         times_listed[at] = 0;
         at++
       od;
       tidy()
     }
  od
}

init {
  atomic {
    owner[0] = 0;
    owner[1] = 1;
    run thread(0, true, false);
    run thread(1, false, false);
    run thread(2, false, true);
    run consolidator()
  }
}
